"""The plot of the plane: equal axes in data units, what is in view, and where it is clicked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent

from dgm_studio.studio.state import Extent

from ..plots import Plot


class Canvas(Plot):
    """Equal axes with a quiet grid; ``clicked(x, y)`` in data units; a double click shows everything."""

    clicked = Signal(float, float)
    home_asked = Signal()
    resized = Signal()

    def __init__(self) -> None:
        super().__init__("The plane", grid=48)
        self.item.setAspectLocked(True)
        self.item.disableAutoRange()
        self.item.getAxis("left").setWidth(30)
        self.item.getAxis("bottom").setHeight(18)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _click(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.home_asked.emit()
            return
        point = self.item.getViewBox().mapSceneToView(event.scenePos())
        self.clicked.emit(float(point.x()), float(point.y()))
