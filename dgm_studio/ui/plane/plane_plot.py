"""The plot of the plane: equal axes in data units, what is in view, and where it is clicked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Extent

from ..look.plots import Plot
from .plane_axis import PlaneAxis

_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
_MANY = 5


class PlanePlot(Plot):
    """Equal axes with a quiet grid; ``clicked(x, y)`` in data units; a double click shows everything. ``stepped(right, up)`` by
    the arrow keys, with Shift five steps at once.

    Where the coordinates are of different kinds, equal is what both call a standard deviation.
    """

    clicked = Signal(float, float)
    stepped = Signal(int, int)
    home_asked = Signal()
    resized = Signal()

    def __init__(self) -> None:
        self._axes = PlaneAxis("bottom", 18, 34), PlaneAxis("left", 30, 62)
        super().__init__(tr("The plane"), grid=48, axes={"bottom": self._axes[0], "left": self._axes[1]})
        self.item.setAspectLocked(True)
        self.item.disableAutoRange()
        self.item.getViewBox().sigRangeChanged.connect(self._follow_range)
        self.scene().sigMouseClicked.connect(self._click)

    def to_data(self, position: QPointF) -> tuple[float, float]:
        """Data units of a place in this widget."""
        point = self.item.getViewBox().mapSceneToView(self.mapToScene(position.toPoint()))
        return float(point.x()), float(point.y())

    def extent(self) -> Extent:
        """What is in view."""
        (left, right), (low, high) = self.item.getViewBox().viewRange()
        return float(left), float(right), float(low), float(high)

    def show_extent(self, extent: Extent) -> None:
        left, right, low, high = (float(v) for v in extent)
        self.item.getViewBox().setRange(xRange=(left, right), yRange=(low, high), padding=0.02)

    def show_coordinates(self, names: tuple[str, str], step: tuple[float, float]) -> None:
        """Name the axes, and show one ``step`` along x as long as one along y."""
        for axis, name in zip(self._axes, names, strict=True):
            axis.name_coordinate(name)
        self.item.setAspectLocked(True, ratio=step[1] / step[0])

    def _follow_range(self, *_: object) -> None:
        for axis, (low, high) in zip(self._axes, self.item.getViewBox().viewRange(), strict=True):
            axis.follow(float(low), float(high))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        shift, plain = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
        if step is None or event.modifiers() & ~(shift | plain):
            super().keyPressEvent(event)
            return
        many = _MANY if event.modifiers() & shift else 1
        self.stepped.emit(step[0] * many, step[1] * many)

    def _click(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.home_asked.emit()
            return
        point = self.item.getViewBox().mapSceneToView(event.scenePos())
        self.clicked.emit(float(point.x()), float(point.y()))
