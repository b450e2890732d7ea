"""Sound grid: sounds as waves, in columns, each with its class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.protocol.sounds import LOUDEST

from ..look import theme
from .row_grid import RowGrid

_ROW, _WIDE, _GAP, _NOTE = 44, 220, 14, 16
_FAINT = 0.35
_NOTHING: Array = np.zeros((0, 1), np.int16)


def wave_lines(sound: Array, rect: QRect, reach: float = LOUDEST) -> list[QLineF]:
    """A sound (T,) as upright lines from its least to its greatest value in every pixel of a rectangle."""
    columns = max(1, rect.width())
    edges = np.linspace(0, len(sound), columns + 1).astype(int)
    starts = np.minimum(edges[:-1], len(sound) - 1)
    top, foot = np.maximum.reduceat(sound, starts), np.minimum.reduceat(sound, starts)
    middle, high = rect.y() + rect.height() / 2, rect.height() / 2 - 1
    tops, feet = middle - top / reach * high, middle - foot / reach * high
    return [
        QLineF(rect.x() + i, a - 0.4, rect.x() + i, b + 0.4) for i, (a, b) in enumerate(zip(tops, feet, strict=True))
    ]


class SoundGrid(RowGrid):
    """``show_sounds`` takes sounds (n, T) int16; ``clicked(index)`` for one that is picked."""

    def __init__(self, title: str, token: str = "model") -> None:
        super().__init__(title, token, _NOTHING)
        self._notes: Sequence[str] = ()
        self._until = 1.0
        self._drawn: QPixmap | None = None
        self._kept = True
        theme.follow(self._redraw)

    def draw_finely(self) -> None:
        """Draw waves as lines rather than from pixels that are kept."""
        self._kept = False

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_WIDE), theme.px(4 * _ROW))

    def show_sounds(self, rows: Array, notes: Sequence[str] = ()) -> None:
        """Other sounds, each with a word on it."""
        self._rows, self._notes = rows, notes
        if self.picked >= len(rows):
            self.picked = -1
        self.setAccessibleDescription(tr("{rows} sounds", rows=len(rows)))
        self._redraw()

    @property
    def columns(self) -> int:
        most = max(1, (self.width() + theme.px(_GAP)) // theme.px(_WIDE))
        return min(most, max(1, -(-self.count // self.lines)))

    @property
    def lines(self) -> int:
        return max(1, self.height() // theme.px(_ROW))

    def place_of(self, index: int) -> QRect:
        """Where a sound is: column after column, as wide as there is room."""
        lines = min(self.lines, max(1, -(-self.count // self.columns)))
        column, line = divmod(index, lines)
        gap = theme.px(_GAP)
        wide = (self.width() + gap) // self.columns
        high = min(self.height() // lines, theme.px(3 * _ROW))
        return QRect(column * wide, line * high, wide - gap, high)

    # --- painting ---------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.count:
            return
        painter = QPainter(self)
        painter.setOpacity(_FAINT if self._faded else 1.0)
        if not self._kept:
            self._paint(painter)
        else:
            if self._drawn is None:
                self._drawn = self._sheet()
            painter.drawPixmap(0, 0, self._drawn)
        painter.setOpacity(1.0)
        self.outline(painter)

    def _sheet(self) -> QPixmap:
        """All waves, drawn once."""
        ratio = self.devicePixelRatioF()
        sheet = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        sheet.setDevicePixelRatio(ratio)
        sheet.fill(Qt.GlobalColor.transparent)
        painter = QPainter(sheet)
        self._paint(painter)
        painter.end()
        return sheet

    def _paint(self, painter: QPainter) -> None:
        t = theme.tokens()
        note = theme.px(_NOTE) if self._notes else 0
        for index in range(self.shown):
            rect = self.place_of(index)
            wave = rect.adjusted(6, 3 + note, -6, -4)
            painter.setPen(QPen(t.colour("line"), 1))
            painter.drawLine(wave.left(), wave.center().y(), wave.right(), wave.center().y())
            painter.setPen(QPen(t.colour(self._token), 1))
            painter.drawLines(wave_lines(self._rows[index].astype(np.float64), wave))
            if note and index < len(self._notes):
                painter.setPen(t.colour("dim"))
                place = QRect(rect.x() + 6, rect.y() + 2, rect.width() - 12, note)
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._notes[index])

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._redraw()
        super().resizeEvent(event)
