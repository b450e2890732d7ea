"""Path lines: many paths as one item of a plot, so that hundreds are drawn anew while a hand drags the obstacle."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from ..look import theme
from ..plane.classes import colour
from ..plane.layers.field_layer import FAINT

LEFT, RIGHT = 7, 2
"""Numbers of the colours of the two sides, told apart by colour-blind eyes too."""


def side_colour(left: bool) -> QColor:
    """That of paths that pass the obstacle on the left, or on the right."""
    return QColor(colour(LEFT if left else RIGHT, look=theme.tokens().name))


class PathLines:
    """Paths (n, L, 2) in one pen: the colour of a ``token`` or, where it is "left" or "right", of that side."""

    def __init__(
        self, plot: pg.PlotItem, token: str, z: float, width: float = 1.0, alpha: float = 1.0, *, dashed: bool = False
    ) -> None:
        self._token, self._width, self._alpha, self._dashed = token, width, alpha, dashed
        self.item = QGraphicsPathItem()
        self.item.setZValue(z)
        plot.addItem(self.item, ignoreBounds=True)
        self.count = 0

    def show(self, paths: np.ndarray | None) -> None:
        """Draw these paths; None or none of them shows nothing."""
        self.count = 0 if paths is None else len(paths)
        if paths is None or not len(paths):
            self.item.setPath(QPainterPath())
            return
        n, length = paths.shape[:2]
        flat = np.asarray(paths, np.float64).reshape(-1, 2)
        connect = np.ones(n * length, np.int32)
        connect[length - 1 :: length] = 0
        self.item.setPath(pg.arrayToQPath(flat[:, 0], flat[:, 1], connect=connect, finiteCheck=True))

    def switch(self, on: bool) -> None:
        self.item.setVisible(on)

    def fade(self, on: bool) -> None:
        """Show them faintly: something else is looked at, or they are of another moment."""
        self.item.setOpacity(FAINT if on else 1.0)

    def restyle(self) -> None:
        if self._token in ("left", "right"):
            hue = side_colour(self._token == "left")
            hue.setAlphaF(self._alpha)
        else:
            hue = theme.tokens().colour(self._token, self._alpha)
        pen = pg.mkPen(hue, width=self._width * theme.scale())
        pen.setCosmetic(True)
        if self._dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        self.item.setPen(pen)
