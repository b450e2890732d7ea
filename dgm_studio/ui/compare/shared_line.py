"""A condition that all cells of points share: one coordinate is known, and each run says what it makes of the other.

One line is dragged in any picture and moves in all of them. While it moves the quick method of each run is asked, one answer
at a time; once it rests the careful one, whose distance from the exact law stands below the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from dgm_studio.language import tr
from dgm_studio.protocol.messages import ConditionalSliceResult, Opened
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import ComboBox, dim, format_number
from ..look import theme
from ..plane.layers.points import PointsLayer
from ..plane.plane_plot import PlanePlot

REST_MS = 400
"""How long the line rests before careful methods are asked."""
OFF = "off"
_KNOWN = ((OFF, tr("no condition")), ("0", "x₁ known"), ("1", "x₂ known"))


class CellLine(QObject):
    """The line in the picture of one run. ``dragged`` says where it is now, when it was moved here; ``words`` is what is to be
    said below the picture."""

    dragged = Signal(float)

    def __init__(self, view: QObject, studio: Studio, slot: str, canvas: PlanePlot) -> None:
        super().__init__(view)
        self._studio, self.slot, self.canvas = studio, slot, canvas
        self._axis: Literal[0, 1] | None = None
        self._ticket = 0
        """Of what is being asked, 0 while nothing is."""
        self._slow = False
        """Whether it is a careful method that is being asked, which a newer question replaces."""
        self._careful = self._again = self._moving = False
        self.line = pg.InfiniteLine(movable=True)
        self.line.setZValue(8)
        self.points = PointsLayer(canvas.item, "mask", 3.5, 0.9, 8.5)
        self.words = dim(wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for item in (self.line, self.words):
            item.hide()
        canvas.item.addItem(self.line, ignoreBounds=True)
        self.line.sigPositionChanged.connect(self._moved)
        bind_run(self, studio, ConditionalSliceResult, self._show, slot=slot)
        bind_run(self, studio, Opened, lambda _: self._opened(), slot=slot)
        bind(self, studio, "unanswered", self._unanswered)
        theme.follow(self._restyle)

    @property
    def asking(self) -> bool:
        return self._ticket != 0

    def show_at(self, axis: Literal[0, 1] | None, value: float) -> None:
        """Lie at a value of a coordinate, or be away."""
        if axis != self._axis:
            self.points.show(None)
            self.words.setText("")
        self._axis = axis
        self._moving = True
        self.line.setAngle(90 if axis == 0 else 0)
        self.line.setPos(value)
        self._moving = False
        self.points.switch(axis is not None)
        for item in (self.line, self.words):
            item.setVisible(axis is not None)

    def ask(self, *, careful: bool) -> None:
        """Ask the run about where the line is now; while the quick method answers, once it has."""
        studio = self._studio
        run = studio.runs.get(self.slot)
        if self._axis is None or run is None or run.opened is None or self.slot not in studio.session.seen:
            return
        methods = run.opened.info.methods_for("mask")
        if not methods:
            self.points.show(None)
            self.words.setText(tr("It has no way to hold a coordinate."))
            return
        if self.asking and not self._slow:
            self._again, self._careful = True, careful
            return
        self._again, self._slow = False, careful
        chosen = run.opened.info.careful("mask") if careful else methods[0]
        at = float(self.line.value())
        seed = studio.session.spec(self.slot).sampling.seed
        if not self.words.text():
            self.words.setText(tr("Answering …"))
        self._ticket = studio.ask.given(self._axis, at, at, seed, None if chosen is None else chosen.name, run)

    def _opened(self) -> None:
        """Another run is there, which was not asked yet."""
        self._ticket = 0
        self.ask(careful=True)

    def _unanswered(self, kind: str) -> None:
        run = self._studio.runs.get(self.slot)
        if kind == "given" and self._ticket and (run is None or "given" not in run.waiting):
            self._ended()

    def _moved(self) -> None:
        if not self._moving:
            self.dragged.emit(float(self.line.value()))

    def _show(self, told: ConditionalSliceResult) -> None:
        if told.ticket != self._ticket:
            return
        if self._axis is None or told.axis != self._axis:
            self._ended()
            return
        known = np.full(len(told.samples), told.low)
        self.points.show(np.stack((known, told.samples) if told.axis == 0 else (told.samples, known), 1))
        self.words.setText(line_said(told))
        self._ended()

    def _ended(self) -> None:
        self._ticket = 0
        if self._again:
            self.ask(careful=self._careful)

    def _restyle(self) -> None:
        t = theme.tokens()
        self.line.setPen(pg.mkPen(t.colour("mask"), width=2))
        self.line.setHoverPen(pg.mkPen(t.colour("mask"), width=4))
        self.points.restyle()


class SharedLine(QObject):
    """``known`` chooses which coordinate is known; ``lines`` are those of the cells that are there."""

    def __init__(self, owner: QObject, studio: Studio, lines: Callable[[], Iterable[CellLine]]) -> None:
        super().__init__(owner)
        self._studio, self._lines = studio, lines
        self._value = 0.0
        self.known = ComboBox()
        self.known.setAccessibleName(tr("Condition of all"))
        self.known.setToolTip(
            tr("Let one coordinate be known to every run: drag the line, and see what each makes of the other.")
        )
        for name, title in _KNOWN:
            self.known.addItem(title, name)
        self.known.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.known.activated.connect(lambda _: self.choose(self.known.currentData()))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(lambda: self._ask(careful=True))

    @property
    def axis(self) -> Literal[0, 1] | None:
        known = self.known.currentData()
        return None if known == OFF else 1 if known == "1" else 0

    def choose(self, known: str) -> None:
        """Put the line in the middle of what is in view, or away."""
        self.known.setCurrentIndex(self.known.findData(known))
        lines = list(self._lines())
        if lines and self.axis is not None:
            left, right, low, high = lines[0].canvas.extent()
            self._value = (left + right) / 2 if self.axis == 0 else (low + high) / 2
        self.refresh()
        self._ask(careful=False)
        self._rest.start()

    def refresh(self) -> None:
        """Show the line in every picture."""
        for line in self._lines():
            line.show_at(self.axis, self._value)

    def add(self, line: CellLine) -> None:
        """A picture has come."""
        line.dragged.connect(self.move)
        line.show_at(self.axis, self._value)
        line.ask(careful=True)

    def move(self, value: float) -> None:
        """The line is elsewhere now."""
        self._value = value
        self.refresh()
        self._ask(careful=False)
        self._rest.start()

    def _ask(self, *, careful: bool) -> None:
        if self.axis is not None:
            for line in self._lines():
                line.ask(careful=careful)


def line_said(told: ConditionalSliceResult) -> str:
    """By which method, how honest, and how far from the exact law beside what true samples are."""
    how = f"{told.method}, {tr(told.honesty)}"
    if told.distance is None or told.floor is None:
        return how
    return tr(
        "{how}: {distance} off, true samples {floor}",
        how=how,
        distance=format_number(told.distance),
        floor=format_number(told.floor),
    )
