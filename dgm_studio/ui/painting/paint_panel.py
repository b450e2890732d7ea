"""Paint panel: the brush, how the model shall answer and how honest that way is, and what to start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from dgm_studio.studio.state import RunInfo, SamplerInfo

from ..controls import ChoiceRow, Heading, SliderRow, dim, label
from ..forms import Form
from .brush_panel import BrushPanel
from .rows import ActionRow

HONESTY = {
    "exact": "exact: draws from the model's own conditional distribution",
    "asymptotic": "asymptotic: exact in the limit of many steps",
    "heuristic": "heuristic: plausible, with no promise to be the conditional distribution",
}
_TOKEN = {"exact": "good", "asymptotic": "dim", "heuristic": "warn"}
_ASK = (
    ("fill", "Fill  ⏎", "Let the model generate where the mask is 1.", "primary"),
    ("stop", "Stop  Esc", "End the answer that is under way (Esc)."),
    ("accept", "Accept  ⏎", "Make the picked candidate the image; the mask stays.", "primary"),
    ("again", "Again  A", "The same mask with other noise."),
    ("discard", "Discard", "Put the candidates away (Esc)."),
)
_START = (
    ("example", "Data", "A random example of the data."),
    ("sample", "Sample", "The picked sample, or the first one."),
    ("open", "File", "A picture from a file, made to fit the model's images; it may be dropped on the canvas as well."),
    ("blank", "Blank", "An empty page, all of it to be generated."),
)
_TAKE = (
    ("copy", "Copy", "The picture to the clipboard, or the picked candidate (Ctrl+C)."),
    ("paste", "Paste", "Start from the picture in the clipboard (Ctrl+V)."),
    ("save_picture", "Save", "Write the picture to a PNG file."),
)
_MASK = (
    ("load_mask", "Load mask", "Take the mask from the brightness of a picture: white is generated."),
    ("save_mask", "Save mask", "Write the mask to a PNG file: white is generated."),
)


class PaintPanel(QWidget):
    """``did(action)`` with an action of its buttons or of its ``brush``."""

    did = Signal(str)
    sampling_changed = Signal(str, object)
    """``temperature`` or ``label`` of the sampling, which fills share with samples."""

    def __init__(self) -> None:
        super().__init__()
        self._ways: dict[str, SamplerInfo] = {}
        self._knobs: dict[str, dict[str, Any]] = {}
        self._reason = ""
        self._running = self._fresh = False

        self.setAutoFillBackground(True)
        self.heading = Heading("Paint")
        self.brush = BrushPanel()
        self.way = ChoiceRow("method", help="How the model is made to agree with the known pixels.")
        self.honesty = label("", "dim", wrap=True)
        self.form = Form()
        self.count = SliderRow("candidates", 1, 16, integer=True, help="Answers side by side, each from its own noise.")
        self.temperature = SliderRow("temperature", 0, 2, step=0.01)
        self.label = ChoiceRow("class", help="Which class the masked part shall belong to.")
        self.reason = dim("", wrap=True)
        rows = [ActionRow(*actions) for actions in (_ASK, _START, _TAKE, _MASK)]
        self.buttons: dict[str, QPushButton] = dict(self.brush.buttons)
        for row in rows:
            self.buttons.update(row.buttons)
            row.did.connect(self.did)
        ask, start, take, mask = rows

        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.brush)
        column.addSpacing(12)
        column.addWidget(Heading("Answer"))
        for each in (self.way, self.honesty, self.form, self.temperature, self.label, self.count, self.reason):
            column.addWidget(each)
        column.addSpacing(4)
        column.addWidget(ask)
        column.addSpacing(12)
        column.addWidget(Heading("Start from"))
        column.addWidget(start)
        column.addSpacing(12)
        column.addWidget(Heading("Picture and mask"))
        column.addWidget(take)
        column.addWidget(mask)
        column.addStretch(1)

        self.count.show_value(4)
        self.brush.did.connect(self.did)
        self.way.changed.connect(lambda _: self._show_way())
        self.form.changed.connect(self._keep_knob)
        self.temperature.changed.connect(lambda value: self.sampling_changed.emit("temperature", float(value)))
        self.label.changed.connect(lambda value: self.sampling_changed.emit("label", value))
        self.show_info(None, "")

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
