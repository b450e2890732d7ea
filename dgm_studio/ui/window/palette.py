"""The command palette: every command by name, with its shortcut, and whatever can be chosen or set; type to narrow, Enter to
run.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from dgm_studio.language import tr
from dgm_studio.studio.choices import choices
from dgm_studio.studio.commands import Command
from dgm_studio.studio.studio import Studio

from ..controls import Tree
from ..look import theme

_STEPS: Mapping[int, int] = {
    Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8,
}  # fmt: skip
"""Entries that a key goes down."""


class _Entry(QStyledItemDelegate):
    """Title, group and help at the left, the shortcut at the right."""

    def __init__(self, parent: QObject, entries: list[Command]) -> None:
        super().__init__(parent)
        self._entries = entries

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        hint.setHeight(theme.px(40))
        return hint

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        t = theme.tokens()
        command = self._entries[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("raised"))
            painter.drawRoundedRect(option.rect, 6, 6)
        inner = option.rect.adjusted(10, 3, -10, -3)
        alpha = 1.0 if command.enabled() else 0.5
        half = inner.height() // 2
        upper = QRect(inner.left(), inner.top(), inner.width(), half)
        mark = "✓ " if command.checked is not None and command.checked() else ""
        painter.setPen(t.colour("text", alpha))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, f"{mark}{command.title}")
        painter.setPen(t.colour("dim", alpha))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, command.shortcut)
        font = option.font
        font.setPixelSize(theme.px(11))
        painter.setFont(font)
        lower = QRect(inner.left(), inner.top() + half, inner.width(), half)
        text = f"{command.group_title} · {command.help}"
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, short)
        painter.restore()


class Palette(QDialog):
    """A list over the window; closes when a command was run or the focus goes elsewhere."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._studio = studio
        self.setAccessibleName(tr("Command palette"))
        self._entries: list[Command] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Type what you want: train, GAN, moons, steps 4"))
        self.field.setAccessibleName(tr("Find a command"))
        self.list = QListWidget()
        self.list.setItemDelegate(_Entry(self.list, self._entries))
        self.list.setAccessibleName(tr("Commands"))
        self.list.setUniformItemSizes(True)  # else each of a hundred is asked for its size
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._narrow)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda item: self._run(self.list.row(item)))
        self._narrow("")

    def open_over(self, window: QWidget) -> None:
        width = min(theme.px(560), window.width() - 80)
        height = min(theme.px(420), window.height() - 120)
        corner = window.mapToGlobal(window.rect().topLeft())
        self.setGeometry(corner.x() + (window.width() - width) // 2, corner.y() + 64, width, height)
        if self.field.text():
            self.field.clear()
        else:
            self._narrow("")
        self.show()
        self.field.setFocus()

    def _narrow(self, text: str) -> None:
        self._entries[:] = self.found(text)
        self.list.clear()
        self.list.addItems([command.title for command in self._entries])
        self.list.setCurrentRow(0)

    @property
    def controls(self) -> Tree:
        return {"text": self.field, "list": self.list}

    def found(self, text: str) -> list[Command]:
        if not text.strip():
            return list(self._studio.commands)
        return [*choices(self._studio, text), *self._studio.commands.search(text)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _STEPS.get(event.key())
            if step is not None and self.list.count():
                row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
                self.list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentItem() is not None:
                self._run(self.list.currentRow())
                return True
        return super().eventFilter(watched, event)

    def _run(self, row: int) -> None:
        command = self._entries[row]
        if command.enabled():
            self.close()
            command.run()
