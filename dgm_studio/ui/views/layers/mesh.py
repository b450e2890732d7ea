"""Latent mesh: a square grid of the code plane, pushed through the model; where lines crowd, the density is high."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsPathItem

from dgm_studio.studio.state import Field

from ... import theme


class MeshLayer:
    """Shows a `Field` of lines (lines, points, 2)."""

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        self._lines = QGraphicsPathItem()
        self._lines.setZValue(z)
        plot.addItem(self._lines, ignoreBounds=True)
        self._on = True
        self._field: Field | None = None
        self._drawn: Field | None = None

    def show(self, field: Field | None) -> None:
        self._field = field
        self._update()

    def switch(self, on: bool) -> None:
        self._on = on
        self._update()

    def restyle(self) -> None:
        pen = pg.mkPen(theme.tokens().colour("model", 0.5), width=1)
        pen.setCosmetic(True)
        self._lines.setPen(pen)

    def _update(self) -> None:
        here = self._on and self._field is not None
        self._lines.setVisible(here)
        if not here or self._field is self._drawn:
            return
        field = self._drawn = self._field
        lines, points = field.values.shape[:2]
        flat = np.asarray(field.values, np.float64).reshape(-1, 2)
        connect = np.ones(lines * points, dtype=np.int32)
        connect[points - 1 :: points] = 0
        self._lines.setPath(pg.arrayToQPath(flat[:, 0], flat[:, 1], connect=connect, finiteCheck=True))
