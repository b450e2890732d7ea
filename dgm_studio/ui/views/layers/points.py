"""Points: up to a few thousand as marks, one item per class; beyond, as a picture of counts.

Seen with software rendering: 1,000 marks cost 4 ms a frame, 10,000 cost 51 ms; a histogram of 512 by 512 costs 22 ms
however many points there are.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from ... import theme

MOST_MARKS = 3000
_CELLS = 512
_SYMBOLS = ("o", "t", "s", "d", "+", "x", "star", "p")


class PointsLayer:
    """Points (n, 2) in the colour of a token; classes differ by shape and lightness, not by hue."""

    def __init__(self, plot: pg.PlotItem, token: str, size: float, alpha: float, z: float) -> None:
        self._plot, self._token, self._size, self._alpha, self._z = plot, token, size, alpha, z
        self._marks: list[pg.ScatterPlotItem] = []
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(z)
        self._image.hide()
        plot.addItem(self._image, ignoreBounds=True)
        self._on = True
        self._given: np.ndarray | None = None
        self._x = np.empty((0, 2), np.float32)
        self._labels: np.ndarray | None = None

    @property
    def points(self) -> np.ndarray:
        """What is shown (n, 2)."""
        return self._x

    def shows(self, x: np.ndarray) -> bool:
        """Whether this very array is shown already, so that it need not be drawn anew."""
        return self._given is x

    def show(self, x: np.ndarray | None, labels: np.ndarray | None = None) -> None:
        """Show points (n, 2) with class numbers (n,), -1 for none; None shows nothing."""
        self._given = x
        self._x = np.empty((0, 2), np.float32) if x is None else np.asarray(x, np.float32).reshape(-1, 2)
        self._labels = labels
        if self._on:
            self._draw()

    def switch(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            self._draw()

    def restyle(self) -> None:
        for index, item in enumerate(self._marks):
            self._style(item, index)
        self._draw()

    def _draw(self) -> None:
        many = len(self._x) > MOST_MARKS
        self._image.setVisible(self._on and many)
        if many:
            for item in self._marks:
                item.setVisible(False)
            if self._on:
                self._draw_counts()
            return
        labels = self._labels
        groups = [self._x] if labels is None or not self._on else self._split(labels)
        while len(self._marks) < len(groups):
            item = pg.ScatterPlotItem(pxMode=True, antialias=False)
            item.setZValue(self._z)
            self._plot.addItem(item, ignoreBounds=True)
            self._marks.append(item)
            self._style(item, len(self._marks) - 1)
        for index, item in enumerate(self._marks):
            here = self._on and index < len(groups) and len(groups[index]) > 0
            if here:
                item.setData(x=groups[index][:, 0], y=groups[index][:, 1])
            item.setVisible(here)

    def _split(self, labels: np.ndarray) -> list[np.ndarray]:
        """Points of each class; those of no class go with the first."""
        classes = int(labels.max(initial=0)) + 1
        of = np.clip(labels, 0, len(_SYMBOLS) - 1) if classes > len(_SYMBOLS) else np.maximum(labels, 0)
        return [self._x[of == k] for k in range(min(classes, len(_SYMBOLS)))]

    def _style(self, item: pg.ScatterPlotItem, index: int) -> None:
        item.setPen(None)
        item.setBrush(shade(theme.tokens().colour(self._token, self._alpha), index))
        item.setSymbol(_SYMBOLS[index % len(_SYMBOLS)])
        item.setSize((self._size + (0.0 if index == 0 else 1.0)) * theme.scale())

    def _draw_counts(self) -> None:
        low, high = self._x.min(0), self._x.max(0)
        span = np.maximum(high - low, 1e-6)
        cell = np.minimum(((self._x - low) / span * _CELLS).astype(np.int64), _CELLS - 1)
        counts = np.bincount(cell[:, 1] * _CELLS + cell[:, 0], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
        rgba = np.empty((_CELLS, _CELLS, 4), np.uint8)
        colour = theme.tokens().colour(self._token)
        rgba[..., :3] = (colour.red(), colour.green(), colour.blue())
        rgba[..., 3] = np.minimum(255, np.sqrt(counts) * 130 * self._alpha).astype(np.uint8)
        self._image.setImage(rgba, autoLevels=False, levels=(0, 255))
        self._image.setRect(QRectF(float(low[0]), float(low[1]), float(span[0]), float(span[1])))


def shade(colour: QColor, index: int) -> QColor:
    """The colour of a class: lighter and darker steps of one hue."""
    if index == 0:
        return colour
    factor = 100 + 22 * ((index + 1) // 2)
    shaded = colour.lighter(factor) if index % 2 else colour.darker(factor)
    shaded.setAlphaF(colour.alphaF())
    return shaded
