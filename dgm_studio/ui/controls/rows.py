"""Rows of a form: a label, a control, and (for numbers) the typed value, in three aligned columns."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolTip, QWidget

from ..look import theme
from .buttons import spoken
from .elided import Elided
from .numbers import format_number, parse_number
from .switch import ComboBox, Switch

LABEL_WIDTH = 104
TIP_WIDTH = 60
"""Characters of a line of a tooltip."""
_TIP_DROP, _TIP_MARGIN = 16, 24
"""How far below the place it is given Qt shows a tooltip, and the frame around its words."""
VALUE_WIDTH = 58


class Row(QWidget):
    """The frame of a row: its height, its label, its tooltip. ``changed`` carries the new value.

    The control of a ``long`` one begins right behind its label, for values that need more room than a column has.
    """

    changed = Signal(object)
    released = Signal()
    entry: QWidget
    """What is typed into, dragged or switched."""

    def __init__(self, title: str, help: str = "", long: bool = False) -> None:
        super().__init__()
        self.title = title
        self._long = long
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(8)
        self.label: QLabel = Elided(title, "")
        self.label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.line.addWidget(self.label)
        self.setToolTip(help)
        theme.follow(self.fit)

    def fit(self) -> None:
        """Take the sizes of the look in use."""
        self.setMinimumHeight(theme.px(theme.ROW))
        self.label.setFixedWidth(self.label.sizeHint().width() if self._long else theme.px(LABEL_WIDTH))

    def show_value(self, value: Any) -> None:
        """Show a value without emitting it."""
        raise NotImplementedError

    def enter(self, value: Any) -> None:
        """Take a value as if a person had entered it."""
        raise NotImplementedError

    @property
    def value(self) -> Any:
        raise NotImplementedError

    def twin(self) -> Row:
        """The same row once more, for another place, with its value and emitting nothing yet."""
        raise NotImplementedError

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The lowest and the highest value of a number."""
        return None

    @property
    def options(self) -> Mapping[Any, str] | None:
        """The values of a choice, and what each is called."""
        return None

    @property
    def tip(self) -> str:
        """What its tooltip says, in lines of reading length; with the title where that is cut short."""
        cut = self.label.fontMetrics().horizontalAdvance(self.title) > self.label.width()
        words = f"{self.title}: {self.toolTip()}" if cut else self.toolTip()
        return "\n".join(textwrap.fill(line, TIP_WIDTH) for line in words.splitlines())

    def event(self, event: QEvent) -> bool:
        """Its tooltip stands beside the panel, where it covers no other row."""
        if event.type() == QEvent.Type.ToolTip and self.toolTip():
            QToolTip.showText(self.beside(self.tip), self.tip, self)
            return True
        return super().event(event)

    def beside(self, words: str) -> QPoint:
        """Where a tooltip of these words begins: right of a panel at the left, left of one at the right."""
        panel, window = self.parentWidget() or self, self.window()
        while (
            panel is not window and not isinstance(panel, QDockWidget) and (above := panel.parentWidget()) is not None
        ):
            panel = above
        at = panel.mapTo(window, QPoint(0, 0)).x() if panel is not window else 0
        top = self.mapToGlobal(QPoint(0, 0)).y() - _TIP_DROP
        if at + panel.width() / 2 < window.width() / 2:
            return QPoint(panel.mapToGlobal(QPoint(panel.width(), 0)).x(), top)
        wide = max((QFontMetrics(QToolTip.font()).horizontalAdvance(line) for line in words.splitlines()), default=0)
        return QPoint(panel.mapToGlobal(QPoint(0, 0)).x() - wide - _TIP_MARGIN, top)

    def name(self, control: QWidget, suffix: str = "") -> None:
        """Make a control known to assistive technology under the row's title."""
        control.setAccessibleName(f"{spoken(self.title)} {suffix}".strip())
        control.setAccessibleDescription(self.toolTip())
        if not self.label.buddy():
            self.label.setBuddy(control)


class ChoiceRow(Row):
    """One of several values, given as (value, title) or (value, title, help)."""

    def __init__(self, title: str, options: Sequence[Sequence[Any]] = (), help: str = "", long: bool = False) -> None:
        super().__init__(title, help, long)
        self.box = ComboBox()
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line.addWidget(self.box, 1)
        self.entry = self.box
        self.name(self.box)
        self._values: list[Any] = []
        self.show_options(options)
        self.box.activated.connect(lambda index: self.changed.emit(self._values[index]))

    def show_options(self, options: Sequence[Sequence[Any]]) -> None:
        """Replace the options; does nothing when they are the same."""
        entries = [tuple(option) for option in options]
        if entries == getattr(self, "_entries", None):
            return
        self._entries = entries
        self._values = [entry[0] for entry in entries]
        self.box.clear()
        for index, entry in enumerate(entries):
            self.box.addItem(str(entry[1]))
            if len(entry) > 2:
                self.box.setItemData(index, entry[2], Qt.ItemDataRole.ToolTipRole)

    def show_value(self, value: Any) -> None:
        if value in self._values:
            self.box.setCurrentIndex(self._values.index(value))

    def enter(self, value: Any) -> None:
        self.show_value(value)
        self.changed.emit(value)

    @property
    def value(self) -> Any:
        index = self.box.currentIndex()
        return self._values[index] if 0 <= index < len(self._values) else None

    @property
    def options(self) -> Mapping[Any, str]:
        return {entry[0]: str(entry[1]) for entry in self._entries}

    def twin(self) -> ChoiceRow:
        made = ChoiceRow(self.title, self._entries, self.toolTip(), self._long)
        made.show_value(self.value)
        return made


class SwitchRow(Row):
    """On or off."""

    def __init__(self, title: str, help: str = "") -> None:
        super().__init__(title, help)
        self.box = Switch()
        self.line.addWidget(self.box)
        self.line.addStretch(1)
        self.entry = self.box
        self.name(self.box)
        self.box.clicked.connect(lambda on: self.changed.emit(bool(on)))

    def show_value(self, value: bool) -> None:
        self.box.setChecked(bool(value))

    def enter(self, value: bool) -> None:
        if self.value != bool(value):
            self.box.click()

    def twin(self) -> SwitchRow:
        made = SwitchRow(self.title, self.toolTip())
        made.show_value(self.value)
        return made

    @property
    def value(self) -> bool:
        return self.box.isChecked()


class EntryRow(Row):
    """A number without bounds, or a text, typed. ``numeric`` is int, float or None for text."""

    def __init__(self, title: str, help: str = "", numeric: type | None = None) -> None:
        super().__init__(title, help)
        self._numeric = numeric
        self._shown: Any = None
        self.field = QLineEdit()
        self.field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line.addWidget(self.field, 1)
        self.entry = self.field
        self.name(self.field)
        self.field.editingFinished.connect(self._typed)

    def show_value(self, value: Any) -> None:
        self._shown = value
        if not self.field.hasFocus():
            self.field.setText(self._text(value))

    def enter(self, value: Any) -> None:
        self.field.setText(self._text(value))
        self._typed()

    @property
    def value(self) -> Any:
        return self._shown

    def twin(self) -> EntryRow:
        made = EntryRow(self.title, self.toolTip(), self._numeric)
        made.show_value(self.value)
        return made

    def _text(self, value: Any) -> str:
        if value is None or self._numeric is None:
            return "" if value is None else str(value)
        return format_number(value, 6, integer=self._numeric is int)

    def _typed(self) -> None:
        value: Any = self.field.text()
        if self._numeric is not None:
            value = parse_number(value)
            if value is None:
                self.field.clearFocus()
                self.show_value(self._shown)
                return
            value = self._numeric(round(value) if self._numeric is int else value)
        if value != self._shown:
            self._shown = value
            self.changed.emit(value)
