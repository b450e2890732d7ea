"""What stands above the plane, beside the data and never on them: a chip for every layer, and the measure that matters."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.layers import PLANE_LAYERS, PlaneLayer
from dgm_studio.studio.reading.moment import Age, Reading
from dgm_studio.studio.reading.quality import apart, short_unit

from ..controls import Chip, Elided, Flow, Tree, dim, format_number, label
from ..look import theme

_DOTS = {"data": "data", "samples": "model"}


class Legend(Flow):
    """One chip per layer with the number of its key, and of which moment it is where that is another one."""

    toggled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._on: tuple[str, ...] = ()
        self._missing: Mapping[str, str] = {}
        self._names: Mapping[str, str] = {}
        self._ages: Mapping[str, Age] = {}
        self._lines_for: tuple[int, tuple[str, ...]] = (0, ())
        self._highest = 0
        self.chips: dict[str, Chip] = {}
        for key, layer in enumerate(PLANE_LAYERS, start=1):
            chip = Chip(_named(key, layer.short), _about(key, layer), _DOTS.get(layer.name, ""))
            chip.clicked.connect(lambda _=False, name=layer.name: self.toggled.emit(name))
            self.chips[layer.name] = chip
            self.add(chip)
        self.condition = Chip(
            tr("C condition"),
            tr(
                "Drag a line, a band or a region over the plane and see what the model makes of the rest, beside the truth (C)."
            ),
            "mask",
        )
        self.condition.setAccessibleName(tr("condition"))
        self.add(self.condition)

    @property
    def controls(self) -> Tree:
        return self.chips

    def show_layers(self, on: tuple[str, ...], missing: Mapping[str, str], names: Mapping[str, str]) -> None:
        """``missing`` says by layer why it cannot be shown; ``names`` what the family calls its own layers."""
        self._on, self._missing, self._names = on, missing, names
        self._write()

    def show_ages(self, ages: Mapping[str, Age]) -> None:
        """Say of which moment layers are that do not belong to the one that is looked at."""
        if ages != self._ages:
            self._ages = ages
            self._write()

    def heightForWidth(self, width: int) -> int:
        """Room for as many lines as were ever needed: words that come and go on the chips do not move the plane."""
        if (width, self._on) != self._lines_for:
            self._lines_for, self._highest = (width, self._on), 0
        self._highest = max(self._highest, super().heightForWidth(width))
        return self._highest

    def _write(self) -> None:
        for key, layer in enumerate(PLANE_LAYERS, start=1):
            chip, missing = self.chips[layer.name], self._missing.get(layer.name)
            shown = layer.name in self._on and missing is None
            age = self._ages.get(layer.name) if shown else None
            word = f" · {age.word}" if age is not None and age.faded else ""
            name = self._names.get(layer.name, layer.short)
            chip.setText(_named(key, name) + word)
            chip.setAccessibleName(name)
            chip.setChecked(shown)
            chip.setEnabled(missing is None)
            chip.setVisible(missing is None or not layer.rare)
            old = (
                tr("\nNot of the moment that is looked at: {word}.", word=age.word) if word and age is not None else ""
            )
            chip.setToolTip(missing or _about(key, layer) + old)
        self.refresh()


def _named(key: int, name: str) -> str:
    """The name of a layer behind its key; there are nine keys."""
    return f"{key} {name}" if key < 10 else name


def _about(key: int, layer: PlaneLayer) -> str:
    return f"{layer.help} ({key})" if key < 10 else layer.help


class QualityLine(QWidget):
    """The measure that matters in a large number, with the step it was found at; the rest in as many words as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.number, self.unit = label("", "number"), dim()
        self.title = dim()
        self.sentence = Elided()
        self.when = dim()
        self.samples = Elided()
        self.samples.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.samples.setToolTip(
            tr(
                "The very samples on screen: the sliced Wasserstein distance to held-out data in standard deviations, beside "
                "that of as many training examples, and how many of the known modes have a sample."
            )
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.number, self.unit, self.title):
            row.addWidget(widget)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.samples)
        row.addWidget(self.when)
        theme.follow(self._fit)

    def _fit(self) -> None:
        self.setFixedHeight(theme.px(26))

    def show_reading(self, reading: Reading | None) -> None:
        """Show a measure as it is of the step looked at; a value that does not belong there is grey, and says so."""
        if reading is None:  # its place is kept, so that the plane does not jump when the first one comes
            for each in (self.number, self.unit, self.sentence, self.when):
                each.setText("")
            self.title.setText(tr("no measure yet"))
            self.setToolTip("")
        for each in (self.number, self.unit):
            each.setVisible(reading is not None)
        if reading is None:
            return
        number, error = ("–", "") if reading.value is None else apart(reading.value, reading.error)
        self.number.setText(number)
        self.number.setEnabled(not reading.age.faded)
        self.unit.setText("" if reading.value is None else f"{error} {short_unit(reading.unit)}".strip())
        self.title.setText(reading.title[:1].lower() + reading.title[1:])
        first = "" if reading.age.faded or not reading.said else reading.said[0]
        self.sentence.setText(f"·  {first}" if first else "")
        self.when.setText(when_said(reading))
        self.setToolTip("\n".join((reading.title, when_said(reading), *reading.said)))

    def show_samples(self, said: str, *, faded: bool) -> None:
        """Say how close the samples on screen are to data; grey where they are of another moment."""
        self.samples.setText(said)
        self.samples.setEnabled(not faded)


def when_said(reading: Reading) -> str:
    """At which step a value was found, and how that differs from what is looked at."""
    if reading.step is None:
        return reading.age.word
    at = tr("at step {step}", step=format_number(reading.step, integer=True))
    if not reading.age.faded:
        return at
    return f"{at}, {reading.age.word}" if " of " not in reading.age.word else tr("step {word}", word=reading.age.word)
