"""Paint panel: the tools, how the model shall answer and how honest that way is, and what to start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dgm_studio.studio.brush import Brush
from dgm_studio.studio.state import RunInfo, SamplerInfo

from ..controls import Chip, ChoiceRow, Heading, SliderRow, button, dim, label
from ..forms import Form

HONESTY = {
    "exact": "exact: draws from the model's own conditional distribution",
    "asymptotic": "asymptotic: exact in the limit of many steps",
    "heuristic": "heuristic: plausible, with no promise to be the conditional distribution",
}
_TOKEN = {"exact": "good", "asymptotic": "dim", "heuristic": "warn"}
LARGEST_BRUSH = 64


class PaintPanel(QWidget):
    """``did(action)`` with "fill", "stop", "again", "accept", "discard", "all", "clear", "invert", "undo", "redo",
    "example", "sample", "open" or "blank"; ``tool_changed(brush, erasing)``.
    """

    did = Signal(str)
    sampling_changed = Signal(str, object)
    """``temperature`` or ``label`` of the sampling, which fills share with samples."""
    tool_changed = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self._ways: dict[str, SamplerInfo] = {}
        self._knobs: dict[str, dict[str, Any]] = {}
        self._reason = ""
        self._running = self._fresh = False
        self.brush, self.erasing = Brush(6), False
        self.buttons: dict[str, QPushButton] = {}

        self.setAutoFillBackground(True)
        self.heading = Heading("Paint")
        self.mask_tool = Chip(
            "Mask  M", "Paint where the model shall generate: mask = 1.", dot="mask", one_of_many=True
        )
        self.erase_tool = Chip(
            "Erase  E", "Paint what is known: mask = 0. The right button does too.", one_of_many=True
        )
        self.size = SliderRow("size", 1, LARGEST_BRUSH, scale="log", integer=True, unit="px", help="Diameter; [ and ].")
        self.hardness = SliderRow("hardness", 0, 1, step=0.05, help="Where the mask begins to fall off, as part of r.")
        self.way = ChoiceRow("method", help="How the model is made to agree with the known pixels.")
        self.honesty = label("", "dim", wrap=True)
        self.form = Form()
        self.count = SliderRow("candidates", 1, 16, integer=True, help="Answers side by side, each from its own noise.")
        self.temperature = SliderRow("temperature", 0, 2, step=0.01)
        self.label = ChoiceRow("class", help="Which class the masked part shall belong to.")
        self.reason = dim("", wrap=True)

        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addLayout(_line(self.mask_tool, self.erase_tool))
        column.addWidget(self.size)
        column.addWidget(self.hardness)
        column.addLayout(
            _line(
                self._button("all", "All  F", "Everything is to be generated: mask = 1 everywhere."),
                self._button("invert", "Invert  I", "Known becomes unknown: 1 − mask."),
                self._button("clear", "Clear", "Nothing is to be generated: mask = 0 everywhere."),
            )
        )
        column.addLayout(
            _line(
                self._button("undo", "Undo", "Take back the last stroke (Ctrl+Z)."),
                self._button("redo", "Redo", "Do it again (Ctrl+Shift+Z)."),
            )
        )
        column.addSpacing(12)
        column.addWidget(Heading("Answer"))
        for each in (self.way, self.honesty, self.form, self.temperature, self.label, self.count, self.reason):
            column.addWidget(each)
        column.addSpacing(4)
        column.addLayout(
            _line(
                self._button("fill", "Fill  ⏎", "Let the model generate where the mask is 1.", "primary"),
                self._button("stop", "Stop", "End the answer that is under way (Esc)."),
                self._button("accept", "Accept  ⏎", "Make the picked candidate the image; the mask stays.", "primary"),
                self._button("again", "Again  A", "The same mask with other noise."),
            )
        )
        column.addLayout(_line(self._button("discard", "Discard  Esc", "Put the candidates away.")))
        column.addSpacing(12)
        column.addWidget(Heading("Start from"))
        column.addLayout(
            _line(
                self._button("example", "Data", "A random example of the data."),
                self._button("sample", "Sample", "The picked sample, or the first one."),
                self._button("open", "Open", "A picture from a file, made to fit the model's images."),
                self._button("blank", "Blank", "An empty page, all of it to be generated."),
            )
        )
        column.addStretch(1)

        self.size.show_value(self.brush.size)
        self.hardness.show_value(self.brush.hardness)
        self.count.show_value(4)
        self.mask_tool.setChecked(True)
        self.mask_tool.clicked.connect(lambda: self.set_tool(erasing=False))
        self.erase_tool.clicked.connect(lambda: self.set_tool(erasing=True))
        self.size.changed.connect(lambda size: self.set_tool(Brush(int(size), self.brush.hardness)))
        self.hardness.changed.connect(lambda hardness: self.set_tool(Brush(self.brush.size, float(hardness))))
        self.way.changed.connect(lambda _: self._show_way())
        self.form.changed.connect(self._keep_knob)
        self.temperature.changed.connect(lambda value: self.sampling_changed.emit("temperature", float(value)))
        self.label.changed.connect(lambda value: self.sampling_changed.emit("label", value))
        self.show_info(None, "")

    def _button(self, action: str, text: str, help: str, kind: str = "") -> QPushButton:
        made = button(text, help, kind)
        made.clicked.connect(lambda: self.did.emit(action))
        self.buttons[action] = made
        return made

    # --- tools ------------------------------------------------------------------------------------------------------

    def set_tool(self, brush: Brush | None = None, erasing: bool | None = None) -> None:
        """Change the tool and tell who draws with it."""
        self.brush = brush or self.brush
        self.erasing = self.erasing if erasing is None else erasing
        self.mask_tool.setChecked(not self.erasing)
        self.erase_tool.setChecked(self.erasing)
        self.size.show_value(self.brush.size)
        self.hardness.show_value(self.brush.hardness)
        self.tool_changed.emit(self.brush, self.erasing)

    def resize_brush(self, larger: bool) -> None:
        """One step larger or smaller, at least a pixel."""
        step = max(1, round(self.brush.size * 0.2))
        size = self.brush.size + (step if larger else -step)
        self.set_tool(Brush(min(LARGEST_BRUSH, max(1, size)), self.brush.hardness))

    # --- ways -------------------------------------------------------------------------------------------------------

    @property
    def question(self) -> tuple[str | None, Mapping[str, Any], int]:
        """Way, its knobs and the number of candidates that were chosen."""
        way = self.way.value
        return way, dict(self._knobs.get(way, {})), int(self.count.value)

    def show_info(self, info: RunInfo | None, family: str) -> None:
        """The ways of the model in front; ``info`` None while there is no model."""
        self._ways = {w.name: w for w in info.ways} if info is not None else {}
        if self.way.value not in self._ways:
            self._knobs.clear()
        chosen = self.way.value
        self.way.show_options([(w.name, w.title, w.help) for w in self._ways.values()])
        if chosen in self._ways:
            self.way.show_value(chosen)
        if info is None:
            self._reason = "The model is not ready yet."
        elif not self._ways:
            self._reason = (
                f"{family or 'This family'} cannot fill a mask. Choose diffusion, flow matching or kernel density."
            )
        else:
            self._reason = ""
        for each in (self.way, self.honesty, self.form):
            each.setVisible(bool(self._ways))
        self.temperature.setToolTip(info.temperature if info is not None else "")
        self.temperature.setVisible(info is not None and bool(info.temperature) and bool(self._ways))
        classes = info.classes if info is not None and info.uses_label and self._ways else ()
        self.label.show_options([(None, "any class"), *enumerate(classes)])
        self.label.setVisible(bool(classes))
        self.reason.setText(self._reason)
        self.reason.setVisible(bool(self._reason))
        self.heading.show_note(family if family.isupper() else family.lower())
        self._show_way()
        self._enable()

    def show_sampling(self, temperature: float, label: int | None) -> None:
        """What the sampling of the run holds."""
        self.temperature.show_value(temperature)
        self.label.show_value(label)

    def show_state(self, running: bool, fresh: bool, has_results: bool, can_undo: bool, can_redo: bool) -> None:
        """What can be done now; ``fresh``: finished candidates that answer what is on the canvas."""
        self._running, self._fresh = running, fresh
        for action, on in (("discard", has_results), ("undo", can_undo), ("redo", can_redo), ("accept", has_results)):
            self.buttons[action].setEnabled(on)
        self.buttons["accept"].setVisible(fresh)
        self.buttons["discard"].setVisible(has_results and not running)
        self._enable()

    def _enable(self) -> None:
        able = not self._reason
        self.buttons["fill"].setEnabled(able)
        self.buttons["fill"].setVisible(not self._running and not self._fresh)
        self.buttons["stop"].setVisible(self._running)
        self.buttons["again"].setEnabled(able and not self._running)

    def _show_way(self) -> None:
        way = self._ways.get(self.way.value)
        if way is None:
            return
        self.way.box.setToolTip(way.help)
        self.honesty.setText(HONESTY.get(way.honesty, way.honesty))
        self.honesty.setProperty("role", _TOKEN.get(way.honesty, "dim"))
        self.honesty.style().polish(self.honesty)
        self.form.show_schema(way.schema)
        defaults = {name: field.get("default") for name, field in way.schema.get("properties", {}).items()}
        self.form.show_values({**defaults, **self._knobs.get(way.name, {})})

    def _keep_knob(self, name: str, value: Any) -> None:
        self._knobs.setdefault(self.way.value, {})[name] = value


def _line(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for each in widgets:
        row.addWidget(each)
    row.addStretch(1)
    return row
