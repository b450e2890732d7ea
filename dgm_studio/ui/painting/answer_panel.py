"""Answer panel: what the model is given, the method by which it answers and how honest that is, and what decides the answer.

Only the ways that meet the chosen condition are listed; where a family has none, it says so and names some that have.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.context import Label
from dgm_studio.protocol.messages import RunInfo, SamplerInfo
from dgm_studio.studio.painting.question import (
    CANDIDATES,
    NOISE,
    OPERATORS,
    OperatorChoice,
    Question,
    defaults,
    operators_for,
    parse_operator,
    strength_steps,
    takes_strength,
)

from ..controls import ChoiceRow, EntryRow, Heading, Segmented, SliderRow, SwitchRow, Tree, button, dim, label, spoken
from ..forms import Form
from ..look import theme
from ..look.icons import icon
from .rows import ActionRow

HONESTY = {
    "exact": tr("● exact: draws from the model's own conditional distribution"),
    "asymptotic": tr("◐ asymptotic: exact in the limit of many steps"),
    "heuristic": tr("○ heuristic: plausible, with no promise to be the conditional distribution"),
}
_ROLE = {"exact": "good", "asymptotic": "dim", "heuristic": "warn"}
_CONDITIONS = (
    ("mask", tr("Mask"), tr("Generate where the mask is 1; what is known comes back to the last bit.")),
    (
        "strokes",
        tr("Strokes"),
        tr("Colours painted over the picture are a sketch that the model works out; a mask confines it."),
    ),
    (
        "observation",
        tr("Measure"),
        tr("The model sees the picture only through an operator, and finds pictures that fit."),
    ),
)
_ASK = (
    ("fill", tr("Fill  ⏎"), tr("Let the model answer (Enter)."), "primary"),
    ("stop", tr("Stop  Esc"), tr("End the answer that is under way (Esc).")),
    ("accept", tr("Accept  ⏎"), tr("Make the picked candidate the picture; the mask stays (Enter)."), "primary"),
    ("again", tr("Again  A"), tr("The same question with the next seed (A).")),
    ("discard", tr("Discard"), tr("Put the candidates away (Esc).")),
)
_VERB = {"mask": tr("Fill  ⏎"), "strokes": tr("Work out  ⏎"), "observation": tr("Restore  ⏎")}


class AnswerPanel(QWidget):
    """Shows a `Question`; every signal is a wish to change it. ``did(action)`` of a button."""

    did = Signal(str)
    condition_chosen = Signal(str)
    method_chosen = Signal(str)
    knob_changed = Signal(str, object)
    asked_changed = Signal(str, object)
    """A field of the question and its value."""
    sampling_changed = Signal(str, object)
    """``temperature`` or ``label`` of the sampling, which answers share with samples."""
    live_switched = Signal(bool)
    seed_locked = Signal(bool)
    seed_rolled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._methods: dict[str, SamplerInfo] = {}
        self._question = Question()
        self._operators: dict[str, OperatorChoice] = {}
        self._classes: tuple[str, ...] = ()
        self._temperature = ""
        self._reason = ""
        self._running = self._fresh = False
        self.heading = Heading(tr("Answer"))
        self.condition = Segmented(_CONDITIONS, tr("Condition"))
        for made in self.condition.buttons.values():
            made.setProperty("fit", "tight")
        self.method = ChoiceRow(
            tr("method"), help=tr("How the model is made to agree with what it is given."), long=True
        )
        self.honesty = label("", "dim", wrap=True)
        self.form = Form()
        self.strength = SliderRow(
            tr("strength"),
            0,
            1,
            step=0.001,
            help=tr("How far the answer may leave the sketch; it stops where a step is more."),
        )
        self.strength_note = dim("", wrap=True)
        self.operator = ChoiceRow(tr("operator"), help=tr("The measurement y = A x + noise that the model is shown."))
        self.numbers = {
            o.word: SliderRow(o.number, o.low, o.high, scale="log", unit=o.unit, help=o.help)
            for o in OPERATORS
            if o.number
        }
        self.noise = SliderRow(
            tr("noise"), *NOISE, step=0.01, help=tr("Of the measurement; 1 is half the way black to white.")
        )
        self.temperature = SliderRow(tr("temperature"), 0, 2, step=0.01)
        self.label = ChoiceRow(tr("class"), help=tr("Which class the answer shall belong to."))
        self.count = SliderRow(
            tr("candidates"), *CANDIDATES, integer=True, help=tr("Answers side by side, each from own noise.")
        )
        self.seed = EntryRow(
            tr("seed"), tr("Fixes the noise: the same question with the same seed has the same answer."), int
        )
        self.dice = button("", tr("Another seed."))
        self.dice.setAccessibleName(tr("Another seed"))
        self.lock = button("", tr("Hold the seed; unlocked, every question takes another one."))
        self.lock.setAccessibleName(tr("Hold the seed"))
        self.lock.setCheckable(True)
        for extra in (self.dice, self.lock):
            self.seed.line.addWidget(extra)
        self.live = SwitchRow(
            tr("live  V"), tr("Answers follow the brush: drafts while you paint, a careful one on release (V).")
        )
        self.cadence = dim("")
        self.live.line.addWidget(self.cadence)
        self.reason = dim("", wrap=True)
        ask = ActionRow(*_ASK)
        self.buttons: dict[str, QPushButton] = dict(ask.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._asked = (self.method, self.honesty, self.form)
        for each in (self.heading, self.condition, self.reason, ask, self.live, self.operator, *self.numbers.values(),
                     self.noise, self.strength, self.strength_note, *self._asked, self.temperature, self.label,
                     self.count, self.seed):  # fmt: skip
            column.addWidget(each)
        ask.did.connect(self.did)
        self.condition.chosen.connect(self.condition_chosen)
        self.method.changed.connect(lambda name: self.method_chosen.emit(name))
        self.form.changed.connect(self.knob_changed)
        self.strength.changed.connect(self._snap)
        self.operator.changed.connect(lambda word: self._measure(word, None))
        for word, row in self.numbers.items():
            row.changed.connect(lambda value, word=word: self._measure(word, float(value)))
        self.noise.changed.connect(lambda value: self.asked_changed.emit("noise", round(float(value), 3)))
        self.count.changed.connect(lambda value: self.asked_changed.emit("count", int(value)))
        self.seed.changed.connect(lambda value: self.asked_changed.emit("seed", max(0, value)))
        self.dice.clicked.connect(self.seed_rolled)
        self.lock.clicked.connect(self.seed_locked)
        self.live.changed.connect(lambda on: self.live_switched.emit(on))
        self.temperature.changed.connect(lambda value: self.sampling_changed.emit("temperature", float(value)))
        self.label.changed.connect(lambda value: self.sampling_changed.emit("label", value))
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {
            "condition": self.condition,
            "method": self.method,
            "knob": self.form,
            "sketch_strength": self.strength,
            "operator": self.operator,
            "measure": self.numbers,
            "noise": self.noise,
            "temperature": self.temperature,
            "class": self.label,
            "count": self.count,
            "seed": self.seed,
            "new_seed": self.dice,
            "hold_seed": self.lock,
            "live": self.live,
            **self.buttons,
        }

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_info(self, info: RunInfo | None, family: str) -> None:
        """The model in front, None while there is none."""
        self.heading.show_note(family if family.isupper() else family.lower())
        self._temperature = info.temperature if info is not None else ""
        self.temperature.setToolTip(self._temperature)
        self._classes = info.classes if info is not None and info.uses_label else ()
        self.label.show_options([(None, tr("any class")), *enumerate(self._classes)])
        self._operators = {} if info is None else {o.word: o for o in operators_for(info.event)}
        self.operator.show_options([(o.word, o.title, o.help) for o in self._operators.values()])

    def show_question(self, question: Question, methods: tuple[SamplerInfo, ...], reason: str, locked: bool) -> None:
        """What would be asked now; ``reason`` why it cannot be."""
        self._question, self._reason = question, reason
        self._methods = {w.name: w for w in methods}
        self.condition.show_value(question.condition)
        self.method.show_options([(w.name, w.title, w.help) for w in methods])
        self.method.show_value(question.method)
        self.count.show_value(question.count)
        self.seed.show_value(question.seed)
        self.lock.setChecked(locked)
        self.buttons["fill"].setText(_VERB[question.condition])
        self.buttons["fill"].setAccessibleName(spoken(_VERB[question.condition]))
        abilities = bool(methods)
        for each in self._asked:
            each.setVisible(abilities)
        self.temperature.setVisible(abilities and bool(self._temperature))
        self.label.setVisible(abilities and bool(self._classes))
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self._show_method()
        self._show_strokes(abilities and question.condition == "strokes")
        self._show_operator(abilities and question.condition == "observation")
        self._restyle()
        self._enable()

    def show_sampling(self, temperature: float, label: Label) -> None:
        """What the sampling of the run holds."""
        self.temperature.show_value(temperature)
        self.label.show_value(label)

    def show_state(self, running: bool, fresh: bool, has_results: bool) -> None:
        """What can be done now; ``fresh``: finished candidates that answer what is on the canvas."""
        self._running, self._fresh = running, fresh
        self.buttons["accept"].setEnabled(has_results)
        self.buttons["accept"].setVisible(fresh)
        self.buttons["discard"].setEnabled(has_results)
        self.buttons["discard"].setVisible(has_results and not running)
        self._enable()

    def show_live(self, on: bool, draft: float, careful: float) -> None:
        """Seconds from question to answer of each kind, 0 before the first one."""
        self.live.show_value(on)
        took = " · ".join(f"{s:.2f} s {kind}" for s, kind in ((draft, tr("a draft")), (careful, "careful")) if s)
        self.cadence.setText((took or tr("paint, and it follows")) if on else "")

    def _enable(self) -> None:
        abilities = not self._reason
        self.buttons["fill"].setEnabled(abilities)
        self.buttons["fill"].setVisible(not self._running and not self._fresh)
        self.buttons["stop"].setVisible(self._running)
        self.buttons["again"].setEnabled(abilities and not self._running)

    def _show_method(self) -> None:
        method = self._methods.get(self._question.method or "")
        if method is None:
            return
        self.method.box.setToolTip(f"<b>{method.title}</b><br>{method.help}")
        self.honesty.setText(HONESTY.get(method.honesty, method.honesty))
        self.honesty.setToolTip(method.help)
        self.honesty.setProperty("role", _ROLE.get(method.honesty, "dim"))
        self.honesty.style().polish(self.honesty)
        self.form.show_schema(method.schema)
        self.form.show_values({**defaults(method), **self._question.knobs})

    def _show_strokes(self, on: bool) -> None:
        on = on and takes_strength(self._methods.get(self._question.method or ""))
        self.strength.setVisible(on)
        self.strength_note.setVisible(on)
        steps = self._steps
        self.strength.show_value(self._question.strength)
        if steps is None:
            self.strength_note.setText(tr("0 keeps what is painted, 1 forgets it"))
        else:
            made = round(self._question.strength * steps)
            what = (
                tr("nothing changes")
                if made == 0
                else tr("the sketch is forgotten")
                if made == steps
                else tr("noised, then denoised")
            )
            self.strength_note.setText(tr("{made} of {steps} steps · {what}", made=made, steps=steps, what=what))

    def _show_operator(self, on: bool) -> None:
        self.operator.setVisible(on)
        word = ""
        if on:
            try:
                chosen, value = parse_operator(self._question.operator)
            except ValueError:
                return
            word = chosen.word
            self.operator.show_value(word)
            self.operator.box.setToolTip(chosen.help)
            if word in self.numbers:
                self.numbers[word].show_value(value)
        for name, row in self.numbers.items():
            row.setVisible(name == word)
        self.noise.setVisible(on and word != "noise")
        self.noise.show_value(self._question.noise)

    def _restyle(self) -> None:
        self.dice.setIcon(icon("dice"))
        locked = self.lock.isChecked()
        self.lock.setIcon(icon("lock" if locked else "unlock", "accent" if locked else "dim"))

    # --- what a person does -----------------------------------------------------------------------------------------

    @property
    def _steps(self) -> int | None:
        method = self._methods.get(self._question.method or "")
        return None if method is None else strength_steps(method, self._question.knobs)

    def _snap(self, value: float) -> None:
        """Only strengths that make another number of steps are different ones."""
        steps = self._steps
        snapped = float(value) if steps is None else round(float(value) * steps) / steps
        self.strength.show_value(snapped)
        self.asked_changed.emit("strength", snapped)

    def _measure(self, word: str, value: float | None) -> None:
        self.asked_changed.emit("operator", self._operators[word].text(value))
