"""Mask overlay: where the mask acts, never unseen, in one of two ways.

While it is painted, a tint and a hatching over the picture, the stronger the more the mask acts on a pixel. Over a candidate,
whose generated pixels are what one wants to see, only the mask's outline and a few thin lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from dgm_studio.studio.painting.brush import Rect
from dgm_studio.studio.painting.canvas_steps import Mask

TINT = 0.34
"""Opacity of the tint where the mask is 1."""
FAINTEST = 72
"""Opacity, of 255, of the overlay where the mask is next to nothing but acts."""
PITCH, SPARSE = 8, 36
"""Distance of the hatching's lines along a row, in logical pixels: while painting, and over a candidate."""
_SPARSE_ALPHA = 0.5


class MaskOverlay:
    """Keeps the mask as pictures at the image's own size; drawing scales them and hatches on the screen's grid."""

    def __init__(self) -> None:
        self._alpha = np.zeros((1, 1), np.uint8)
        self._image = QImage()
        self._edges: list[QLineF] | None = None
        self._brush = QBrush()
        self._sparse = QBrush()
        self.colour = QColor()

    def show_colour(self, colour: QColor, ratio: float) -> None:
        """The colour of the mask, and the device pixel ratio to hatch for."""
        self.colour = colour
        self._brush = _hatching(colour, PITCH, 1.4, ratio)
        thin = QColor(colour)
        thin.setAlphaF(_SPARSE_ALPHA)
        self._sparse = _hatching(thin, SPARSE, 1.0, ratio)

    def show_mask(self, mask: Mask, where: Rect | None = None) -> None:
        """Take over a mask (H, W) in [0, 1], or only a rectangle of it."""
        if where is None or self._alpha.shape != mask.shape:
            self._alpha = _opacity(mask)
        else:
            self._alpha[where.slices] = _opacity(mask[where.slices])
        height, width = mask.shape
        self._image = QImage(self._alpha.tobytes(), width, height, width, QImage.Format.Format_Alpha8).copy()
        self._edges = None

    def paint(self, painter: QPainter, target: QRectF, clip: QRect, ratio: float) -> None:
        """Tint and hatch the image at ``target``, only what lies in ``clip`` (both in the widget's coordinates)."""
        tint = QColor(self.colour)
        tint.setAlphaF(TINT)
        self._lay(painter, target, clip, ratio, tint, self._brush)

    def paint_outline(self, painter: QPainter, target: QRectF, clip: QRect, ratio: float) -> None:
        """Leave what the mask covers to be seen: its outline, and few enough lines to see between."""
        self._lay(painter, target, clip, ratio, QColor(0, 0, 0, 0), self._sparse)
        if self._edges is None:
            self._edges = _edges(self._alpha > 0)
        height, width = self._alpha.shape
        painter.save()
        painter.setClipRect(clip)
        painter.translate(target.topLeft())
        painter.scale(target.width() / width, target.height() / height)
        # A dark line under the coloured one, so that it shows on white as on black; both as wide at every zoom.
        for colour, line in ((QColor(0, 0, 0, 110), 3.5), (self.colour, 1.8)):
            pen = QPen(colour, line)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(self._edges)
        painter.restore()

    def _lay(
        self, painter: QPainter, target: QRectF, clip: QRect, ratio: float, tint: QColor, hatching: QBrush
    ) -> None:
        clip = clip.intersected(target.toAlignedRect())
        if clip.isEmpty() or not self._alpha.any():
            return
        layer = QImage(clip.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        layer.setDevicePixelRatio(ratio)
        layer.fill(tint)
        inner = QPainter(layer)
        inner.setBrushOrigin(QPoint(-clip.x(), -clip.y()))
        inner.fillRect(QRect(QPoint(0, 0), clip.size()), hatching)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        inner.drawImage(target.translated(-clip.x(), -clip.y()), self._image)
        inner.end()
        painter.drawImage(clip.topLeft(), layer)


def _hatching(colour: QColor, pitch: int, width: float, ratio: float) -> QBrush:
    """Diagonal lines as a brush, crisp at a device pixel ratio."""
    side = round(pitch * ratio)
    tile = QPixmap(side, side)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, width * ratio))
    for shift in (-side, 0, side):  # the neighbours' ends, so that the lines meet at the tile's corners
        painter.drawLine(shift, 0, shift + side, side)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


def _edges(on: NDArray[np.bool_]) -> list[QLineF]:
    """The lines between pixels (H, W) that are on and those that are not, or nothing, in pixels; runs in one piece."""
    lines = []
    for across in (False, True):
        padded = np.pad(on.T if across else on, 1)
        between = (padded[1:] != padded[:-1])[:, 1:-1]
        ends = np.diff(np.pad(between, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        rows, begins = np.nonzero(ends == 1)
        _, stops = np.nonzero(ends == -1)
        for row, begin, stop in zip(rows.tolist(), begins.tolist(), stops.tolist(), strict=True):
            lines.append(QLineF(row, begin, row, stop) if across else QLineF(begin, row, stop, row))
    return lines


def _opacity(mask: Mask) -> NDArray[np.uint8]:
    """Of the overlay: 0 where the mask is, else from `FAINTEST` to 255."""
    return np.where(mask > 0, np.rint(FAINTEST + mask * (255 - FAINTEST)), 0).astype(np.uint8)
