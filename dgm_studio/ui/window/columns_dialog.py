"""The question that a table leaves open: which of its columns are x, y and the class. Shows its first rows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Peek

from ..controls import Tree, button, label
from ..look import theme

_NONE = tr("no class")


class ColumnsDialog(QDialog):
    """``chosen(columns)`` is like ``x=height,y=weight,class=none``, as a data set of points takes it."""

    chosen = Signal(str)

    def __init__(self, name: str, question: str, table: Peek, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Columns of {name}", name=name))
        self.resize(theme.px(560), theme.px(380))
        self._keys = [_key(table, i) for i in range(len(table.places))]
        titles = [
            name or tr("column {place}", place=place) for name, place in zip(table.names, table.places, strict=True)
        ]
        numeric = [i for i, yes in enumerate(table.numeric) if yes]

        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(tr("Which columns of {name} are meant?", name=name), "title"))
        said = label(question, "dim", True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(said)
        self.rows = _first_rows(titles, table)
        column.addWidget(self.rows)

        self.along_x, self.along_y, self.of_class = QComboBox(), QComboBox(), QComboBox()
        form = QFormLayout()
        for box, title, offered in (
            (self.along_x, tr("Along x"), numeric),
            (self.along_y, tr("Along y"), numeric),
            (self.of_class, tr("Class"), [-1, *range(len(titles))]),
        ):
            for i in offered:
                box.addItem(_NONE if i < 0 else titles[i], i)
            box.setAccessibleName(title)
            box.currentIndexChanged.connect(self._check)
            form.addRow(title, box)
        for box, i in zip((self.along_x, self.along_y, self.of_class), table.chosen or _likely(table), strict=False):
            box.setCurrentIndex(box.findData(i))
        column.addLayout(form)

        self.use = button(tr("Use these"), tr("Read the table so."), "primary")
        self.leave = button(tr("Cancel"), tr("Leave the data as they were (Esc)."))
        self.use.clicked.connect(self._use)
        self.leave.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.use)
        column.addLayout(row)
        self.use.setDefault(True)
        self._check()

    @property
    def controls(self) -> Tree:
        return {
            "columns": {
                "x": self.along_x,
                "y": self.along_y,
                "class": self.of_class,
                "rows": self.rows,
                "use": self.use,
                "cancel": self.leave,
            }
        }

    def _picked(self) -> tuple[int, int, int]:
        x, y, of_class = (int(box.currentData()) for box in (self.along_x, self.along_y, self.of_class))
        return x, y, of_class

    def _check(self) -> None:
        if hasattr(self, "use"):
            self.use.setEnabled(len(set(self._picked())) == 3)

    def _use(self) -> None:
        x, y, of_class = self._picked()
        name = "none" if of_class < 0 else self._keys[of_class]
        self.chosen.emit(f"x={self._keys[x]},y={self._keys[y]},class={name}")
        self.accept()


def _likely(table: Peek) -> tuple[int, ...]:
    """What an open table most likely means: its first two columns of numbers, and the class if there is one left for it."""
    numeric = [i for i, yes in enumerate(table.numeric) if yes]
    words = [i for i, yes in enumerate(table.numeric) if not yes]
    of_class = words if len(words) == 1 else numeric[2:3] if not words and len(numeric) == 3 else []
    return (*numeric[:2], *of_class)


def _key(table: Peek, i: int) -> str:
    """The name of a column where it is one of its own and cannot be misread, else its number."""
    name = table.names[i].strip()
    plain = name and "=" not in name and name.lower() != "none" and not name.isdecimal()
    return name if plain and [n.strip().lower() for n in table.names].count(name.lower()) == 1 else str(table.places[i])


def _first_rows(titles: list[str], table: Peek) -> QTableWidget:
    shown = QTableWidget(len(table.rows), len(titles))
    shown.setHorizontalHeaderLabels(titles)
    shown.verticalHeader().hide()
    shown.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    shown.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    shown.setAccessibleName(tr("The first rows"))
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            shown.setItem(r, c, QTableWidgetItem(cell))
    return shown
