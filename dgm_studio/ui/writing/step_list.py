"""The steps of the lesson that is being written, in their order: chosen, dragged, copied, added and taken out."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dgm_studio.language import tr
from dgm_studio.studio.studio import Studio

from ..controls import Tree, button, label
from ..look import theme
from ..look.icons import icon

_MARK = 14


class _List(QListWidget):
    """Delete takes a step out."""

    def __init__(self, parent: StepList) -> None:
        super().__init__()
        self._steps = parent
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName(tr("Steps of the lesson"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Delete):
            self._steps.remove.click()
        else:
            super().keyPressEvent(event)


class StepList(QWidget):
    """The first line is for what the lesson says of itself."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio, self._writer = studio, studio.writer
        self._showing = False
        empty = QPixmap(theme.px(_MARK), theme.px(_MARK))
        empty.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(empty)
        self.list = _List(self)
        self.list.setIconSize(QSize(theme.px(_MARK), theme.px(_MARK)))
        self.list.currentRowChanged.connect(self._choose)
        self.list.model().rowsMoved.connect(self._dragged)
        self.add = button(
            tr("Step"), tr("A new step behind this one; it goes on from where the one before leaves off.")
        )
        self.copy = button("", tr("The same step once more."), "flat")
        self.up = button("", tr("This step one place up (Alt+Up)."), "flat")
        self.down = button("", tr("This step one place down (Alt+Down)."), "flat")
        self.remove = button("", tr("Take this step out; Ctrl+Z brings it back (Del)."), "flat")
        writer = self._writer
        self.add.clicked.connect(lambda: writer.add())
        self.copy.clicked.connect(lambda: writer.duplicate(writer.at))
        self.up.clicked.connect(lambda: writer.move(writer.at, writer.at - 1))
        self.down.clicked.connect(lambda: writer.move(writer.at, writer.at + 1))
        self.remove.clicked.connect(lambda: writer.remove(writer.at))
        for made, name, key in (
            (self.copy, tr("Duplicate step"), ""),
            (self.up, tr("Step up"), "Alt+Up"),
            (self.down, tr("Step down"), "Alt+Down"),
            (self.remove, tr("Delete step"), ""),
        ):
            made.setAccessibleName(name)
            made.setProperty("fit", "tight")
            if key:
                made.setShortcut(key)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.add)
        row.addStretch(1)
        for made in self._small:
            row.addWidget(made)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(tr("Steps"), "title"))
        column.addWidget(self.list, 1)
        column.addLayout(row)
        theme.follow(self._restyle)

    @property
    def _small(self) -> tuple[QPushButton, ...]:
        return self.copy, self.up, self.down, self.remove

    @property
    def controls(self) -> Tree:
        return {
            "steps": self.list,
            "add": self.add,
            "duplicate": self.copy,
            "up": self.up,
            "down": self.down,
            "remove": self.remove,
        }

    def refresh(self) -> None:
        """Show the steps that there are, and which is in hand."""
        writer, self._showing = self._writer, True
        steps = writer.lesson.steps
        wrong = {
            writer.lesson.place(each.line)[0] for each in writer.problems if each.file == "lesson.md" and each.line
        }
        titles = [
            tr("About this lesson"),
            *(f"{n}  {step.title or 'Without a title'}" for n, step in enumerate(steps, 1)),
        ]
        while self.list.count() > len(titles):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(titles):
            self.list.addItem(QListWidgetItem())
        for number, title in enumerate(titles):
            item = self.list.item(number)
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled if number else flags)
            item.setText(title)
            item.setToolTip(title)
            item.setIcon(icon("warn", "warn") if number - 1 in wrong else self._blank)
        self.list.setCurrentRow(writer.at + 1)
        there = writer.step is not None
        self.copy.setEnabled(there)
        self.remove.setEnabled(there)
        self.up.setEnabled(writer.at > 0)
        self.down.setEnabled(there and writer.at < len(steps) - 1)
        self._showing = False

    def _choose(self, row: int) -> None:
        if not self._showing and row >= 0:
            self._writer.choose(row - 1)

    def _dragged(self, parent: QModelIndex, first: int, last: int, onto: QModelIndex, before: int) -> None:
        if not self._showing:
            to = before if before < first else before - 1
            QTimer.singleShot(0, self, lambda: self._move(first - 1, max(0, to - 1)))

    def _move(self, at: int, to: int) -> None:
        self._writer.move(at, to)
        self.refresh()

    def _restyle(self) -> None:
        self.add.setIcon(icon("add"))
        for made, name in zip(self._small, ("copy", "up", "down", "clear"), strict=True):
            made.setIcon(icon(name, "dim"))
