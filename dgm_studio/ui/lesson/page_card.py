"""Cards of a page: what a learner predicts, reaches, asks for and writes, each with the colour of its kind at the edge."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.studio.lesson.player import LessonPlayer

from ..controls import Tree, label
from ..look import theme
from .prose import Prose

TEXT = 14
"""Pixels of the type within a card."""


class PageCard(QFrame):
    """A title, a text and a row for what is pressed. ``number`` is that of its block on the page."""

    def __init__(self, player: LessonPlayer, number: int, title: str, tone: str, text: str, folder: Path) -> None:
        super().__init__()
        self.player, self.number = player, number
        self._place = player.place_of(number)
        self.setProperty("surface", "page-card")
        self.setProperty("tone", tone)
        self.title = label(title, "title")
        self.text = Prose(TEXT)
        self.text.show_markdown(text, folder)
        self.text.setVisible(bool(text.strip()))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 12, 16, 12)
        self.column.setSpacing(8)
        self.column.addWidget(self.title)
        self.column.addWidget(self.text)
        self.buttons = QWidget()
        self.row = QHBoxLayout(self.buttons)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)

    @property
    def key(self) -> int:
        """Of its block in what is kept."""
        return self._place

    def end(self) -> None:
        """Put the row of buttons below all else."""
        self.row.addStretch(1)
        self.column.addWidget(self.buttons)

    def refresh(self) -> None:
        """Show what is known now."""

    def settle(self) -> None:
        """Keep what is being typed."""

    @property
    def controls(self) -> Tree:
        return {}

    def tone(self, name: str) -> None:
        """Another colour at its edge."""
        if self.property("tone") != name:
            quiet = name == "quiet"
            self.column.setContentsMargins(*((0, 0, 0, 0) if quiet else (16, 12, 16, 12)))
            self.setProperty("tone", name)
            self.style().unpolish(self)
            self.style().polish(self)

    @staticmethod
    def px(size: float) -> int:
        return theme.px(size)
