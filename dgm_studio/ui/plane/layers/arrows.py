"""Vector field: a short line from each point of a coarse grid along the vector there, with a dot at its head.

Length says only small or large, l = cell * |v| / (|v| + median |v|), so that no line crosses into the next cell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from dgm_studio.protocol.messages import Field

from ...look import theme
from .field_layer import FieldLayer

ACROSS = 22
"""Lines along the longer side."""


class ArrowsLayer(FieldLayer):
    """Shows a `Field` of vectors (rows, columns, 2)."""

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        super().__init__()
        self._lines = QGraphicsPathItem()
        self._heads = pg.ScatterPlotItem(pxMode=True, antialias=False, pen=None)
        for item in (self._lines, self._heads):
            item.setZValue(z)
            plot.addItem(item, ignoreBounds=True)

    def restyle(self) -> None:
        colour = theme.tokens().colour("dim", 0.55)
        pen = pg.mkPen(colour, width=1)
        pen.setCosmetic(True)
        self._lines.setPen(pen)
        self._heads.setBrush(colour)
        self._heads.setSize(3.0 * theme.scale())

    def _items(self) -> Sequence[QGraphicsItem]:
        return self._lines, self._heads

    def _set_visible(self, on: bool) -> None:
        self._lines.setVisible(on)
        self._heads.setVisible(on)

    def _draw(self, field: Field) -> None:
        vectors = np.asarray(field.values, np.float64)
        start, end = lines(vectors, field.extent, slopes=field.kind not in ("velocity", "drift"))
        ends = np.stack([start, end], 1).reshape(-1, 2)
        self._lines.setPath(pg.arrayToQPath(ends[:, 0], ends[:, 1], connect="pairs"))
        self._heads.setData(x=end[:, 0], y=end[:, 1])


def lines(
    vectors: np.ndarray, extent: tuple[float, float, float, float], slopes: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (n, 2) of the lines for vectors (rows, columns, 2) over an extent.

    Directions are those on screen, where cells are square: there a velocity counts cells, and ``slopes``, such as a score,
    are what changes from cell to cell.
    """
    rows, columns = vectors.shape[:2]
    left, right, low, high = (float(v) for v in extent)
    stride = max(1, round(max(rows, columns) / ACROSS))
    r, c = np.arange(stride // 2, rows, stride), np.arange(stride // 2, columns, stride)
    v = vectors[np.ix_(r, c)].reshape(-1, 2)
    x = left + (c + 0.5) * (right - left) / columns
    y = low + (r + 0.5) * (high - low) / rows
    start = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    cell = np.array([(right - left) / columns, (high - low) / rows])
    v = v * cell if slopes else v / cell
    keep = np.isfinite(v).all(1)
    v, start = v[keep], start[keep]
    size = np.linalg.norm(v, axis=1)
    usual = float(np.median(size)) if len(size) else 1.0
    length = 0.95 * stride * size / np.maximum(size + usual, np.finfo(np.float64).tiny)
    direction = v / np.maximum(size, np.finfo(np.float64).tiny)[:, None]
    return start, start + direction * length[:, None] * cell
