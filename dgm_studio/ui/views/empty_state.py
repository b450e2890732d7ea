"""Empty state: what a view says when it has nothing to show, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..controls import dim, label


class EmptyState(QWidget):
    """A title and a sentence in the middle."""

    def __init__(self, title: str = "", sentence: str = "") -> None:
        super().__init__()
        self.title: QLabel = label(title, "title", wrap=True)
        self.sentence: QLabel = dim(sentence, wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        for each in (self.title, self.sentence):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            each.setMaximumWidth(460)
            column.addWidget(each, 0, Qt.AlignmentFlag.AlignHCenter)
            each.setMinimumWidth(300)
        column.addStretch(3)

    def say(self, title: str, sentence: str) -> None:
        self.title.setText(title)
        self.sentence.setText(sentence)
