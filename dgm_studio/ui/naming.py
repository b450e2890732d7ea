"""Names of controls: how the widgets of a view become the `Control`s of `Studio.controls`.

A view states them in its ``controls`` (`controls/parts.py`) and joins when it is made.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QListWidget, QWidget
from shiboken6 import isValid

from dgm_studio.language import tr
from dgm_studio.studio.controls import Control, Controls

from .controls import Fold, Part, Picker, Row, Segmented, widgets


def join(controls: Controls, part: Part) -> None:
    """Offer the controls of a part, under the names it gives them, for as long as it lives."""
    there = weakref.ref(part)

    def offer() -> Mapping[str, Control] | None:
        found = there()
        if found is None or (isinstance(found, QObject) and not isValid(found)):
            return None
        return {name: control_of(widget) for name, widget in widgets(found.controls)}

    controls.join(offer)


def control_of(widget: QWidget) -> Control:
    """The control that a widget is; one of no known kind is a surface to be worked on by hand."""
    return next((made for kind, made in _KINDS if isinstance(widget, kind)), PointerSurface)(widget)


class _OfWidget(Control):
    """Reads what a screen reader says; the widget is not kept alive."""

    def __init__(self, widget: QWidget) -> None:
        self._there = weakref.ref(widget)

    @property
    def widget(self) -> Any:
        """Raises LookupError once it is gone."""
        widget = self._there()
        if widget is None or not isValid(widget):
            raise LookupError("this control is gone with its view")
        return widget

    @property
    def title(self) -> str:
        title: str = self.widget.accessibleName()
        return title

    @property
    def help(self) -> str:
        help: str = self.widget.accessibleDescription() or self.widget.toolTip()
        return help

    @property
    def visible(self) -> bool:
        return bool(self.widget.isVisible())

    @property
    def enabled(self) -> bool:
        return bool(self.widget.isEnabled())


class PointerSurface(_OfWidget):
    """A plot, a canvas, a pad: what happens on it depends on where the pointer is."""

    def _set(self, value: Any) -> None:
        raise ValueError(tr("{title!r} holds no value: it is worked on with the pointer", title=self.title))


class _OfRow(_OfWidget):
    """A row of a form: the control in it can be off while the row is on."""

    @property
    def title(self) -> str:
        title: str = self.widget.entry.accessibleName()
        return title

    @property
    def help(self) -> str:
        help: str = self.widget.toolTip()
        return help

    @property
    def enabled(self) -> bool:
        return bool(self.widget.entry.isEnabled())

    @property
    def value(self) -> Any:
        return self.widget.value

    @property
    def range(self) -> tuple[float, float] | None:
        bounds: tuple[float, float] | None = self.widget.bounds
        return bounds

    @property
    def options(self) -> Mapping[Any, str] | None:
        options: Mapping[Any, str] | None = self.widget.options
        return options

    def _set(self, value: Any) -> None:
        self.widget.enter(value)


class _OfSegments(_OfWidget):
    @property
    def value(self) -> str:
        return str(self.widget.value)

    @property
    def options(self) -> Mapping[str, str]:
        return {name: made.text() for name, made in self.widget.buttons.items()}

    def _set(self, value: str) -> None:
        self.widget.buttons[value].click()


class _OfFold(_OfWidget):
    @property
    def title(self) -> str:
        title: str = self.widget.title
        return title

    @property
    def value(self) -> bool:
        return bool(self.widget.is_open)

    def _set(self, value: bool) -> None:
        self.widget.open(value)


class _OfButton(_OfWidget):
    """One that stays down holds whether it is; any other is pressed by whatever it is set to."""

    @property
    def value(self) -> bool | None:
        return bool(self.widget.isChecked()) if self.widget.isCheckable() else None

    def _set(self, value: Any) -> None:
        if self.value is None or self.value != bool(value):
            self.widget.click()


class _OfBox(_OfWidget):
    """A choice by the values of its entries, or by their words where they have none."""

    def _entries(self) -> dict[Any, int]:
        box: QComboBox = self.widget
        kept = [
            i for i in range(box.count()) if box.itemData(i, Qt.ItemDataRole.AccessibleDescriptionRole) != "separator"
        ]
        return {box.itemText(i) if box.itemData(i) is None else box.itemData(i): i for i in kept}

    @property
    def value(self) -> Any:
        at = self.widget.currentIndex()
        return next((value for value, index in self._entries().items() if index == at), None)

    @property
    def options(self) -> Mapping[Any, str]:
        return {value: self.widget.itemText(at) for value, at in self._entries().items()}

    def _set(self, value: Any) -> None:
        at = self._entries()[value]
        self.widget.setCurrentIndex(at)
        self.widget.activated.emit(at)


class _OfSlider(_OfWidget):
    @property
    def value(self) -> int:
        return int(self.widget.value())

    @property
    def range(self) -> tuple[float, float]:
        return self.widget.minimum(), self.widget.maximum()

    def _set(self, value: float) -> None:
        self.widget.setValue(round(value))


class _OfLine(_OfWidget):
    @property
    def value(self) -> str:
        return str(self.widget.text())

    def _set(self, value: Any) -> None:
        self.widget.setText(str(value))
        self.widget.editingFinished.emit()


class _OfList(_OfWidget):
    """The number of the entry in hand, -1 for none; setting one is a click on it."""

    @property
    def value(self) -> int:
        return int(self.widget.currentRow())

    @property
    def range(self) -> tuple[float, float] | None:
        return (0, self.widget.count() - 1) if self.widget.count() else None

    def _set(self, value: float) -> None:
        self.widget.setCurrentRow(round(value))
        self.widget.itemClicked.emit(self.widget.currentItem())


class _OfPicker(_OfWidget):
    """The number of what is picked, -1 for none; setting one is a click on it."""

    @property
    def value(self) -> int:
        return int(self.widget.picked)

    @property
    def range(self) -> tuple[float, float] | None:
        return (0, self.widget.count - 1) if self.widget.count else None

    def _set(self, value: float) -> None:
        self.widget.click(round(value))


_KINDS: tuple[tuple[type[QWidget], Callable[[QWidget], Control]], ...] = (
    (Row, _OfRow),
    (Segmented, _OfSegments),
    (Fold, _OfFold),
    (Picker, _OfPicker),
    (QAbstractButton, _OfButton),
    (QComboBox, _OfBox),
    (QAbstractSlider, _OfSlider),
    (QLineEdit, _OfLine),
    (QListWidget, _OfList),
)
