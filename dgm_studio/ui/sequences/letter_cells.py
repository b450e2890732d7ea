"""Letter cells: one string, a cell for each letter. A click hides a letter or brings it back; what is typed is put in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from dgm_studio.language import tr

from ..controls import Picker
from ..look import theme
from .letters import Glyphs

_CELL, _SIZE = 30, 17


class LetterCells(Picker):
    """``changed`` when a person has changed a letter or hidden one. ``picked`` is the cell that a typed letter goes to."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._alphabet: tuple[str, ...] = ()
        self._glyphs = Glyphs()
        self.row: list[int] = []
        self.hidden: list[bool] = []
        self.setAccessibleName(tr("String to fill in"))
        self.setToolTip(tr("Click a letter to hide it, again to bring it back; or type another one."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.follow(self.updateGeometry)

    @property
    def count(self) -> int:
        return len(self.row)

    def show_string(self, row: list[int], alphabet: tuple[str, ...], hidden: list[bool] | None = None) -> None:
        """Another string; which letters are hidden stays unless told. Emits nothing."""
        same = len(row) == len(self.row)
        self.row, self._alphabet = list(row), alphabet
        self.hidden = list(hidden) if hidden is not None else self.hidden if same else [False] * len(row)
        self.picked = min(self.picked, len(row) - 1)
        self._describe()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(max(1, self.count) * theme.px(_CELL) + 2, theme.px(_CELL) + 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(1, self.count) * theme.px(18) + 2, self.sizeHint().height())

    def click(self, index: int) -> None:
        """Hide a letter, or bring it back."""
        self.picked = index
        self._set(index, hidden=not self.hidden[index])

    def cell_rect(self, index: int) -> QRect:
        width = min(theme.px(_CELL), (self.width() - 2) // max(1, self.count))
        return QRect(1 + index * width, 4, width, theme.px(_CELL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t, size, ratio = theme.tokens(), theme.px(_SIZE), self.devicePixelRatioF()
        pitch = self._glyphs.pitch(size)
        for index, letter in enumerate(self.row):
            rect = self.cell_rect(index).adjusted(1, 0, -1, 0)
            painter.setPen(QPen(t.colour("mask" if self.hidden[index] else "line"), 1))
            painter.setBrush(t.colour("mask", 0.16) if self.hidden[index] else t.colour("raised"))
            painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), 4, 4)
            shown = "?" if self.hidden[index] else self._alphabet[letter] if letter < len(self._alphabet) else ""
            if shown:
                left, top = rect.x() + (rect.width() - pitch) / 2, rect.y() + (rect.height() - 1.5 * size) / 2
                token = "mask" if self.hidden[index] else "text"
                self._glyphs.draw(painter, left, top, shown, token, size, ratio)
            if index == self.picked and self.hasFocus():
                painter.fillRect(rect.x() + 3, rect.bottom() + 4, rect.width() - 6, 2, t.colour("accent"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = next((i for i in range(self.count) if self.cell_rect(i).contains(at)), -1)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.click(index)

    def event(self, event: QEvent) -> bool:
        """What is typed into the string is no shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._types(event):
            event.accept()
            return True
        return super().event(event)

    def _types(self, event: QKeyEvent) -> bool:
        held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        return not held and bool(event.text()) and event.text() in ("_", "?", " ", *self._alphabet[1:])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, at = event.key(), max(0, self.picked)
        if not self.count:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._move(at + (1 if key == Qt.Key.Key_Right else -1))
        elif event.text() and event.text() in self._alphabet[1:]:
            self._set(at, letter=self._alphabet.index(event.text()))
            self._move(at + 1)
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click(at)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._set(at, letter=0)
            self._move(at - (key == Qt.Key.Key_Backspace))
        elif event.text() in ("_", "?"):
            self._set(at, hidden=True)
            self._move(at + 1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._move(max(0, self.picked))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _move(self, index: int) -> None:
        self.picked = min(max(0, index), self.count - 1)
        self.update()

    def _set(self, index: int, letter: int | None = None, hidden: bool = False) -> None:
        if letter is not None:
            self.row[index] = letter
        self.hidden[index] = hidden
        self._describe()
        self.update()
        self.changed.emit()

    def _describe(self) -> None:
        letters = zip(self.row, self.hidden, strict=True)
        said = " ".join("hidden" if h else self._alphabet[k] or "blank" for k, h in letters if k < len(self._alphabet))
        self.setAccessibleDescription(said)
