"""Flow: widgets side by side that go on in a further line where there is no more room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

GAP = 6


class Flow(QWidget):
    """As high as its children need at its width; hidden ones take no room. A layout asks it by ``heightForWidth``."""

    def __init__(self, gap: int = GAP, between: int = GAP) -> None:
        """``gap`` in a line, ``between`` lines, in pixels."""
        super().__init__()
        self._gap, self._between = gap, between
        self._children: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, child: QWidget) -> None:
        child.setParent(self)
        self._children.append(child)

    def empty(self) -> None:
        """Let go of every child."""
        for child in self._children:
            child.hide()
            child.deleteLater()
        self._children = []

    def refresh(self) -> None:
        """Lay out anew: a child has changed its size."""
        self._lay(self.width())
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        return self._flowed(width)[1]

    def sizeHint(self) -> QSize:
        width = self.width()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(self.width())

    def _lay(self, width: int) -> None:
        for child, place in self._flowed(width)[0]:
            child.setGeometry(place)

    def _flowed(self, width: int) -> tuple[list[tuple[QWidget, QRect]], int]:
        """The place of every child that is shown, and the height that all take."""
        placed: list[tuple[QWidget, QRect]] = []
        x = y = line = 0
        for child in self._children:
            if child.isHidden():
                continue
            hint = child.sizeHint()
            if x and x + hint.width() > width:
                x, y, line = 0, y + line + self._between, 0
            placed.append((child, QRect(QPoint(x, y), QSize(min(hint.width(), max(1, width)), hint.height()))))
            x += hint.width() + self._gap
            line = max(line, hint.height())
        return placed, y + line
