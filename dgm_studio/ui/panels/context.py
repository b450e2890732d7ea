"""A row for each slot of a context: a slider or a choice, and in either a way to leave it free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.context import ContextSlot, Label

from ..controls import ChoiceRow, EntryRow, Pages, SliderRow, Tree
from ..look import theme
from ..look.icons import icon

_BUTTON = 22


class ContextRows(Pages["_Rows"]):
    """``changed`` with the name of a slot and its value, None for free; ``released`` when a drag has ended."""

    changed = Signal(str, object)
    released = Signal()

    def __init__(self) -> None:
        super().__init__(most=4)

    @property
    def controls(self) -> Tree:
        return {} if self.shown is None else self.shown.controls

    def show_slots(self, slots: Sequence[ContextSlot]) -> None:
        """Rows for these slots; none for none."""
        self.turn(tuple(slots) or None, lambda: self._make(slots))

    def show_label(self, label: Label) -> None:
        """What is given now."""
        if self.shown is not None:
            self.shown.show_values({} if label is None or isinstance(label, int) else dict(label))

    def _make(self, slots: Sequence[ContextSlot]) -> _Rows:
        rows = _Rows(slots)
        rows.changed.connect(self.changed)
        rows.released.connect(self.released)
        return rows


class _Rows(QWidget):
    """The rows of some slots."""

    changed = Signal(str, object)
    released = Signal()

    def __init__(self, slots: Sequence[ContextSlot]) -> None:
        super().__init__()
        self._rows: dict[str, NumberRow | ChoiceRow | SentenceRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for slot in slots:
            row = _row(slot)
            row.changed.connect(partial(self.changed.emit, slot.name))
            row.released.connect(self.released)
            column.addWidget(row)
            self._rows[slot.name] = row

    @property
    def controls(self) -> Tree:
        return {
            name: {"": row, "free": row.free} if isinstance(row, NumberRow) else row for name, row in self._rows.items()
        }

    def show_values(self, values: Mapping[str, float | str]) -> None:
        for name, row in self._rows.items():
            row.show_value(values.get(name))  # type: ignore[arg-type]


def _row(slot: ContextSlot) -> NumberRow | ChoiceRow | SentenceRow:
    if slot.embedding:
        return SentenceRow(slot)
    if slot.values:
        return ChoiceRow(slot.name, [(None, tr("free")), *((value, value) for value in slot.values)], slot.help)
    return NumberRow(slot)


class SentenceRow(EntryRow):
    """A line of text, with what the language knows offered while it is typed; an empty one is free."""

    def __init__(self, slot: ContextSlot) -> None:
        super().__init__(slot.name, slot.help)
        self.field.setPlaceholderText(tr("free"))
        offered = QCompleter(list(slot.values), self.field)
        offered.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.field.setCompleter(offered)

    def show_value(self, value: str | None) -> None:
        super().show_value(value)
        if not self.field.hasFocus():
            self.field.setCursorPosition(0)

    def _typed(self) -> None:
        text = self.field.text().strip() or None
        if text != self._shown:
            self._shown = text
            self.changed.emit(text)


class NumberRow(SliderRow):
    """A number that is free until the slider gives it, and again by the button behind it, which is there while it is given."""

    def __init__(self, slot: ContextSlot) -> None:
        super().__init__(slot.name, slot.low, slot.high, unit=slot.unit, help=slot.help)
        self.free = QPushButton()
        self.free.setProperty("kind", "flat")
        self.free.setFixedSize(_BUTTON, _BUTTON)
        self.free.setToolTip(tr("Leave {name} to the model.", name=slot.name))
        self.free.setAccessibleName(tr("Leave {name} free", name=slot.name))
        keeps_its_room = self.free.sizePolicy()
        keeps_its_room.setRetainSizeWhenHidden(True)
        self.free.setSizePolicy(keeps_its_room)
        self.free.clicked.connect(self._freed)
        self.line.addWidget(self.free)
        theme.follow(self._draw_button)
        self.show_value((slot.low + slot.high) / 2)
        self.show_value(None)

    def show_value(self, value: float | None) -> None:
        if value is not None:
            super().show_value(value)
        elif not self.field.isModified():
            self.field.setText(tr("free"))
        self.free.setVisible(value is not None)

    def _draw_button(self) -> None:
        self.free.setIcon(icon("close", "dim"))

    def _freed(self) -> None:
        self.changed.emit(None)
        self.released.emit()
