"""A number between two bounds: dragged on a linear or logarithmic slider, stepped by keys, or typed exactly."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QSlider

from dgm_studio.language import tr

from ..look import theme
from .numbers import format_number, parse_number
from .rows import VALUE_WIDTH, Row

_POSITIONS = 1000


class QuietSlider(QSlider):
    """A horizontal slider that leaves the wheel to the panel and jumps to where it is clicked."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.width() > 12:
            share = (event.position().x() - 6) / (self.width() - 12)
            self.setSliderPosition(round(self.minimum() + share * (self.maximum() - self.minimum())))
        super().mousePressEvent(event)


class _Field(QLineEdit):
    """A typed number; up and down step it."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)


class SliderRow(Row):
    """``changed(value)`` while it is dragged, stepped or typed; ``released()`` when a drag has ended.

    ``scale`` is "linear" or "log" (then ``low`` must be positive); ``step`` is the increment on a linear scale;
    integers are emitted as int. ``zero`` is a word that is shown, and may be typed, for 0.
    """

    def __init__(
        self,
        title: str,
        low: float,
        high: float,
        *,
        scale: str = "linear",
        step: float | None = None,
        unit: str = "",
        integer: bool = False,
        help: str = "",
        zero: str = "",
    ) -> None:
        super().__init__(title, _with_bounds(help, low, high, unit))
        self._help = help
        self._low, self._high = float(low), float(high)
        self._log = scale == "log" and low > 0
        self._integer, self._unit, self._zero = integer, unit, zero
        self._step = float(step) if step else (1.0 if integer else 0.0)
        self._value = self._low
        self.slider = QuietSlider()
        self.slider.setRange(0, self._positions())
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.field = _Field()
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.line.addWidget(self.slider, 1)
        self.line.addWidget(self.field)
        self.entry = self.slider
        self.name(self.slider)
        self.name(self.field, tr("value"))
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self.released)
        self.field.editingFinished.connect(self._typed)
        self.field.stepped.connect(self._nudged)
        theme.follow(self._fit_field)
        self._write()

    @property
    def value(self) -> float | int:
        return round(self._value) if self._integer else self._value

    @property
    def bounds(self) -> tuple[float, float]:
        return self._low, self._high

    def twin(self) -> SliderRow:
        made = SliderRow(
            self.title,
            self._low,
            self._high,
            scale="log" if self._log else "linear",
            step=self._step or None,
            unit=self._unit,
            integer=self._integer,
            help=self._help,
            zero=self._zero,
        )
        made.show_value(self.value)
        return made

    def show_bounds(self, low: float, high: float) -> None:
        """Other bounds, for a number whose range is known late; the value is moved into them without being emitted."""
        self._low, self._high = float(low), float(high)
        self.setToolTip(_with_bounds(self._help, low, high, self._unit))
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, self._positions())
        self.slider.blockSignals(blocked)
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.show_value(min(max(self._value, self._low), self._high))

    def drag(self, value: float) -> None:
        """Take a value as on the way of a drag, which has not ended yet."""
        self._take(float(value))

    def enter(self, value: float) -> None:
        self.drag(value)
        self.released.emit()

    def show_value(self, value: float) -> None:
        """Show a value without emitting it; what is being typed is left alone."""
        self._value = float(value)
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(self._position(self._value))
        self.slider.blockSignals(blocked)
        if not (self.field.hasFocus() and self.field.isModified()):
            self._write()

    def _fit_field(self) -> None:
        self.field.setFixedWidth(theme.px(VALUE_WIDTH))

    def _positions(self) -> int:
        if self._log:
            return min(_POSITIONS, round(self._high - self._low)) if self._integer else _POSITIONS
        if self._step:
            return max(1, min(100_000, round((self._high - self._low) / self._step)))
        return _POSITIONS

    def _position(self, value: float) -> int:
        value = min(max(value, self._low), self._high)
        span = self._high - self._low
        if self._log:
            share = math.log(value / self._low) / math.log(self._high / self._low)
        else:
            share = (value - self._low) / span if span else 0.0
        return round(share * self.slider.maximum())

    def _at(self, position: int) -> float:
        share = position / self.slider.maximum()
        if not self._log:
            value = self._low + share * (self._high - self._low)
            return round(value, 10)
        value = self._low * (self._high / self._low) ** share
        return round(value) if self._integer else float(f"{value:.2g}")

    def _moved(self, position: int) -> None:
        self._take(self._at(position))

    def _nudged(self, direction: int) -> None:
        if self._log and not self._integer:
            self._take(float(f"{self._value * 10 ** (direction / 20):.3g}"))
        else:
            step = self._step or (self._high - self._low) / 100
            self._take(round(self._value + direction * step, 10))

    def _typed(self) -> None:
        text = self.field.text().strip()
        typed = 0.0 if self._zero and text.lower() == self._zero else parse_number(text)
        changed = self.field.isModified()
        self.field.setModified(False)
        if typed is None or not changed:
            self._write()
            return
        self._take(typed)
        self.released.emit()

    def _take(self, value: float) -> None:
        value = min(max(value, self._low), self._high)
        if self._integer:
            value = float(round(value))
        changed = value != self._value
        self._value = value
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(self._position(value))
        self.slider.blockSignals(blocked)
        self._write()
        if changed:
            self.changed.emit(self.value)

    def _write(self) -> None:
        text = format_number(self._value, integer=self._integer)
        if self._zero and self._value == 0:
            text = self._zero
        elif self._unit:
            text = f"{text}\u202f{self._unit}"
        self.field.setText(text)
        self.field.setModified(False)


def _with_bounds(help: str, low: float, high: float, unit: str) -> str:
    """Words for people, with the bounds of the number."""
    bounds = tr(
        "{low} to {high}{word}", low=format_number(low), high=format_number(high), word=" " + unit if unit else ""
    )
    return f"{help} ({bounds})" if help else bounds
