"""Latent mesh: a square grid of the code plane, pushed through the model; where lines crowd, the density is high."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsPathItem

from dgm_studio.studio.state import Field

from ... import theme
from .field_layer import FieldLayer


class MeshLayer(FieldLayer):
    """Shows a `Field` of lines (lines, points, 2)."""

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        super().__init__()
        self._lines = QGraphicsPathItem()
        self._lines.setZValue(z)
        plot.addItem(self._lines, ignoreBounds=True)

    def restyle(self) -> None:
        pen = pg.mkPen(theme.tokens().colour("model", 0.5), width=1)
        pen.setCosmetic(True)
        self._lines.setPen(pen)

    def _set_visible(self, on: bool) -> None:
        self._lines.setVisible(on)

    def _draw(self, field: Field) -> None:
        lines, points = field.values.shape[:2]
        flat = np.asarray(field.values, np.float64).reshape(-1, 2)
        connect = np.ones(lines * points, dtype=np.int32)
        connect[points - 1 :: points] = 0
        self._lines.setPath(pg.arrayToQPath(flat[:, 0], flat[:, 1], connect=connect, finiteCheck=True))
