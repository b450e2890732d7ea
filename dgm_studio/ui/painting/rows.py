"""Rows of buttons, each of which says what it does by one word."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ..controls import button


class ActionRow(QWidget):
    """Buttons given as (action, text, help) or (action, text, help, kind), as wide as one another; ``did(action)``."""

    did = Signal(str)

    def __init__(self, *actions: tuple[str, ...]) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for action, text, help, *kinds in actions:
            made = button(text, help, "".join(kinds))
            made.setProperty("fit", "tight")
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            made.setMinimumWidth(made.fontMetrics().horizontalAdvance(text) + 12)
            made.clicked.connect(lambda _=False, action=action: self.did.emit(action))
            row.addWidget(made, 1)
            self.buttons[action] = made
