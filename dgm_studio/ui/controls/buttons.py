"""Buttons: plain and primary ones, chips that switch, and the segmented control that chooses one of a few."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton

from ..look import theme


def spoken(text: str) -> str:
    """What is read out of a text that ends in its key, such as "Fill  ⏎"."""
    return text.partition("  ")[0]


def button(text: str, help: str = "", kind: str = "", icon: QIcon | None = None) -> QPushButton:
    """A button with its tooltip; ``kind`` is a variant of the style sheet."""
    made = QPushButton(text)
    made.setToolTip(help)
    made.setAccessibleName(spoken(text) or help)
    made.setAccessibleDescription(help)
    if kind:
        made.setProperty("kind", kind)
    if icon is not None:
        made.setIcon(icon)
    return made


class Chip(QPushButton):
    """A rounded switch; ``dot`` names the token of the colour it stands for, shown as a dot before the text."""

    def __init__(self, text: str, help: str = "", dot: str = "", one_of_many: bool = False) -> None:
        super().__init__(text)
        self._dot = dot
        self.setCheckable(True)
        self.setProperty("kind", "chip")
        if one_of_many:
            self.setProperty("select", "one")
        self.setToolTip(help)
        self.setAccessibleName(text)
        self.setAccessibleDescription(help)
        self.setIconSize(QSize(10, 10))
        self.toggled.connect(self._paint_dot)
        theme.follow(self._paint_dot)

    def _paint_dot(self) -> None:
        if not self._dot:
            return
        pixmap = QPixmap(20, 20)
        pixmap.setDevicePixelRatio(2.0)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.tokens().colour(self._dot)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(1, 1, 8, 8)
        else:  # an empty ring: state is never told by colour alone
            painter.setPen(colour)
            painter.drawEllipse(1, 1, 7, 7)
        painter.end()
        self.setIcon(QIcon(pixmap))


class Segmented(QFrame):
    """One of a few, side by side. Options are (name, title) or (name, title, help); ``chosen(name)`` on a click."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[Sequence[str]], title: str = "") -> None:
        super().__init__()
        self.setProperty("surface", "segments")
        self.setAccessibleName(title)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QPushButton] = {}
        for name, text, *rest in options:
            made = button(text, rest[0] if rest else "", "segment")
            made.setCheckable(True)
            self._group.addButton(made)
            row.addWidget(made)
            self.buttons[name] = made
            made.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))

    def show_value(self, name: str) -> None:
        if name in self.buttons:
            self.buttons[name].setChecked(True)

    @property
    def value(self) -> str:
        return next((name for name, made in self.buttons.items() if made.isChecked()), "")
