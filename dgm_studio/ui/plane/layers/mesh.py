"""Latent mesh: a square grid of the latent plane, pushed through the model; where lines crowd, the density is high.

Of a model whose latents need a class there is a grid for every class, in the colours of the classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from dgm_studio.protocol.messages import Array, Field

from ...look import theme
from ..classes import colour
from .field_layer import FieldLayer


class MeshLayer(FieldLayer):
    """Shows a `Field` of lines (lines, points, 2), or of those of every class (classes, lines, points, 2)."""

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        super().__init__()
        self._plot, self._z = plot, z
        self.grids: list[QGraphicsPathItem] = []

    def restyle(self) -> None:
        for y, grid in enumerate(self.grids):
            shade = theme.tokens().colour("model", 0.5)
            if len(self.grids) > 1:
                shade = QColor(colour(y, len(self.grids), theme.tokens().name))
                shade.setAlphaF(0.6)
            pen = pg.mkPen(shade, width=1)
            pen.setCosmetic(True)
            grid.setPen(pen)

    def _items(self) -> Sequence[QGraphicsItem]:
        return self.grids

    def _set_visible(self, on: bool) -> None:
        for grid in self.grids:
            grid.setVisible(on)

    def _draw(self, field: Field) -> None:
        values = np.asarray(field.values, np.float64)
        every = values if values.ndim == 4 else values[None]
        if len(every) != len(self.grids):
            for grid in self.grids:
                self._plot.removeItem(grid)
            self.grids = [QGraphicsPathItem() for _ in every]
            for grid in self.grids:
                grid.setZValue(self._z)
                self._plot.addItem(grid, ignoreBounds=True)
            self.restyle()
            self.fade(self._faded)
        for grid, lines in zip(self.grids, every, strict=True):
            grid.setPath(_path(lines))


def _path(lines: Array) -> pg.QtGui.QPainterPath:
    """Lines (lines, points, 2) as one path."""
    count, points = lines.shape[:2]
    flat = lines.reshape(-1, 2)
    connect = np.ones(count * points, dtype=np.int32)
    connect[points - 1 :: points] = 0
    return pg.arrayToQPath(flat[:, 0], flat[:, 1], connect=connect, finiteCheck=True)
