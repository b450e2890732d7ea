"""An axis whose labels are laid out when they change, and not at every paint, of which that took half.

Its lines lie along the pixels and are filled as thin rectangles: Qt's raster engine blends a pen of one pixel point by point,
which took most of what was left (80 lines across a plane 10 ms, filled 3 ms).
"""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPicture, QStaticText

Line = tuple[QColor, QPointF, QPointF]


class Axis(pg.AxisItem):
    """pyqtgraph's axis, painted from lines and static texts in place of a picture, which lays out all text anew."""

    picture: QPicture | None

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._lines: list[Line] = []
        self._labels: list[tuple[QPointF, QStaticText]] = []
        self._words: list[tuple[QRectF, int, str]] = []

    def paint(self, p: QPainter, opt: Any, widget: Any) -> None:
        p.save()
        font = self.style["tickFont"] or p.font()
        p.setFont(font)
        if self.picture is None:  # pyqtgraph takes it away whenever something changes
            self._lay_out(p, font)
            self.picture = QPicture()
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        thin = 1 / p.device().devicePixelRatioF() if self._exportOpts is False else 1.0
        for colour, begin, end in self._lines:
            wide, high = end.x() - begin.x(), end.y() - begin.y()
            # a pen of one pixel paints the one that a place lies in, where edges go to the nearest
            corner = begin - QPointF(0.0 if wide else 0.49 * thin, 0.0 if high else 0.49 * thin)
            p.fillRect(QRectF(corner, QSizeF(wide or thin, high or thin)), colour)
        p.setPen(self.textPen())
        p.setClipRect(self.boundingRect().toAlignedRect())
        if self._exportOpts is False:
            for place, text in self._labels:
                p.drawStaticText(place, text)
        else:  # a page for print has metrics of its own
            p.setClipping(False)
            for rect, flags, words in self._words:
                p.drawText(rect, flags, words)
        p.restore()

    def _lay_out(self, p: QPainter, font: QFont) -> None:
        specs = self.generateDrawSpecs(p)
        axis, ticks, texts = specs if specs is not None else (None, [], [])
        lines = [] if axis is None else [axis, *(tick for tick in ticks if tick[1] != tick[2])]
        self._lines = [(QColor(pen.color()), QPointF(begin), QPointF(end)) for pen, begin, end in lines]
        self._labels = []
        self._words = [(QRectF(rect), int(flags), words) for rect, flags, words in texts]
        for rect, flags, words in texts:
            text = QStaticText(words)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.prepare(font=font)
            self._labels.append((_aligned(QRectF(rect), Qt.AlignmentFlag(int(flags) & _ALIGNED), text), text))


_ALIGNED = int((Qt.AlignmentFlag.AlignHorizontal_Mask | Qt.AlignmentFlag.AlignVertical_Mask).value)


def _aligned(rect: QRectF, alignment: Qt.AlignmentFlag, text: QStaticText) -> QPointF:
    """Where a text begins that stands so in a rectangle."""
    at, size = Qt.AlignmentFlag, text.size()
    across = 1.0 if alignment & at.AlignRight else 0.5 if alignment & at.AlignHCenter else 0.0
    down = 1.0 if alignment & at.AlignBottom else 0.5 if alignment & at.AlignVCenter else 0.0
    return rect.topLeft() + QPointF(across * (rect.width() - size.width()), down * (rect.height() - size.height()))
