"""Overlay card: a translucent card that floats on a view."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget


class OverlayCard(QFrame):
    """Give it a parent and put widgets into ``body``; whoever owns the view places it."""

    def __init__(self, parent: QWidget, horizontal: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("surface", "overlay")
        self.body = QHBoxLayout(self) if horizontal else QVBoxLayout(self)
        self.body.setContentsMargins(12, 6 if horizontal else 10, 12, 6 if horizontal else 10)
        self.body.setSpacing(8 if horizontal else 4)
