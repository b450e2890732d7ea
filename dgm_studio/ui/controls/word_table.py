"""Word table: words and numbers in rows; nothing is edited in it, and what is said of a cell is its help."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from dgm_studio.language import tr

from ..look import theme


class WordTable(QTableWidget):
    """Rows of words; nothing is edited in it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        for head, of in ((self.horizontalHeader(), tr("Columns")), (self.verticalHeader(), tr("Rows"))):
            head.setAccessibleName(tr("{of} of {title}{title_2}", of=of, title=title[0].lower(), title_2=title[1:]))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(24))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)

    def write(
        self, row: int, column: int, text: str, *, help: str = "", strong: bool = False, faded: bool = False
    ) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, column, item)
        item.setText(text)
        item.setToolTip(help)
        font = QFont(self.font())
        font.setBold(strong)
        item.setFont(font)
        tokens = theme.tokens()
        item.setForeground(QBrush(tokens.colour("dim" if faded or not column else "text")))
