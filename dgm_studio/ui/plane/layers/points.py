"""Points: up to a few thousand as marks, one item per class; beyond, as a picture of counts. A few are drawn large.

Seen with software rendering: 1,000 marks cost 4 ms a frame, 10,000 cost 51 ms; a histogram of 512 by 512 costs 22 ms
however many points there are.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from ...look import theme
from ..classes import FEW, colour
from .field_layer import fade

MOST_MARKS = 3000
FEW_POINTS = 200
"""So few examples are each worth looking at: they are drawn large, rimmed, and above everything else."""
_LARGE, _ABOVE = 2.2, 5.0
"""How much larger few points are, and by how much they lie higher."""
_CELLS = 512
_SYMBOLS = ("o", "t", "s", "d", "+", "x", "star", "p")


class PointsLayer:
    """Points (n, 2) in the colour of a token. Of ``coloured`` ones each class has the colour it has everywhere; of others a few
    classes differ by shape and lightness, and many are not told apart.
    """

    def __init__(
        self, plot: pg.PlotItem, token: str, size: float, alpha: float, z: float, *, coloured: bool = False
    ) -> None:
        self._plot, self._token, self._size, self._alpha, self._z = plot, token, size, alpha, z
        self._coloured, self._muted = coloured, False
        self.marks: list[pg.ScatterPlotItem] = []
        self._styles: list[object] = []
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setZValue(z)
        self.image.hide()
        plot.addItem(self.image, ignoreBounds=True)
        self._on = True
        self._faded = False
        self._given: np.ndarray | None = None
        self._x = np.empty((0, 2))
        self._labels: np.ndarray | None = None
        self._classes = 1

    @property
    def points(self) -> np.ndarray:
        """What is shown (n, 2)."""
        return self._x

    @property
    def large(self) -> bool:
        """Whether each of few examples is drawn large, on top."""
        return self._coloured and 0 < len(self._x) <= FEW_POINTS

    def shows(self, x: np.ndarray) -> bool:
        """Whether this very array is shown already, so that it need not be drawn anew."""
        return self._given is x

    def show(self, x: np.ndarray | None, labels: np.ndarray | None = None, classes: int = 0) -> None:
        """Show points (n, 2) with class numbers (n,), -1 for none, of so many classes; None shows nothing."""
        self._given = x
        self._x = np.empty((0, 2)) if x is None else np.asarray(x, np.float64).reshape(-1, 2)
        self._labels = labels
        self._classes = max(classes, 1 if labels is None else int(labels.max(initial=0)) + 1)
        if self._on:
            self._draw()

    def tell_apart(self, on: bool) -> None:
        """Give each class the colour that it has everywhere, or not."""
        if on != self._coloured:
            self._coloured = on
            self._styles = [None] * len(self._styles)

    def mute(self, on: bool) -> None:
        """Show points of no class in grey, so that the colours are left to others."""
        if on != self._muted:
            self._muted = on
            self._styles = [None] * len(self._styles)

    def switch(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            self._draw()

    def fade(self, on: bool) -> None:
        """Show them faintly: they belong to another moment."""
        self._faded = on
        fade((self.image, *self.marks), on)

    def restyle(self) -> None:
        self._draw()

    def _draw(self) -> None:
        many = len(self._x) > MOST_MARKS
        self.image.setVisible(self._on and many)
        if many:
            for item in self.marks:
                item.setVisible(False)
            if self._on:
                self._draw_counts()
            return
        groups = [self._x] if self._labels is None or not self._on else self._split(self._labels)
        while len(self.marks) < len(groups):
            item = pg.ScatterPlotItem(pxMode=True, antialias=False)
            self._plot.addItem(item, ignoreBounds=True)
            self.marks.append(item)
            self._styles.append(None)
            self.fade(self._faded)
        for index, item in enumerate(self.marks):
            here = self._on and index < len(groups) and len(groups[index]) > 0
            if here:
                self._style(item, index)
                item.setData(x=groups[index][:, 0], y=groups[index][:, 1])
            item.setVisible(here)

    def _split(self, labels: np.ndarray) -> list[np.ndarray]:
        """Points of each class; those of no class go with the first."""
        if self._classes > FEW and not self._coloured:
            return [self._x]
        return [self._x[np.maximum(labels, 0) == k] for k in range(self._classes)]

    def _style(self, item: pg.ScatterPlotItem, index: int) -> None:
        t, large = theme.tokens(), self.large
        style = (t.name, theme.scale(), large, self._classes)
        if style == self._styles[index]:
            return
        self._styles[index] = style
        item.clear()  # else each of the four below goes through all points, which are given anew after this
        item.setZValue(self._z + (_ABOVE if large else 0.0))
        item.setPen(pg.mkPen(t.colour("plot"), width=1) if large else None)
        hue = self._hue(index)
        hue.setAlphaF(1.0 if large else self._alpha)
        item.setBrush(hue)
        item.setSymbol(symbol_of(index, self._classes))
        size = (self._size + (0.0 if index == 0 else 1.0)) * (_LARGE if large else 1.0)
        item.setSize(size * theme.scale())

    def _hue(self, index: int) -> QColor:
        t = theme.tokens()
        if self._coloured and self._classes > 1:
            return QColor(colour(index, self._classes, t.name))
        hue = t.colour("dim" if self._muted else self._token)
        return shade(hue, index) if self._classes <= FEW else hue

    def _draw_counts(self) -> None:
        low, high = self._x.min(0), self._x.max(0)
        span = np.where(high > low, high - low, 1.0)
        cell = np.minimum(((self._x - low) / span * _CELLS).astype(np.int64), _CELLS - 1)
        counts = np.bincount(cell[:, 1] * _CELLS + cell[:, 0], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
        rgba = np.empty((_CELLS, _CELLS, 4), np.uint8)
        told = self._coloured and self._labels is not None
        numbers = np.maximum(self._labels, 0) if told and self._labels is not None else np.zeros(len(cell), np.int64)
        hues = np.array([theme.rgb(self._hue(k)) for k in range(self._classes)], np.float64)
        at = cell[:, 1] * _CELLS + cell[:, 0]
        for channel in range(3):  # of several classes in a cell the mean
            sums = np.bincount(at, hues[numbers, channel], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
            rgba[..., channel] = sums / np.maximum(counts, 1)
        rgba[..., 3] = np.minimum(255, np.sqrt(counts) * 130 * self._alpha).astype(np.uint8)
        self.image.setImage(rgba, autoLevels=False, levels=(0, 255))
        self.image.setRect(QRectF(float(low[0]), float(low[1]), float(span[0]), float(span[1])))


def symbol_of(index: int, classes: int) -> str:
    """pyqtgraph's symbol of a class: each its own while they are few, dots where colours tell them apart."""
    return _SYMBOLS[index % len(_SYMBOLS)] if classes <= FEW else "o"


def shade(hue: QColor, index: int) -> QColor:
    """Lighter and darker steps of one hue, never so far that nothing is left of it."""
    if index == 0:
        return hue
    factor = 100 + 14 * ((index + 1) // 2)
    return hue.lighter(factor) if index % 2 else hue.darker(factor)
