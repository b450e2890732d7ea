"""Conditioning in the plane: drag a line or a band, or draw a region, and see what the model makes of the rest.

Inpainting on pictures can only be looked at; here the exact answer is known and stands beside the model's.
"""

from __future__ import annotations

import time
from typing import Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import ConditionalSliceResult, Opened, RegionResult, SamplerInfo
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..look import theme
from .given_card import GivenCard
from .layers.points import PointsLayer
from .plane_plot import PlanePlot

SOON_MS, REST_MS = 80, 400
"""After a move the quick way is asked, and once the line rests the careful one."""
_REGION_CELLS = 96
_FEWEST_CORNERS = 8


class _Lasso(QWidget):
    """A clear sheet over the plane on which a region is drawn by hand."""

    drawn = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._corners: list[QPointF] = []
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Region"))
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._corners = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() != Qt.MouseButton.NoButton:
            self._corners.append(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if len(self._corners) >= _FEWEST_CORNERS:
            self.drawn.emit(list(self._corners))
        self._corners = []
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._corners) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.tokens().colour("mask"), 1.5, Qt.PenStyle.DashLine))
        painter.drawPolyline(self._corners)


class GivenTool(QObject):
    """Open and close it with `toggle`; ``changed`` tells of it. ``card`` is to be shown in a panel, beside the plane."""

    changed = Signal()

    def __init__(self, view: QWidget, studio: Studio, canvas: PlanePlot) -> None:
        super().__init__(view)
        self._studio, self._canvas = studio, canvas
        self.active = False
        self.mode: str = "line"
        self.axis: Literal[0, 1] = 0
        self._method = ""
        self._asked: tuple[str, float] | None = None
        """The way that is being asked, and since when."""
        self._moved_since = False
        self._queue: list[str] = []
        """Ways that are to be asked after it."""
        self._corners: np.ndarray | None = None
        self.card = GivenCard()
        self.card.hide()
        self.lasso = _Lasso(canvas)
        self.line = pg.InfiniteLine(movable=True)
        self.band = pg.LinearRegionItem(swapMode="sort")
        self.outline = pg.PlotDataItem()
        self.points = PointsLayer(canvas.item, "mask", 3.5, 0.9, 8.5)
        for item in (self.line, self.band, self.outline):
            item.setZValue(8)
            item.hide()
            canvas.item.addItem(item, ignoreBounds=True)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.ask_quickly)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.settle)
        self.line.sigPositionChanged.connect(self._moved)
        self.band.sigRegionChanged.connect(self._moved)
        self.lasso.drawn.connect(self._enclosed)
        self.card.mode_chosen.connect(self.choose_mode)
        self.card.axis_chosen.connect(self.choose_axis)
        self.card.method_chosen.connect(self._choose_method)
        self.card.all_asked.connect(self._ask_all)
        self.card.closed.connect(self.toggle)
        bind_run(self, studio, Opened, self._show_opened, slot="2d")
        bind_run(self, studio, ConditionalSliceResult, self._show_conditioned, slot="2d")
        bind_run(self, studio, RegionResult, self._show_confined, slot="2d")
        bind(self, studio, "unanswered", self._unanswered)
        theme.follow(self._restyle)

    def toggle(self) -> None:
        """Put the line on the plane, or away."""
        self.active = not self.active
        if self.active:
            left, right, low, high = self._canvas.extent()
            middle = ((left + right) / 2, (low + high) / 2)[self.axis]
            reach = ((right - left), (high - low))[self.axis]
            self.line.setPos(middle)
            self.band.setRegion((middle - reach / 12, middle + reach / 12))
        self._show()
        self.changed.emit()

    def choose_mode(self, mode: str) -> None:
        self.mode = mode
        self._show()
        self.changed.emit()

    def choose_axis(self, axis: int) -> None:
        self.axis = 1 if axis else 0
        left, right, low, high = self._canvas.extent()
        low_, high_ = ((left, right), (low, high))[self.axis]
        self.line.setPos((low_ + high_) / 2)
        self.band.setRegion((low_ + 0.4 * (high_ - low_), low_ + 0.6 * (high_ - low_)))
        self._show()

    def _choose_method(self, name: str) -> None:
        self._method = name
        self.ask()

    def _moved(self) -> None:
        """Something else is known: the quick method answers on the way, the careful one when it rests."""
        self._queue = []
        if not self._soon.isActive():
            self._soon.start()
        self._rest.start()

    @property
    def asking(self) -> str | None:
        """The way that is being asked, by name; None while nobody is."""
        return None if self._asked is None else self._asked[0]

    @property
    def _methods(self) -> tuple[SamplerInfo, ...]:
        opened = self._studio.runs["2d"].opened
        return () if opened is None else opened.info.methods_for("mask")

    def ask_quickly(self) -> None:
        """Ask the quick way; one answer at a time, so that a long drag does not keep every one from coming."""
        if self.mode != "line" or not self._methods:
            return
        quick = self._methods[0].name
        if self._asked is not None and self._asked[0] == quick:
            self._moved_since = True
        else:
            self._ask(quick)

    def settle(self) -> None:
        """The line rests: the chosen way is asked, once the quick one has answered."""
        if self.mode != "line" or not self._methods:
            self._ask("")
        elif self._methods[0].name != self._method:
            self._queue = [self._method]
            self._ask_next()

    def _ask_all(self) -> None:
        """Ask every way in turn, the chosen one last, so that its law is the one that stays."""
        self._queue = [*(w.name for w in self._methods if w.name != self._method), self._method]
        self._ask_next()

    def _ask_next(self) -> None:
        if self._asked is None and self._queue:
            self._ask(self._queue.pop(0))

    def ask(self) -> None:
        """Ask about what is known now, by the chosen way."""
        self._soon.stop()
        self._rest.stop()
        self._queue = []
        self._ask(self._method)

    def _ask(self, method: str) -> None:
        studio = self._studio
        if not self.active or studio.workspace != "2d" or studio.run.opened is None:
            return
        seed = studio.spec.sampling.seed
        if self.mode == "line":
            if not self._methods:
                self.card.say(
                    tr("This family has no way to hold a coordinate; a band or a region works for every family.")
                )
                return
            at = float(self.line.value())
            studio.ask.given(self.axis, at, at, seed, method or None)
        elif self.mode == "band":
            low, high = (float(v) for v in self.band.getRegion())
            studio.ask.given(self.axis, low, high, seed)
        elif self._corners is not None:
            extent = self._canvas.extent()
            studio.ask.within(rasterised(self._corners, extent, _REGION_CELLS), extent, seed)
        else:
            return
        self._asked = method, time.monotonic()
        self.card.show_asking(method if self.mode == "line" else "")

    def _answered(self) -> float:
        """What was asked has come: for how many seconds it was waited, and what is next."""
        took = 0.0 if self._asked is None else time.monotonic() - self._asked[1]
        self._asked = None
        self.card.show_asking(None)
        if self._moved_since:
            self._moved_since = False
            self.ask_quickly()
        else:
            self._ask_next()
        return took

    def _unanswered(self, kind: str) -> None:
        if kind in ("given", "within") and self.active:
            self._answered()

    def cover(self) -> None:
        """Lie over the plane, as large as it is now, while a region is drawn."""
        self.lasso.setGeometry(self._canvas.rect())

    def _show(self) -> None:
        angle = 90 if self.axis == 0 else 0
        self.line.setAngle(angle)
        self.band.setVisible(False)
        if self.band.orientation != ("vertical" if self.axis == 0 else "horizontal"):
            self._turn_band()
        self.card.setVisible(self.active)
        self.card.show_mode(self.mode, self.axis)
        self.line.setVisible(self.active and self.mode == "line")
        self.band.setVisible(self.active and self.mode == "band")
        self.outline.setVisible(self.active and self.mode == "region")
        self.lasso.setVisible(self.active and self.mode == "region")
        self.points.switch(self.active)
        self.points.show(None)
        self._asked, self._moved_since = None, False  # what comes now is about something else
        self._moved()
        self.card.clear()
        if self.active:
            self.card.show_asking("" if self.mode != "region" or self._corners is not None else None)
            self.card.say(
                tr("Draw a closed line around where points may lie.") if self.mode == "region" else tr("Drag it.")
            )
            self._show_opened(self._studio.runs["2d"].opened)

    def _turn_band(self) -> None:
        """pyqtgraph fixes the direction of a band when it is made."""
        region = self.band.getRegion()
        self._canvas.item.removeItem(self.band)
        self.band = pg.LinearRegionItem(
            region, orientation="vertical" if self.axis == 0 else "horizontal", swapMode="sort"
        )
        self.band.setZValue(8)
        self.band.sigRegionChanged.connect(self._moved)
        self._canvas.item.addItem(self.band, ignoreBounds=True)
        self._restyle()

    def _show_opened(self, opened: Opened | None) -> None:
        if opened is None or not self.active:
            return
        methods = opened.info.methods_for("mask")
        if self._method not in {w.name for w in methods}:
            careful = opened.info.careful("mask")
            self._method = careful.name if careful else ""
        self.card.show_methods(methods, self._method)
        self.card.clear()
        self._moved()

    def _enclosed(self, corners: list[QPointF]) -> None:
        self._corners = np.array([self._canvas.to_data(c) for c in corners])
        closed = np.concatenate([self._corners, self._corners[:1]])
        self.outline.setData(closed[:, 0], closed[:, 1])
        self.ask()

    def _show_conditioned(self, told: ConditionalSliceResult) -> None:
        if not self.active or self.mode == "region" or self._asked is None:
            return
        self.card.show_conditioned(told)
        took = self._answered()
        if self.mode == "line":
            self.card.show_method(told, took)
        known = np.full(len(told.samples), (told.low + told.high) / 2)
        pair = (known, told.samples) if told.axis == 0 else (told.samples, known)
        self.points.show(np.stack(pair, 1) if self.mode == "line" else None)

    def _show_confined(self, told: RegionResult) -> None:
        if self.active and self.mode == "region":
            self._answered()
            self.card.show_confined(told)
            self.points.show(told.samples)

    def _restyle(self) -> None:
        t = theme.tokens()
        self.line.setPen(pg.mkPen(t.colour("mask"), width=2))
        self.line.setHoverPen(pg.mkPen(t.colour("mask"), width=4))
        self.band.setBrush(t.colour("mask", 0.16))
        self.band.setHoverBrush(t.colour("mask", 0.26))
        self.outline.setPen(pg.mkPen(t.colour("mask"), width=1.5, style=Qt.PenStyle.DashLine))
        self.points.restyle()


def rasterised(corners: np.ndarray, extent: tuple[float, float, float, float], cells: int) -> np.ndarray:
    """Truth values (cells, cells), low y first: whether the middle of each cell lies within the polygon (n, 2)."""
    left, right, low, high = extent
    path = QPainterPath(QPointF(*corners[0]))
    for x, y in corners[1:]:
        path.lineTo(float(x), float(y))
    path.closeSubpath()
    xs = left + (np.arange(cells) + 0.5) * (right - left) / cells
    ys = low + (np.arange(cells) + 0.5) * (high - low) / cells
    return np.array([[path.contains(QPointF(float(x), float(y))) for x in xs] for y in ys])
