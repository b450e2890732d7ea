"""What floats on the plane: legend chips, the quality card and the sampling-time slider."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dgm_studio.studio.actions import LAYER_TITLES
from dgm_studio.studio.session import LAYERS

from .. import theme
from ..controls import Chip, OverlayCard, QuietSlider, button, dim, format_number, label
from ..icons import icon

_DOTS = {"data": "data", "samples": "model"}
_SHORT = {"data": "data", "samples": "samples", "density": "density", "truth": "truth", "difference": "difference",
          "field": "field", "path": "paths", "surface": "surface", "regions": "classes", "mesh": "mesh"}  # fmt: skip
_GAP = 6
_PLAY_SECONDS = 3.0
SAID = 2
"""Sentences on the quality card; all of them are in the progress panel."""


class Legend(QWidget):
    """One chip per layer with the number of its key; wraps where the view is narrow."""

    toggled = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.chips: dict[str, Chip] = {}
        for key, layer in enumerate(LAYERS, start=1):
            chip = Chip(_named(key, _SHORT[layer]), _about(key, layer), _DOTS.get(layer, ""))
            chip.setParent(self)
            chip.clicked.connect(lambda _=False, layer=layer: self.toggled.emit(layer))
            self.chips[layer] = chip
        self.condition = Chip(
            "C condition",
            "Drag a line, a band or a region over the plane and see what the model makes of the rest, beside the truth (C).",
            "mask",
        )
        self.condition.setParent(self)

    def show_layers(self, on: tuple[str, ...], missing: dict[str, str], names: dict[str, str]) -> None:
        """``missing`` says by layer why it cannot be shown; ``names`` what the family calls its own layers."""
        for key, (layer, chip) in enumerate(self.chips.items(), start=1):
            chip.setText(_named(key, names.get(layer, _SHORT[layer])))
            chip.setChecked(layer in on and layer not in missing)
            chip.setEnabled(layer not in missing)
            chip.setToolTip(missing.get(layer, _about(key, layer)))

    def fit(self, width: int) -> int:
        """Flow the chips into a width; returns the height they take."""
        x = y = 0
        height = 0
        for chip in (*self.chips.values(), self.condition):
            hint = chip.sizeHint()
            if x and x + hint.width() > width:
                x, y = 0, y + height + _GAP
            height = hint.height()
            chip.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + _GAP
        self.resize(width, y + height)
        return y + height


def _named(key: int, name: str) -> str:
    """The name of a layer behind its key; there are nine keys."""
    return f"{key} {name}" if key < 10 else name


def _about(key: int, layer: str) -> str:
    return f"{LAYER_TITLES[layer][1]} ({key})" if key < 10 else LAYER_TITLES[layer][1]


class QualityCard(OverlayCard):
    """The measure that matters in a large number, and the rest in one sentence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = label("", "small")
        self.body.addWidget(self._title)
        self._number, self._unit = label("", "number"), dim()
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._number)
        line.addWidget(self._unit)
        line.addStretch(1)
        self.body.addLayout(line)
        self._sentence = dim("", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self._sentence)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def filled(self) -> bool:
        return bool(self._number.text())

    def show_quality(self, value: float | None, title: str = "", unit: str = "", sentences: Sequence[str] = ()) -> None:
        """The value of the measure of this title, None for nothing; the first few sentences are shown."""
        self._title.setText(title)
        self._number.setText("" if value is None else format_number(value))
        self._unit.setText(unit)
        self._sentence.setText("\n".join(sentences[:SAID]))
        self._sentence.setVisible(bool(sentences))

    def fit(self, width: int) -> int:
        """Take a width; returns the height that the words then need."""
        self.setFixedWidth(width)
        inner = width - self.body.contentsMargins().left() - self.body.contentsMargins().right() - 2
        self._sentence.setFixedHeight(max(0, self._sentence.heightForWidth(inner)))
        self.body.activate()
        self.resize(width, self.body.totalSizeHint().height())
        return self.height()


class TimeSlider(OverlayCard):
    """Sampling time from noise, 0, to data, 1: scrubbed or played."""

    moved = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, horizontal=True)
        self._t = 1.0
        self.play = button("", "Play the way from noise to data (P).", "flat")
        self.play.setAccessibleName("Play sampling")
        self.play.clicked.connect(self.toggle_play)
        self.slider = QuietSlider()
        self.slider.setRange(0, 1000)
        self.slider.setAccessibleName("Sampling time")
        self.slider.setToolTip("Sampling time t: 0 is noise, 1 is data. Below 1 particles stand where they are then.")
        self.slider.valueChanged.connect(self._slid)
        self._value = label("t = 1.00")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.play, dim("noise")):
            self.body.addWidget(widget)
        self.body.addWidget(self.slider, 1)
        for widget in (dim("data"), self._value):
            self.body.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setInterval(33)
        self._timer.timeout.connect(self._advance)
        self._clock = QElapsedTimer()
        self._from = 0.0
        theme.follow(self._restyle)

    def show_time(self, t: float) -> None:
        """Show a time without emitting it."""
        self._t = t
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(1000 * t))
        self.slider.blockSignals(blocked)
        self._value.setText(f"t = {t:.2f}")

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def toggle_play(self) -> None:
        if self.playing:
            self.stop()
            return
        self._from = 0.0 if self._t >= 1.0 else self._t
        self._clock.start()
        self._timer.start()
        self._restyle()

    def stop(self) -> None:
        self._timer.stop()
        self._restyle()

    def _advance(self) -> None:
        t = min(1.0, self._from + self._clock.elapsed() / 1000 / _PLAY_SECONDS)
        if t >= 1.0:
            self.stop()
        self.show_time(t)
        self.moved.emit(t)

    def _slid(self, value: int) -> None:
        self.stop()
        self.show_time(value / 1000)
        self.moved.emit(value / 1000)

    def _restyle(self) -> None:
        self.play.setIcon(icon("pause" if self.playing else "play"))
        self._value.setFixedWidth(theme.px(58))
