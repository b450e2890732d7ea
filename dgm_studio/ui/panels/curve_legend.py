"""The legend of a small plot: a piece of every line with its word, in one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr

from ..look import theme

_LINE, _GAP, _BETWEEN = 18, 6, 14


@dataclass(frozen=True)
class LegendEntry:
    """A line in the colour of a token."""

    word: str
    token: str
    style: Qt.PenStyle


class CurveLegend(QWidget):
    """As many entries as there is room for; all of them in the tooltip. Takes no room while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[LegendEntry] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Legend"))
        self.hide()
        theme.follow(self.updateGeometry)

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        if list(entries) == self.entries:
            return
        self.entries = list(entries)
        said = ", ".join(entry.word for entry in self.entries)
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.setVisible(bool(self.entries))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(theme.px(11))
        painter.setFont(font)
        t, metrics = theme.tokens(), QFontMetrics(font)
        x, middle = 0.0, self.height() / 2
        for entry in self.entries:
            room = self.width() - x - theme.px(_LINE) - _GAP
            word = metrics.elidedText(entry.word, Qt.TextElideMode.ElideRight, int(room))
            if room < theme.px(24) or not word:
                break
            painter.setPen(QPen(t.colour(entry.token), 1.5 * theme.scale(), entry.style))
            painter.drawLine(QPointF(x, middle), QPointF(x + theme.px(_LINE), middle))
            x += theme.px(_LINE) + _GAP
            painter.setPen(t.colour("dim"))
            wide = metrics.horizontalAdvance(word) + 1
            painter.drawText(QRectF(x, 0, wide, self.height()), Qt.AlignmentFlag.AlignVCenter, word)
            x += wide + _BETWEEN
        painter.end()
