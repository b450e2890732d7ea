"""Choice: the question a person is about to ask, as far as the model in front has an answer to it.

Each condition remembers the method that was chosen for it, each method its knobs. Class and temperature are those of the run's
sampling, so that samples and answers agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dgm_studio.protocol.messages import Opened, RunInfo, SamplerInfo

from .question import Condition, Question, defaults, operators_for, parse_operator, reason_against
from .results import Facts

if TYPE_CHECKING:
    from ..studio import Studio

SEEDS = 10_000
"""Dice roll seeds below this, short enough to read out."""


class Choice:
    """``changed`` is called when `question` is another one, or other ways are there to choose from."""

    def __init__(self, studio: Studio, changed: Callable[[], None]) -> None:
        self._studio, self._told = studio, changed
        self.question = Question()
        self.seed_locked = True
        self.info: RunInfo | None = None
        """Of the model in front, None while there is none of images."""
        self.family = ""
        """Its title."""
        self._knobs: dict[str, dict[str, Any]] = {}
        self._methods: dict[Condition, str] = {}

    @property
    def methods(self) -> tuple[SamplerInfo, ...]:
        """The ways the model in front has to meet the condition."""
        return () if self.info is None else self.info.methods_for(self.question.condition)

    @property
    def method(self) -> SamplerInfo | None:
        """The one that is chosen."""
        return next((w for w in self.methods if w.name == self.question.method), None)

    @property
    def reason(self) -> str:
        """Why nothing can be asked, empty when it can."""
        return reason_against(self.info, self.family, self.question.condition)

    def knows(self, question: Question) -> bool:
        """Whether the model in front has the way of a question."""
        return self.info is not None and any(
            w.name == question.method for w in self.info.methods_for(question.condition)
        )

    def same(self, one: Question, other: Question) -> bool:
        """Whether both ask the same, knobs that were never turned being what they are by default."""
        return self._full(one).same_as(self._full(other))

    def _full(self, question: Question) -> Question:
        methods = () if self.info is None else self.info.methods_for(question.condition)
        method = next((w for w in methods if w.name == question.method), None)
        return question if method is None else question.with_(knobs={**defaults(method), **question.knobs})

    # --- what a person chooses -------------------------------------------------------------------------------------

    def choose(self, **changes: Any) -> None:
        """Change fields of the question but ``condition`` and ``method``, which have methods of their own."""
        self._set(self.question.with_(**changes))

    def choose_condition(self, condition: Condition) -> None:
        """What the model is given; the way last chosen for it comes back with its knobs."""
        self._take_method(self.question.with_(condition=condition))

    def choose_method(self, name: str) -> None:
        """Another way than the careful one, which is taken where nobody has chosen."""
        self._methods[self.question.condition] = name
        self._take_method(self.question)

    def set_knob(self, name: str, value: Any) -> None:
        self._set(self.question.with_(knobs={**self.question.knobs, name: value}))

    def new_seed(self) -> None:
        """Other noise."""
        rolled = random.randrange(SEEDS - 1)
        self.choose(seed=rolled + (rolled >= self.question.seed))

    def lock_seed(self, on: bool) -> None:
        """With the seed locked the same question has the same answer."""
        self.seed_locked = on
        self._told()

    def recall(self, facts: Facts) -> None:
        """The question of an earlier answer, with its class and temperature."""
        asked = facts.question.with_(branch=None)
        sampling, wanted = (
            self._studio.session.spec("images").sampling,
            {"temperature": asked.temperature, "label": asked.label},
        )
        if wanted != {"temperature": sampling.temperature, "label": self._sampling()["label"]}:
            spec = self._studio.session.spec("images").with_sampling(**wanted)
            self._studio.edit(self._studio.session.with_spec(spec, "images"))
        asked = asked.with_(**self._sampling())
        if self.knows(asked):
            self._set(asked)
        else:  # another family answered: its method and knobs mean nothing to this one
            self._take_method(asked)

    def restore(self, question: Question, seed_locked: bool) -> None:
        """The question of a file, or of the last start: what the model in front cannot do with it is left out."""
        self.seed_locked = seed_locked
        if question.method is not None:
            self._methods[question.condition] = question.method
            self._knobs[question.method] = dict(question.knobs)
        question = question.with_(branch=None, **self._sampling())
        if self.info is None:
            self._set(question)
        else:
            self._take_method(question)

    # --- what comes from elsewhere ---------------------------------------------------------------------------------

    def opened(self, opened: Opened) -> None:
        """Another model is in front."""
        self.info = opened.info if opened.info.kind == "images" else None
        family = self._studio.catalogue.family_title(opened.spec.family)
        if self.family and family != self.family:
            self._knobs.clear()
        self.family = family
        question = self.question.with_(**self._sampling())
        if self.info is not None and parse_operator(question.operator)[0] not in operators_for(self.info.event):
            question = question.with_(operator=operators_for(self.info.event)[0].text())
        self._take_method(question)
        self._told()

    def follow_sampling(self) -> None:
        """Class and temperature may be others."""
        self.choose(**self._sampling())

    def _sampling(self) -> Mapping[str, Any]:
        """Class and temperature, as far as the model in front has classes."""
        sampling, info = self._studio.session.spec("images").sampling, self.info
        classes = info.classes if info is not None and info.uses_label else ()
        label = sampling.label
        if isinstance(label, int):
            label = label if label < len(classes) else None
        elif info is None or not info.slots:
            label = None
        return {"label": label, "temperature": sampling.temperature}

    def _take_method(self, question: Question) -> None:
        """A question by the method that was chosen for its condition, else by the careful one."""
        name, info = self._methods.get(question.condition), self.info
        methods = () if info is None else info.methods_for(question.condition)
        chosen = next((w for w in methods if w.name == name), None)
        if chosen is None and info is not None:
            chosen = info.careful(question.condition)
        knobs = {} if chosen is None else self._knobs.get(chosen.name, {})
        self._set(question.with_(method=None if chosen is None else chosen.name, knobs=knobs))

    def _set(self, question: Question) -> None:
        if question == self.question:
            return
        self.question = question
        if question.method is not None:
            self._knobs[question.method] = dict(question.knobs)
        self._told()
