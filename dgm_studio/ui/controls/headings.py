"""Headings of sections, plain labels, and the fold that hides what is rarely needed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from dgm_studio.language import tr

from .elided import Elided
from .parts import Tree


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    """A label in one of the roles of the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def dim(text: str = "", wrap: bool = False) -> QLabel:
    """A label that stays in the background."""
    return label(text, "dim", wrap)


def separator(vertical: bool = False) -> QFrame:
    """A line of one pixel."""
    line = QFrame()
    line.setProperty("surface", "line")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line


class Heading(QWidget):
    """The title of a section at the left, a quiet note or one action at the right."""

    acted = Signal()

    def __init__(self, title: str, note: str = "", action: str = "", help: str = "") -> None:
        super().__init__()
        self._title = label(title, "title")
        self._note = Elided(note)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._note, 1)
        self.action: QPushButton | None = None
        if action:
            self.action = QPushButton(action)
            self.action.setProperty("kind", "link")
            self.action.setToolTip(help)
            self.action.setAccessibleName(f"{action} {title.lower()}")
            self.action.clicked.connect(self.acted)
            row.addWidget(self.action)

    @property
    def controls(self) -> Tree:
        return {} if self.action is None else {"": self.action}

    @property
    def note(self) -> str:
        return self._note.text()

    def show_note(self, note: str) -> None:
        self._note.setText(note)
        self._note.setToolTip(note)


class Fold(QWidget):
    """A line that opens and closes what is below it. Put widgets into ``body``."""

    toggled = Signal(bool)

    def __init__(self, title: str, help: str = "") -> None:
        super().__init__()
        self.title = title
        self._button = QToolButton()
        self._button.setText(title)
        self._button.setCheckable(True)
        self._button.setProperty("kind", "flat")
        self._button.setToolTip(help or tr("Show or hide the {title} settings.", title=title.lower()))
        self._button.setAccessibleName(title)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setArrowType(Qt.ArrowType.RightArrow)
        self._button.toggled.connect(self._toggle)
        holder = QWidget()
        self.body = QVBoxLayout(holder)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self._holder = holder
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(holder)
        holder.hide()

    @property
    def is_open(self) -> bool:
        return self._button.isChecked()

    def open(self, on: bool = True) -> None:
        self._button.setChecked(on)

    def _toggle(self, on: bool) -> None:
        self._button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._holder.setVisible(on)
        self.toggled.emit(on)
