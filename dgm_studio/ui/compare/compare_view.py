"""Compare: two to six runs side by side, with one view, one scale, one sampling time and one budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curves, Opened
from dgm_studio.protocol.spec import DataKind, Pace
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.reading.layers import missing_layers, own_names
from dgm_studio.studio.reading.scales import peak_of
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Chip, ComboBox, Elided, EntryRow, Tree, button
from ..controls.drop_hint import DropHint
from ..look import theme
from ..look.icons import icon
from ..naming import join
from ..panels.empty_state import EmptyState
from ..plane.keys import Keys
from ..plane.margin import Legend
from ..plane.time_bar import TimeBar
from .answers_bar import AnswersBar
from .board_files import write_board
from .cells import Cell, PlaneCell, parts
from .shared_line import SharedLine

_GAP = 8
_UNITS: Mapping[str, str] = {"seconds": tr("seconds each"), "steps": tr("steps each"), "examples": tr("examples each")}
_MOST_KEPT = 12
"""Runs of the tray that are offered at once."""


class CompareView(QFrame):
    """The cells of the session's comparison. ``alone_asked`` with a slot whose run is to be brought to the front alone."""

    alone_asked = Signal(str)

    def __init__(self, studio: Studio, canvas: Callable[[], Canvas | None] = lambda: None) -> None:
        super().__init__()
        self._studio = studio
        self._moving = False
        self._measure = ""
        self.cells: dict[str, Cell] = {}
        self.setProperty("surface", "plot")
        self.setAcceptDrops(True)
        self.drop_hint = DropHint(self)

        self.data = Elided(tr("title"))
        self.add = button(tr("Add"), tr("Add a family, a run that was kept, or a run from a file."))
        self.add.clicked.connect(lambda: self.show_menu(self.add.mapToGlobal(self.add.rect().bottomLeft())))
        self.unit = ComboBox()
        self.unit.setAccessibleName(tr("Budget counts"))
        self.unit.setToolTip(tr("What every run gets the same of; together they advance in it."))
        for unit in get_args(Pace):
            self.unit.addItem(_UNITS[unit], unit)
        self.unit.activated.connect(lambda _: self._set_budget())
        self.unit.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.amount = EntryRow(tr("budget"), tr("How much every run may train in all; 0 for as long as you like."), int)
        self.amount.changed.connect(lambda _: self._set_budget())
        self.amount.field.setMinimumWidth(theme.px(72))
        self.own = Chip(
            tr("own colours"), tr("Give every picture its own scale; otherwise the same colour is the same density.")
        )
        self.own.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.own.toggled.connect(lambda _: self._show_ceiling())
        self.answers = AnswersBar(studio, canvas)
        self.condition = SharedLine(self, studio, lambda: [view.condition for view in self._planes])
        self._margin_on = True
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(8)
        for widget in (self.data, self.condition.known, self.own, self.amount, self.unit, self.add):
            head.addWidget(widget, 1 if widget is self.data else 0)

        self.legend = Legend()
        self.legend.condition.hide()
        self.legend.toggled.connect(studio.toggle_layer)
        self.empty = EmptyState(
            tr("Nothing to compare yet"), tr("Add a family, a run that was kept, or drop a saved run here.")
        )
        self.board = QWidget()
        self._grid = QGridLayout(self.board)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self.keys = Keys()
        self.time = TimeBar()
        self.time.moved.connect(studio.set_time)
        self.time.film_asked.connect(lambda: studio.commands.run("file.film"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._head)
        column.addWidget(self.legend)
        column.addWidget(self.answers)
        column.addWidget(self.board, 1)
        column.addWidget(self.empty, 1)
        for below in (self.keys, self.time):
            column.addWidget(below)
        theme.follow(self._restyle)
        for topic in ("session", "workspace", "edited", "catalogue", "comparison"):
            bind(self, studio, topic, lambda _: self.refresh())
        bind(self, studio, Opened, lambda _: self.refresh())
        bind(self, studio, Curves, lambda _: self._follow_measure())
        self.refresh()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "compare": {
                "add": self.add,
                "budget": self.amount,
                "budget.unit": self.unit,
                "own_colours": self.own,
                "condition": self.condition.known,
                "layer": self.legend,
                "": self.time,
                "answers": self.answers.controls,
                "cell": parts(self.cells),
            }
        }

    def show_margin(self, on: bool) -> None:
        """Show what stands above and below the cells, or the cells alone."""
        self._margin_on = on
        self._head.setVisible(on)
        self.refresh()

    # --- what is shown --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the cells the session has."""
        studio = self._studio
        session, kind = studio.session, studio.kind
        if studio.workspace != "compare":
            return
        for slot in [s for s, cell in self.cells.items() if s not in session.cells or cell.kind != self._kind(s)]:
            cell = self.cells.pop(slot)
            cell.hide()
            cell.deleteLater()
        for slot in session.cells:
            if slot not in self.cells:
                self.cells[slot] = self._made(slot, self._kind(slot))
        self.cells = {slot: self.cells[slot] for slot in session.cells}
        source = studio.catalogue.source(studio.comparison.data.name)
        named = studio.comparison.data.path is None and source is not None
        self.data.setText(source.title if named and source is not None else studio.comparison.data.label)
        many, points = bool(self.cells), kind == "points"
        self.board.setVisible(many)
        self.empty.setVisible(not many)
        for each in (self.legend, self.keys, self.time, self.own, self.condition.known):
            each.setVisible(many and points and self._margin_on)
        self.answers.setVisible(many and kind == "images")
        self.add.setEnabled(not studio.comparison.full)
        opened = studio.run.opened
        missing = [missing_layers(run.opened) for run in studio.comparison.runs.values()]
        nowhere = {name: why for name, why in missing[0].items() if all(name in m for m in missing)} if missing else {}
        self.legend.show_layers(session.layers, nowhere, own_names(opened))
        self.time.show_ends(studio.run.begins, studio.run.ends)
        if not self.time.playing:
            self.time.show_time(session.time)
        budget = studio.comparison.budget
        self.amount.show_value(budget.amount)
        self.unit.setCurrentIndex(max(0, self.unit.findData(budget.unit)))
        self._arrange()
        self._show_ceiling()

    def _follow_measure(self) -> None:
        """When the last run has the measure that all are to show, the others show it as well."""
        measure = self._studio.comparison.measure
        if measure != self._measure and self._studio.workspace == "compare":
            self._measure = measure
            for cell in self.cells.values():
                cell.refresh()

    def _kind(self, slot: str) -> DataKind:
        """What a cell shows: that of the run that is there, which stays until another is built."""
        opened = self._studio.runs[slot].opened
        return self._studio.kind if opened is None else opened.info.kind

    def _made(self, slot: str, kind: DataKind) -> Cell:
        cell = Cell(self._studio, slot, kind)
        cell.alone_asked.connect(self.alone_asked)
        view = cell.view
        if isinstance(view, PlaneCell):
            view.told.connect(self._show_ceiling)
            view.moved.connect(lambda: self._follow(view))
            self.condition.add(view.condition)
        return cell

    def _arrange(self) -> None:
        """Cells as large as the room allows, all of one size."""
        slots, n = list(self.cells), len(self.cells)
        while self._grid.count():
            self._grid.takeAt(0)
        if not n:
            return
        columns = columns_for(n, max(1, self.board.width()), max(1, self.board.height()))
        for index, slot in enumerate(slots):
            self._grid.addWidget(self.cells[slot], index // columns, index % columns)
            self.cells[slot].show()
        rows = -(-n // columns)
        for at in range(6):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
            self._grid.setRowStretch(at, 1 if at < rows else 0)

    def showEvent(self, event: QShowEvent) -> None:
        """Keys act on the run that is steered, not on whatever comes first in the head."""
        super().showEvent(event)
        cell = self.cells.get(self._studio.session.front)
        if cell is not None:
            cell.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @property
    def _planes(self) -> list[PlaneCell]:
        return [cell.view for cell in self.cells.values() if isinstance(cell.view, PlaneCell)]

    def _follow(self, moved: PlaneCell) -> None:
        """What one picture has in view all have."""
        if self._moving or not moved.underMouse():
            return
        self._moving = True
        left, right, low, high = moved.canvas.extent()
        for view in self._planes:
            if view is not moved:
                view.canvas.item.getViewBox().setRange(xRange=(left, right), yRange=(low, high), padding=0)
        self._moving = False

    def _show_ceiling(self) -> None:
        """One scale for the densities of all: the same colour means the same number."""
        planes = self._planes
        peaks = [
            peak_of(np.asarray(layer.field.values))
            for view in planes
            for layer in (view.density, view.truth)
            if layer.shown is not None and layer.field is not None
        ]
        ceiling = None if self.own.isChecked() or not peaks else max(peaks)
        for view in planes:
            view.show_ceiling(ceiling)
        front = self.cells.get(self._studio.session.front)
        scales = []
        if front is not None and isinstance(front.view, PlaneCell):
            names = {"surface": "surface", **own_names(self._studio.run.opened)}
            for name, layer in front.view.heat.items():
                scale = layer.scale
                if scale is not None:
                    scales.append((names.get(name, name), layer.kind, scale))
        classes = front.view.classes if front is not None and isinstance(front.view, PlaneCell) else ()
        self.keys.show_keys(scales, classes, False)

    # --- what a person does ---------------------------------------------------------------------------------------

    def _set_budget(self) -> None:
        self._studio.comparison.set_budget(self.unit.currentData(), int(self.amount.value or 0))

    def show_menu(self, at: QPoint) -> QMenu:
        """What can be added: families of the kind of data, copies of what is here, runs that were kept, a file."""
        studio = self._studio
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        groups: dict[str, QMenu] = {}
        for family in studio.catalogue.families:
            if family.accepts.get(studio.kind) is None:
                group = groups.get(family.group) or groups.setdefault(
                    family.group, menu.addMenu(tr(family.group).capitalize())
                )
                action = group.addAction(family.title)
                action.setToolTip(family.help)
                action.triggered.connect(lambda _=False, name=family.name: studio.comparison.add_family(name))
        named = [r for r in studio.catalogue.recipes if r.spec.data.name == studio.comparison.data.name]
        if named:
            inner = menu.addMenu(tr("By recipe"))
            inner.setToolTipsVisible(True)
            for recipe in named:
                action = inner.addAction(recipe.title)
                action.setToolTip(recipe.help)
                action.triggered.connect(lambda _=False, spec=recipe.spec: studio.comparison.add_spec(spec))
        menu.addSeparator()
        for slot in studio.session.cells:
            title = studio.catalogue.family_title(studio.session.spec(slot).family)
            action = menu.addAction(tr("{letter} once more ({title})", letter=letter(slot), title=title))
            action.triggered.connect(lambda _=False, slot=slot: studio.comparison.duplicate(slot))
        here = studio.comparison.data
        kept = [k for k in studio.kept_runs() if (k.spec.data.name, k.spec.data.path) == (here.name, here.path)]
        if kept:
            menu.addSeparator()
            inner = menu.addMenu(tr("A run that was kept"))
            for each in kept[:_MOST_KEPT]:
                action = inner.addAction(tr("{title}, {step:,} steps", title=each.title, step=each.step))
                action.triggered.connect(lambda _=False, id=each.id: studio.comparison.add_kept(id))
        menu.addSeparator()
        menu.addAction(tr("A run from a file"), self._add_file)
        menu.popup(at)
        return menu

    def _add_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Add a run"), "", tr("DGM Studio runs (*.dgm)"))
        if name:
            self._studio.comparison.add_file(Path(name))

    def save_image(self) -> None:
        """Write the cells as they are seen, as a PNG twice as fine or as an SVG; a notice says what came of it."""
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the pictures"), "comparison.png", tr("PNG (*.png);;SVG (*.svg)")
        )
        if name:
            self.write_image(Path(name) if Path(name).suffix else Path(f"{name}.png"))

    def write_image(self, path: Path) -> None:
        """The same to a file; lines, letters and points of an SVG are lines, letters and points."""
        if write_board(self.board, path):
            self._studio.notify("info", tr("Saved {name}.", name=path.name))
        else:
            self._studio.notify(
                "bad",
                tr("{name} was not saved.", name=path.name),
                tr("Name it .png or .svg, or choose another folder."),
            )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        names = [url.fileName() for url in event.mimeData().urls() if url.toLocalFile().endswith(".dgm")]
        if names:
            self.drop_hint.say(
                tr(
                    "Add {word} to the comparison.",
                    word=names[0] if len(names) == 1 else tr("these {names} runs", names=len(names)),
                )
            )
            event.acceptProposedAction()
        else:
            event.ignore()  # the window may have a use for it

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.toLocalFile().endswith(".dgm"):
                self._studio.comparison.add_file(Path(url.toLocalFile()))

    def _restyle(self) -> None:
        self.add.setIcon(icon("add"))


def columns_for(n: int, width: float, height: float) -> int:
    """In how many columns n cells are largest, as squares, in so much room."""
    side = {c: min(width / c, height / math.ceil(n / c)) for c in range(1, n + 1)}
    return max(side, key=lambda c: (round(side[c]), -c))
