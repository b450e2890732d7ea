"""Empty state: what a view says when it has nothing to show, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..controls import dim, label
from ..look import theme

_WIDTH = 460
_MARGIN = 24


class EmptyState(QWidget):
    """A title and a sentence in the middle."""

    def __init__(self, title: str = "", sentence: str = "") -> None:
        super().__init__()
        self.title: QLabel = label(title, "title", wrap=True)
        self.sentence: QLabel = dim(sentence, wrap=True)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        for each in (self.title, self.sentence):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(each)
        column.addStretch(3)
        self._column = column

    def say(self, title: str, sentence: str) -> None:
        self.title.setText(title)
        self.sentence.setText(sentence)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines stay short by the margins: labels of full width know how high their words become."""
        side = max(_MARGIN, (self.width() - theme.px(_WIDTH)) // 2)
        self._column.setContentsMargins(side, _MARGIN, side, _MARGIN)
