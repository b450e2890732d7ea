"""String grid: strings one below the other in as many columns as there is room for, each with a word on whether it is valid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from dgm_studio.protocol.messages import Array

from ..controls import Picker
from ..look import theme
from .letters import Glyphs, letters_of

SIZE = 14
_ROW, _MARK, _GAP, _NOTE = 23, 18, 22, 30
_FAINT = 0.35
_NOTHING: Array = np.zeros((0, 1), np.uint8)


class StringGrid(Picker):
    """``show_strings`` takes rows (n, L) of letter numbers. A valid one has a tick before it and one that is not a cross; with
    ``counts`` each says behind it how often it came. ``clicked(index)`` for one that is picked.
    """

    clicked = Signal(int)
    fitted = Signal()
    """There is room for more or fewer."""

    def __init__(self, title: str, token: str = "text") -> None:
        super().__init__()
        self._token = token
        self._rows: Array = _NOTHING
        self._letters: list[list[str]] = []
        self._valid: Array | None = None
        self._counts: Sequence[int] = ()
        self._glyphs = Glyphs()
        self._hover = -1
        self._faded = False
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self.update)

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Array:
        """What is shown (n, L)."""
        return self._rows

    @property
    def shown(self) -> int:
        """How many there is room for."""
        return min(self.count, self._columns * self._lines)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(280), theme.px(120))

    def show_strings(
        self, rows: Array, alphabet: tuple[str, ...], valid: Array | None = None, counts: Sequence[int] = ()
    ) -> None:
        self._rows, self._valid, self._counts = rows, valid, counts
        self._letters = [letters_of(row, alphabet) for row in rows.tolist()]
        if self.picked >= len(rows):
            self.picked = -1
        said = f"{len(rows)} strings"
        if valid is not None and len(valid):
            said += f", {valid.mean():.0%} of them valid"
        self.setAccessibleDescription(said)
        self.update()

    def fade(self, on: bool) -> None:
        """Show them faintly: they belong to another moment."""
        self._faded = on
        self.update()

    def pick(self, index: int) -> None:
        """Outline one as picked, -1 for none; emits nothing."""
        self.picked = index
        self.update()

    # --- layout -----------------------------------------------------------------------------------------------------

    @property
    def _size(self) -> float:
        return theme.px(SIZE)

    @property
    def _width(self) -> int:
        """Of one string with its mark, its count and the gap after it."""
        letters = round(self._glyphs.pitch(self._size) * int(self._rows.shape[1]))
        marked = theme.px(_MARK) if self._valid is not None else theme.px(4)
        return marked + letters + theme.px(_GAP) + (theme.px(_NOTE) if self._counts else 0)

    @property
    def _columns(self) -> int:
        return max(1, (self.width() + theme.px(_GAP)) // max(1, self._width))

    @property
    def _lines(self) -> int:
        return max(1, self.height() // theme.px(_ROW))

    def string_rect(self, index: int) -> QRect:
        """Where a string is: column after column, so that the first are read downwards."""
        lines = min(self._lines, -(-self.count // self._columns))
        column, line = divmod(index, max(1, lines))
        height = theme.px(_ROW)
        return QRect(column * self._width, line * height, self._width - theme.px(_GAP) // 2, height)

    def _at(self, x: float, y: float) -> int:
        return next((i for i in range(self.shown) if self.string_rect(i).contains(round(x), round(y))), -1)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.count:
            return
        painter = QPainter(self)
        painter.setOpacity(_FAINT if self._faded else 1.0)
        ratio, size, t = self.devicePixelRatioF(), self._size, theme.tokens()
        pitch, marked = self._glyphs.pitch(size), theme.px(_MARK) if self._valid is not None else theme.px(4)
        for index in range(self.shown):
            rect = self.string_rect(index)
            top = rect.y() + (rect.height() - 1.5 * size) / 2
            good = self._valid is None or bool(self._valid[index])
            if self._valid is not None:
                self._glyphs.draw(
                    painter, rect.x() + 3, top, "✓" if good else "✗", "good" if good else "bad", size, ratio
                )
            for k, letter in enumerate(self._letters[index]):
                token = self._token if good else "dim"
                self._glyphs.draw(painter, rect.x() + marked + k * pitch, top, letter, token, size, ratio)
            if self._counts and self._counts[index] > 1:
                painter.setPen(t.colour("dim"))
                around = rect.adjusted(0, 0, -theme.px(4), 0)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(around, flags, f"×{self._counts[index]}")
        painter.setOpacity(1.0)
        for index, token in ((self._hover, "line"), (self.picked, "accent")):
            if 0 <= index < self.shown:
                painter.setPen(QPen(t.colour(token), 1))
                painter.drawRoundedRect(self.string_rect(index).adjusted(0, 1, -1, -2), 3, 3)

    # --- what a person does -----------------------------------------------------------------------------------------

    def click(self, index: int) -> None:
        if 0 <= index < self.count:
            self.pick(index)
            self.clicked.emit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
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
