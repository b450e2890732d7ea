"""Row grid: strings or sounds in columns, one below the other, that are hovered, picked and walked by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from dgm_studio.protocol.messages import Array

from ..controls import Picker
from ..look import theme


class RowGrid(Picker):
    """``clicked(index)`` for one that is picked, ``fitted`` when there is room for more or fewer. A subclass says how many
    ``columns`` of how many ``lines`` there is room for, and where each is."""

    clicked = Signal(int)
    fitted = Signal()

    def __init__(self, title: str, token: str, rows: Array) -> None:
        super().__init__()
        self._token, self._rows = token, rows
        self._hover = -1
        self._faded = False
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def columns(self) -> int:
        raise NotImplementedError

    @property
    def lines(self) -> int:
        raise NotImplementedError

    def place_of(self, index: int) -> QRect:
        """Where one is: column after column, so that the first are read downwards."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Array:
        """What is shown (n, length)."""
        return self._rows

    @property
    def shown(self) -> int:
        """How many there is room for."""
        return min(self.count, self.columns * self.lines)

    def fade(self, on: bool) -> None:
        """Show them faintly: they belong to another moment."""
        if on != self._faded:
            self._faded = on
            self.update()

    def pick(self, index: int) -> None:
        """Outline one as picked, -1 for none; emits nothing."""
        self.picked = index
        self.update()

    def click(self, index: int) -> None:
        if 0 <= index < self.count:
            self.pick(index)
            self.clicked.emit(index)

    def outline(self, painter: QPainter) -> None:
        """The frames of the one under the pointer and of the picked one."""
        for index, token in ((self._hover, "line"), (self.picked, "accent")):
            if 0 <= index < self.shown:
                painter.setPen(QPen(theme.tokens().colour(token), 1))
                painter.drawRoundedRect(self.place_of(index).adjusted(0, 1, -1, -2), 3, 3)

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
            Qt.Key.Key_Left: -self.lines,
            Qt.Key.Key_Right: self.lines,
        }.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= (index := max(0, self.picked + step)) < self.shown:
            self.click(index)

    def _at(self, x: float, y: float) -> int:
        return next((i for i in range(self.shown) if self.place_of(i).contains(round(x), round(y))), -1)

    def _hover_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()
