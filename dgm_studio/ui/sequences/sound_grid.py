"""Sound grid: sounds as waves, in columns, each with its class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from dgm_studio.protocol.messages import Array
from dgm_studio.protocol.sounds import LOUDEST

from ..controls import Picker
from ..look import theme

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


class SoundGrid(Picker):
    """``show_sounds`` takes sounds (n, T) int16; ``clicked(index)`` for one that is picked."""

    clicked = Signal(int)
    fitted = Signal()
    """There is room for more or fewer."""

    def __init__(self, title: str, token: str = "model") -> None:
        super().__init__()
        self._token = token
        self._rows: Array = _NOTHING
        self._notes: Sequence[str] = ()
        self._until = 1.0
        self._drawn: QPixmap | None = None
        self._hover = -1
        self._faded = False
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self._redraw)

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Array:
        """What is shown (n, T)."""
        return self._rows

    @property
    def shown(self) -> int:
        """How many there is room for."""
        return min(self.count, self._columns * self._lines)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_WIDE), theme.px(4 * _ROW))

    def show_sounds(self, rows: Array, notes: Sequence[str] = ()) -> None:
        """Other sounds, each with a word on it."""
        self._rows, self._notes = rows, notes
        if self.picked >= len(rows):
            self.picked = -1
        self.setAccessibleDescription(f"{len(rows)} sounds")
        self._redraw()

    def fade(self, on: bool) -> None:
        """Show them faintly: they belong to another moment."""
        if on != self._faded:
            self._faded = on
            self.update()

    def pick(self, index: int) -> None:
        """Outline one as picked, -1 for none; emits nothing."""
        self.picked = index
        self.update()

    # --- layout -----------------------------------------------------------------------------------------------------

    @property
    def _columns(self) -> int:
        most = max(1, (self.width() + theme.px(_GAP)) // theme.px(_WIDE))
        return min(most, max(1, -(-self.count // self._lines)))

    @property
    def _lines(self) -> int:
        return max(1, self.height() // theme.px(_ROW))

    def sound_rect(self, index: int) -> QRect:
        """Where a sound is: column after column, as wide as there is room."""
        lines = min(self._lines, max(1, -(-self.count // self._columns)))
        column, line = divmod(index, lines)
        gap = theme.px(_GAP)
        wide = (self.width() + gap) // self._columns
        high = min(self.height() // lines, theme.px(3 * _ROW))
        return QRect(column * wide, line * high, wide - gap, high)

    def _at(self, x: float, y: float) -> int:
        return next((i for i in range(self.shown) if self.sound_rect(i).contains(round(x), round(y))), -1)

    # --- painting ---------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.count:
            return
        painter, t = QPainter(self), theme.tokens()
        if self._drawn is None:
            self._drawn = self._sheet()
        painter.setOpacity(_FAINT if self._faded else 1.0)
        painter.drawPixmap(0, 0, self._drawn)
        painter.setOpacity(1.0)
        for index, token in ((self._hover, "line"), (self.picked, "accent")):
            if 0 <= index < self.shown:
                painter.setPen(QPen(t.colour(token), 1))
                painter.drawRoundedRect(self.sound_rect(index).adjusted(0, 1, -1, -2), 3, 3)

    def _sheet(self) -> QPixmap:
        """All waves, drawn once."""
        ratio, t = self.devicePixelRatioF(), theme.tokens()
        sheet = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        sheet.setDevicePixelRatio(ratio)
        sheet.fill(Qt.GlobalColor.transparent)
        painter = QPainter(sheet)
        note = theme.px(_NOTE) if self._notes else 0
        for index in range(self.shown):
            rect = self.sound_rect(index)
            wave = rect.adjusted(6, 3 + note, -6, -4)
            painter.setPen(QPen(t.colour("line"), 1))
            painter.drawLine(wave.left(), wave.center().y(), wave.right(), wave.center().y())
            painter.setPen(QPen(t.colour(self._token), 1))
            painter.drawLines(wave_lines(self._rows[index].astype(np.float64), wave))
            if note and index < len(self._notes):
                painter.setPen(t.colour("dim"))
                place = QRect(rect.x() + 6, rect.y() + 2, rect.width() - 12, note)
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._notes[index])
        painter.end()
        return sheet

    # --- what a person does -----------------------------------------------------------------------------------------

    def click(self, index: int) -> None:
        if 0 <= index < self.count:
            self.pick(index)
            self.clicked.emit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._redraw()
        self.fitted.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.click(self._at(event.position().x(), event.position().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover_at(self._at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -self._lines,
            Qt.Key.Key_Right: self._lines,
        }.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= (index := max(0, self.picked + step)) < self.shown:
            self.click(index)

    def _hover_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()
