"""A cell of a comparison: who it is and how far, one number, and the picture of its run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curves, Field, History, Measured, Opened, Progress
from dgm_studio.protocol.spec import DataKind
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.reading.moment import reading
from dgm_studio.studio.reading.quality import apart, short_unit
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Elided, button, format_number, label
from ..look import theme
from ..look.icons import icon
from ..panels.empty_state import EmptyState
from ..plane.layered_plane import LayeredPlane
from .images_cell import ImagesCell
from .marks import Mark
from .paths_cell import PathsCell
from .samples_cell import SamplesCell
from .shared_line import CellLine
from .sounds_cell import SoundsCell
from .strings_cell import StringsCell

FIELD_CELLS = 128
"""Cells of a field along the longer side of a picture that is one of several."""


class PlaneCell(LayeredPlane):
    """The plane of one run among others: the picture and nothing else. ``told`` when a density came, ``moved`` when another
    part of the plane is in view.
    """

    told = Signal()
    moved = Signal()

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__(studio, slot, FIELD_CELLS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas, 1)
        self.canvas.setMinimumSize(80, 80)
        self.canvas.sigRangeChanged.connect(lambda *_: self.moved.emit())
        self.condition = CellLine(self, studio, slot, self.canvas)
        column.addWidget(self.condition.words)
        self.begin()

    @property
    def fits(self) -> bool:
        """Whether the run is of points; once it is of images, this view is on its way out."""
        opened = self.run.opened
        return opened is None or opened.info.kind == "points"

    def _show_opened(self, opened: Opened) -> None:
        if self.fits:
            super()._show_opened(opened)

    def _show_data(self) -> None:
        if self.fits:
            super()._show_data()

    def _show_samples(self) -> None:
        if self.fits:
            super()._show_samples()

    def _show_field(self, field: Field) -> None:
        if not self.fits:
            return
        super()._show_field(field)
        if field.layer in ("density", "truth"):
            self.told.emit()

    def _probe(self, x: float, y: float) -> None:
        self._studio.comparison.choose(self.slot)
        super()._probe(x, y)

    def show_ceiling(self, density: float | None) -> None:
        """The density that has the last colour; None for that of this view."""
        for layer in (self.density, self.truth):
            layer.show_ceiling(density)


_VIEWS: dict[DataKind, Callable[[Studio, str], PlaneCell | SamplesCell]] = {
    "points": PlaneCell,
    "images": ImagesCell,
    "strings": StringsCell,
    "sounds": SoundsCell,
    "paths": PathsCell,
}


class Cell(QFrame):
    """One run with its head. A click anywhere on it steers that run; ``menu_asked`` for what can be done with it."""

    alone_asked = Signal(str)

    def __init__(self, studio: Studio, slot: str, kind: DataKind) -> None:
        super().__init__()
        self._studio, self.slot, self.kind = studio, slot, kind
        self.setProperty("surface", "cell")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)  # all are of one size
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = Elided(role="title")
        self.number = label("", "title")
        self.facts = Elided()
        self.menu = button("", tr("What can be done with this run."), "flat")
        self.menu.setAccessibleName(tr("Menu of {letter}", letter=letter(slot)))
        self.menu.clicked.connect(lambda: self._show_menu(self.menu.mapToGlobal(self.menu.rect().bottomLeft())))
        self.close_button = button("", tr("Take this run out; it stays among the runs that are kept (Delete)."), "flat")
        self.close_button.setAccessibleName(tr("Remove {letter}", letter=letter(slot)))
        self.close_button.clicked.connect(lambda: studio.comparison.remove(slot))
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 4, 0)
        head.setSpacing(6)
        head.addWidget(Mark(slot))
        head.addWidget(self.title, 1)
        for each in (self.menu, self.close_button):
            each.setFixedWidth(theme.px(26))
            head.addWidget(each)
        line = QHBoxLayout()
        line.setContentsMargins(8, 0, 8, 0)
        line.setSpacing(6)
        line.addWidget(self.number)
        line.addWidget(self.facts, 1)
        self.view = _VIEWS[kind](studio, slot)
        self.message = EmptyState()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.message)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(line)
        column.addWidget(self.stack, 1)
        theme.follow(self._restyle)
        for topic in (Opened, Progress, Measured, Curves, History):
            bind_run(self, studio, topic, lambda _: self.refresh(), slot=slot)
        bind_run(self, studio, "edited", lambda _: self.refresh(), slot=slot)
        for topic_ in ("session", "workspace", "measure"):
            bind(self, studio, topic_, lambda _: self.refresh())
        bind(self, studio, "failed", lambda _: self.refresh())
        self.refresh()

    @property
    def chosen(self) -> bool:
        """Whether this is the run that is steered."""
        return self._studio.session.front == self.slot

    def refresh(self) -> None:
        """Show who is here, how far, and the measure in front."""
        studio, slot = self._studio, self.slot
        if slot not in studio.runs or slot not in studio.session.slots:
            return
        run, spec = studio.runs[slot], studio.session.spec(slot)
        self.title.setText(studio.catalogue.family_title(spec.family))
        step = format_number(run.step, integer=True)
        shown = None if run.history is None else run.history.shown
        phase = "" if run.progress is None else run.progress.phase
        words = (
            tr("step {step}", step=step)
            if shown is None
            else tr("step {shown} of {step}", shown=format_number(shown, integer=True), step=step)
        )
        far = "diverged" if phase == "failed" else words if run.learns else tr("nothing to train")
        wanted = studio.comparison.measure
        found = reading(run, spec, wanted)
        if found is not None and wanted and found.name != wanted:
            found = None  # it does not have that one, and another's number would be taken for it
        value = None if found is None else found.value
        number, error = ("", "") if found is None or value is None else apart(value, found.error)
        self.number.setText(number)
        self.number.setEnabled(found is None or not found.age.faded)
        self.number.setToolTip("" if found is None else found.title)
        unit = "" if not number or found is None else f"{error} {short_unit(found.unit)}".strip()
        self.facts.setText("  ·  ".join(part for part in (unit, far) if part))
        self.facts.setToolTip(self.facts.text())
        self.setAccessibleName(self.describe())
        if run.failure:
            self.message.say(tr("This run could not be built"), run.failure)
        elif run.opened is None:
            self.message.say(tr("Building"), tr("The model is on its way."))
        self.stack.setCurrentWidget(self.message if run.failure or run.opened is None else self.view)
        if self.property("chosen") != self.chosen:
            self.setProperty("chosen", self.chosen)
            self.style().unpolish(self)
            self.style().polish(self)

    def describe(self) -> str:
        """The cell in a sentence."""
        run = self._studio.runs[self.slot]
        said = tr(
            "Cell {letter}: {words}, {step:,} steps", letter=letter(self.slot), words=self.title.text(), step=run.step
        )
        return f"{said}, {self.number.toolTip()} {self.number.text()}" if self.number.text() else said

    # --- what a person does ---------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._studio.comparison.choose(self.slot)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._studio.comparison.choose(self.slot)
        elif event.key() == Qt.Key.Key_Delete:
            self._studio.comparison.remove(self.slot)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: Any) -> None:
        self._show_menu(event.globalPos())

    def _show_menu(self, at: QPoint) -> None:
        studio, slot = self._studio, self.slot
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Duplicate, to change one thing"), lambda: studio.comparison.duplicate(slot))
        menu.addAction(tr("Repeat with another seed"), lambda: studio.comparison.repeat(slot))
        menu.addAction(tr("Give the others as many weights"), lambda: studio.sizes.match(slot))
        menu.addAction(tr("Bring to the front alone"), lambda: self.alone_asked.emit(slot))
        menu.addSeparator()
        menu.addAction(tr("Remove"), lambda: studio.comparison.remove(slot))
        menu.popup(at)

    # --- looks ----------------------------------------------------------------------------------------------------

    def _restyle(self) -> None:
        self.menu.setIcon(icon("more", "dim"))
        self.close_button.setIcon(icon("close", "dim"))


def parts(cells: dict[str, Cell]) -> dict[str, QWidget]:
    """The controls of all cells by name."""
    named: dict[str, QWidget] = {}
    for slot, cell in cells.items():
        named[letter(slot)] = cell
        named[f"{letter(slot)}.menu"], named[f"{letter(slot)}.remove"] = cell.menu, cell.close_button
    return named
