"""The plot of a situation: start, goal and obstacle, which are dragged, the paths between them, and a stroke that is drawn."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGraphicsEllipseItem

from dgm_studio.language import tr
from dgm_studio.protocol.paths import RADIUS, Situation, collides, sides

from ..look import theme
from ..plane.plane_plot import PlanePlot
from .path_lines import PathLines

Thing = Literal["start", "goal", "obstacle"]
_EXTENT = (-1.15, 1.15, -0.8, 0.8)
_GRIP = 16
"""Pixels around start and goal by which they are taken."""


class SituationPlot(PlanePlot):
    """``dragged(thing, x, y)`` while a thing is moved and ``dropped`` at the end; ``stroke_ended(points)`` (n, 2) after one was
    drawn, which is what a drag does while ``drawing``.
    """

    dragged = Signal(str, float, float)
    dropped = Signal()
    stroke_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Start, goal, obstacle and paths"))
        self.item.setMouseEnabled(False, False)
        self.setMouseTracking(True)
        self.situation: Situation | None = None
        self.drawing = False
        self._held: Thing | None = None
        self._stroke: list[tuple[float, float]] = []
        self.demonstrations = PathLines(self.item, "data", 1, alpha=0.22)
        self.unsorted = PathLines(self.item, "model", 3, alpha=0.7)
        self.left = PathLines(self.item, "left", 3, alpha=0.7)
        self.right = PathLines(self.item, "right", 3, alpha=0.7)
        self.colliding = PathLines(self.item, "bad", 4, 1.4, dashed=True)
        self.regression = PathLines(self.item, "text", 5, 2.2, dashed=True)
        self.followed = PathLines(self.item, "accent", 6, 3.2)
        self.drawn = PathLines(self.item, "data", 6, 2.0)
        self._obstacle = QGraphicsEllipseItem(QRectF(-RADIUS, -RADIUS, 2 * RADIUS, 2 * RADIUS))
        self._obstacle.setZValue(2)
        self._marks = pg.ScatterPlotItem(pxMode=True)
        self._marks.setZValue(7)
        self._place = pg.ScatterPlotItem(pxMode=True)
        self._place.setZValue(8)
        self._names = [pg.TextItem(text, anchor=(0.5, 0)) for text in ("start", "goal")]
        for item in (self._obstacle, self._marks, self._place, *self._names):
            self.item.addItem(item, ignoreBounds=True)
        self.show_extent(_EXTENT)
        theme.follow(self._restyle)

    @property
    def lines(self) -> tuple[PathLines, ...]:
        fan = (self.unsorted, self.left, self.right, self.colliding)
        return (self.demonstrations, *fan, self.regression, self.followed, self.drawn)

    def show_situation(self, situation: Situation) -> None:
        """Put start, goal and obstacle where they are."""
        self.situation = situation
        x, y = situation.obstacle
        self._obstacle.setPos(float(x), float(y))
        self._draw_marks()

    def show_fan(self, paths: np.ndarray | None, situation: Situation | None, become: np.ndarray | None = None) -> None:
        """Draw paths (n, L, 2) by their sides, those that collide apart; all alike where the situation is not known. On
        their way both are told of what they ``become`` (n, L, 2).
        """
        for lines in (self.unsorted, self.left, self.right, self.colliding):
            lines.show(None)
        if paths is None:
            return
        if situation is None:
            self.unsorted.show(paths)
            return
        final = paths if become is None else become[: len(paths)]
        hit, left = collides(final, situation.obstacle), sides(final, situation) > 0
        self.left.show(paths[~hit & left])
        self.right.show(paths[~hit & ~left])
        self.colliding.show(paths[hit])

    def show_place(self, place: np.ndarray | None) -> None:
        """Where somebody who follows a plan is; None for nowhere."""
        self._place.setData([] if place is None else [float(place[0])], [] if place is None else [float(place[1])])

    def fade_fan(self, on: bool) -> None:
        for lines in (self.unsorted, self.left, self.right, self.colliding):
            lines.fade(on)

    # --- what a hand does -------------------------------------------------------------------------------------------

    def thing_at(self, position: QPointF) -> Thing | None:
        """What of the situation is under a place in this widget."""
        if self.situation is None:
            return None
        for name in ("start", "goal"):
            at = self.place_of(getattr(self.situation, name))
            if math.hypot(position.x() - at.x(), position.y() - at.y()) <= theme.px(_GRIP):
                return "start" if name == "start" else "goal"
        x, y = self.to_data(position)
        centre = self.situation.obstacle
        return "obstacle" if math.hypot(x - centre[0], y - centre[1]) <= RADIUS else None

    def press(self, position: QPointF) -> None:
        if self.drawing:
            self._stroke = [self.to_data(position)]
        else:
            self._held = self.thing_at(position)
            if self._held is not None:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, position: QPointF) -> None:
        if self._stroke:
            self._stroke.append(self.to_data(position))
            self.drawn.show(np.array([self._stroke]))
        elif self._held is not None:
            self.dragged.emit(self._held, *self.to_data(position))
        else:
            shape = Qt.CursorShape.CrossCursor if self.drawing else Qt.CursorShape.ArrowCursor
            over = not self.drawing and self.thing_at(position) is not None
            self.setCursor(Qt.CursorShape.OpenHandCursor if over else shape)

    def release(self, position: QPointF) -> None:
        if self._stroke:
            stroke, self._stroke = np.array(self._stroke), []
            self.drawn.show(None)
            self.stroke_ended.emit(stroke)
        elif self._held is not None:
            self._held = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.dropped.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.press(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.release(event.position())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_obstacle"):
            self.show_extent(_EXTENT)

    def place_of(self, point: np.ndarray) -> QPointF:
        """Where a point (2,) of the plane is in the widget."""
        scene = self.item.getViewBox().mapViewToScene(QPointF(float(point[0]), float(point[1])))
        return QPointF(self.mapFromScene(scene))

    # --- looks --------------------------------------------------------------------------------------------------------

    def _draw_marks(self) -> None:
        if self.situation is None:
            return
        t = theme.tokens()
        pen, size = pg.mkPen(t.colour("plot"), width=1.5), 15 * theme.scale()
        start, goal = self.situation.start, self.situation.goal
        self._marks.setData(
            [
                {"pos": start, "symbol": "o", "size": size, "brush": t.colour("text"), "pen": pen},
                {"pos": goal, "symbol": "star", "size": 1.5 * size, "brush": t.colour("good"), "pen": pen},
            ]
        )
        for name, place in zip(self._names, (start, goal), strict=True):
            name.setPos(float(place[0]), float(place[1]) - 0.045)
            name.setColor(t.colour("dim"))

    def _restyle(self) -> None:
        t = theme.tokens()
        for lines in self.lines:
            lines.restyle()
        self._obstacle.setBrush(t.colour("dim", 0.28))
        outline = pg.mkPen(t.colour("dim"), width=1.5)
        outline.setCosmetic(True)
        self._obstacle.setPen(outline)
        self._place.setSymbol("o")
        self._place.setSize(13 * theme.scale())
        self._place.setBrush(t.colour("accent"))
        self._place.setPen(pg.mkPen(t.colour("plot"), width=2))
        self._draw_marks()
