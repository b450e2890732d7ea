"""A column that scrolls: the body of the docks at the sides."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


def column_in_scroll(area: QScrollArea) -> QVBoxLayout:
    """Give a scroll area a column with the margins of a panel; it scrolls downwards only."""
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(12, 8, 12, 12)
    column.setSpacing(0)
    area.setWidget(body)
    return column
