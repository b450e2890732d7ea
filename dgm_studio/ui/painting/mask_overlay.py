"""Mask overlay: the mask as a tint and a hatching, the stronger the more the mask acts on a pixel, and never unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from dgm_studio.studio.brush import Rect
from dgm_studio.studio.canvas_steps import Mask

TINT = 0.34
"""Opacity of the tint where the mask is 1."""
FAINTEST = 72
"""Opacity, of 255, of the overlay where the mask is next to nothing but acts."""
PITCH = 8
"""Distance of the hatching's lines along a row, in logical pixels."""


class MaskOverlay:
    """Keeps the mask as pictures at the image's own size; drawing scales them and hatches on the screen's grid."""

    def __init__(self) -> None:
        self._alpha = np.zeros((1, 1), np.uint8)
        self._image = QImage()
        self._brush = QBrush()
        self.colour = QColor()

    def show_colour(self, colour: QColor, ratio: float) -> None:
        """The colour of the mask, and the device pixel ratio to hatch for."""
        self.colour = colour
        side = round(PITCH * ratio)
        tile = QPixmap(side, side)
        tile.fill(Qt.GlobalColor.transparent)
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.4 * ratio))
        for shift in (-side, 0, side):  # the neighbours' ends, so that the lines meet at the tile's corners
            painter.drawLine(shift, 0, shift + side, side)
        painter.end()
        tile.setDevicePixelRatio(ratio)
        self._brush = QBrush(tile)

    def show_mask(self, mask: Mask, where: Rect | None = None) -> None:
        """Take over a mask (H, W) in [0, 1], or only a rectangle of it."""
        if where is None or self._alpha.shape != mask.shape:
            self._alpha = _opacity(mask)
        else:
            self._alpha[where.slices] = _opacity(mask[where.slices])
        height, width = mask.shape
        self._image = QImage(self._alpha.tobytes(), width, height, width, QImage.Format.Format_Alpha8).copy()

    def paint(self, painter: QPainter, target: QRectF, clip: QRect, ratio: float, strength: float = 1.0) -> None:
        """Draw over the image at ``target``, only what lies in ``clip`` (both in the widget's coordinates)."""
        clip = clip.intersected(target.toAlignedRect())
        if clip.isEmpty() or not self._alpha.any():
            return
        layer = QImage(clip.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        layer.setDevicePixelRatio(ratio)
        tint = QColor(self.colour)
        tint.setAlphaF(TINT)
        layer.fill(tint)
        inner = QPainter(layer)
        inner.setBrushOrigin(QPoint(-clip.x(), -clip.y()))
        inner.fillRect(QRect(QPoint(0, 0), clip.size()), self._brush)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        inner.drawImage(target.translated(-clip.x(), -clip.y()), self._image)
        inner.end()
        painter.setOpacity(strength)
        painter.drawImage(clip.topLeft(), layer)
        painter.setOpacity(1.0)


def _opacity(mask: Mask) -> NDArray[np.uint8]:
    """Of the overlay: 0 where the mask is, else from `FAINTEST` to 255."""
    return np.where(mask > 0, np.rint(FAINTEST + mask * (255 - FAINTEST)), 0).astype(np.uint8)
