"""Class regions: the colour of each place is that of its classes, mixed by p(y | x), with a line where the winner changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from dgm_studio.protocol.messages import Field
from dgm_studio.studio.reading.posterior import posterior

from ...look import theme
from ..classes import colour
from .contours import contours, path_of
from .field_layer import FieldLayer
from .heatmap import SmoothImage


class RegionsLayer(FieldLayer):
    """Shows a `Field` of log p(x | y) (rows, columns, classes) under a prior."""

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        super().__init__()
        self.image = SmoothImage(axisOrder="row-major")
        self.image.setZValue(z)
        self._lines = QGraphicsPathItem()
        self._lines.setZValue(z + 0.5)
        plot.addItem(self.image, ignoreBounds=True)
        plot.addItem(self._lines, ignoreBounds=True)
        self._prior: tuple[float, ...] = ()

    def show_prior(self, prior: Sequence[float]) -> None:
        if tuple(prior) != self._prior:
            self._prior = tuple(prior)
            self._draw_anew()

    def restyle(self) -> None:
        pen = pg.mkPen(theme.tokens().colour("text", 0.8), width=1.5)
        pen.setCosmetic(True)
        self._lines.setPen(pen)
        self._draw_anew()

    def _items(self) -> Sequence[QGraphicsItem]:
        return self.image, self._lines

    def _set_visible(self, on: bool) -> None:
        self.image.setVisible(on)
        self._lines.setVisible(on)

    def _draw(self, field: Field) -> None:
        left, right, low, high = (float(v) for v in field.extent)
        p = posterior(np.asarray(field.values), self._prior)
        rows, columns, classes = p.shape
        look = theme.tokens().name
        hues = np.array([theme.rgb(QColor(colour(y, classes, look))) for y in range(classes)], np.float64)
        opacity = np.full((rows, columns, 1), 0.42 * 255)
        pixels = np.concatenate([p @ hues, opacity], -1).round().astype(np.uint8)
        self.image.setImage(pixels, autoLevels=False, levels=(0, 255))
        self.image.setRect(QRectF(left, low, right - left, high - low))
        lines = [contours(_lead(p, y), (0.0,)) for y in range(classes)]
        self._lines.setPath(path_of(np.concatenate([*lines, np.empty((0, 2))]), p.shape, field.extent))


def _lead(p: np.ndarray, y: int) -> np.ndarray:
    """How far class y is ahead of the best other one (rows, columns); 0 on the border of its region."""
    others = np.delete(p, y, axis=-1)
    return p[..., y] - (others.max(-1) if others.shape[-1] else 0.5)
