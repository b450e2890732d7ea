"""Answers: what is asked of the model about the canvas, and what becomes of what it says.

One question is in flight at a time. Finished answers go into the history; in live mode (`live.Live`) drafts follow the
brush and a careful answer its release.

Topics for `Answers.on`: ``question`` (`Question`), ``state`` (None: running, live or outdated changed).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .canvas import Canvas
from .canvas_ink import flatten
from .canvas_steps import Results
from .live import Live
from .question import (
    Condition,
    Question,
    defaults,
    draft_of,
    operators_for,
    parse_operator,
    reason_against,
)
from .results import Facts, Result, ResultHistory
from .state import Array, Callback, Filled, Observers, Opened, RunInfo, SamplerInfo

if TYPE_CHECKING:
    from .studio import Studio

SEEDS = 10_000
"""Dice roll seeds below this, short enough to read out."""


@dataclass(frozen=True)
class _Flight:
    """A question under way: what it was about, and since when."""

    ticket: int
    asked: Results
    question: Question
    image: Array
    colour: Array | None
    since: float
    draft: bool
    lively: bool


class Answers:
    """Of one canvas. Call `receive`, `failed` and `opened` with what the engine says, and `tick` at display rate."""

    def __init__(
        self,
        studio: Studio,
        canvas: Canvas,
        history: ResultHistory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._studio, self._canvas, self._clock = studio, canvas, clock
        self.history = history or ResultHistory()
        self.question = Question()
        self.seed_locked = True
        self.live = Live(self._ask_live, self._cancel, clock)
        self.info: RunInfo | None = None
        self.family = ""
        self._knobs: dict[str, dict[str, Any]] = {}
        self._ways: dict[Condition, str] = {}
        self._flight: _Flight | None = None
        self._quiet = False
        self._observers = Observers()
        self._leave = [canvas.on("pixels", self._changed), canvas.on("history", self._rested),
                       canvas.on("lifted", self._rested), canvas.on("results", self._results_changed)]  # fmt: skip

    def on(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Observe a topic; returns a function that ends it."""
        return self._observers.on(topic, callback)

    def close(self) -> None:
        """Watch the canvas no longer."""
        for leave in self._leave:
            leave()

    # --- the question ----------------------------------------------------------------------------------------------

    @property
    def ways(self) -> tuple[SamplerInfo, ...]:
        """The ways the model in front has to meet the condition."""
        return () if self.info is None else self.info.ways_for(self.question.condition)

    @property
    def way(self) -> SamplerInfo | None:
        """The one that is chosen."""
        return next((w for w in self.ways if w.name == self.question.way), None)

    @property
    def reason(self) -> str:
        """Why nothing can be asked, empty when it can."""
        return reason_against(self.info, self.family, self.question.condition)

    def choose(self, **changes: Any) -> None:
        """Change fields of the question but ``condition`` and ``way``, which have their own methods."""
        self._set(self.question.with_(**changes))

    def choose_condition(self, condition: Condition) -> None:
        """What the model is given; the way last chosen for it comes back with its knobs."""
        self._take_way(self.question.with_(condition=condition), self._ways.get(condition))

    def choose_way(self, name: str) -> None:
        """Another way than the careful one, which is taken where nobody has chosen."""
        self._ways[self.question.condition] = name
        self._take_way(self.question, name)

    def set_knob(self, name: str, value: Any) -> None:
        self._set(self.question.with_(knobs={**self.question.knobs, name: value}))

    def new_seed(self) -> None:
        """Other noise."""
        rolled = random.randrange(SEEDS - 1)
        self.choose(seed=rolled + (rolled >= self.question.seed))

    def lock_seed(self, on: bool) -> None:
        """With the seed locked the same question has the same answer."""
        self.seed_locked = on
        self._observers.tell("question", self.question)

    def _take_way(self, question: Question, name: str | None) -> None:
        ways = () if self.info is None else self.info.ways_for(question.condition)
        chosen = next((w for w in ways if w.name == name), None)
        if chosen is None and self.info is not None:
            chosen = self.info.careful(question.condition)
        knobs = {} if chosen is None else self._knobs.get(chosen.name, {})
        self._set(question.with_(way=None if chosen is None else chosen.name, knobs=knobs))

    def _set(self, question: Question) -> None:
        if question == self.question:
            return
        self.question = question
        if question.way is not None:
            self._knobs[question.way] = dict(question.knobs)
        self._observers.tell("question", question)
        self._want(painting=False)

    # --- asking ----------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._flight is not None

    def fill(self) -> None:
        """Ask for candidates."""
        if not self.seed_locked:
            self.new_seed()
        self._ask(self.question)

    def again(self) -> None:
        """The same with the next seed."""
        self.choose(seed=(self.question.seed + 1) % 2**63)
        self._ask(self.question)

    def branch(self, frame: int, other_seed: bool = False) -> None:
        """Go on from a step of the answer that is shown, with the mask as it is now; the steps before it stay."""
        results = self._canvas.results
        answer = results.answer if results is not None else None
        if results is None or answer is None or answer.numbers is None or results.question is None:
            self._studio.notify("info", "The steps of this answer are not kept any more.", "Ask again, then branch.")
            return
        number = int(answer.numbers[min(frame, len(answer.numbers) - 1)])
        seed = (results.seed + 1) % 2**63 if other_seed else results.seed
        self._ask(results.question.with_(branch=(answer.ticket, number), seed=seed, count=len(answer.x)))

    def stop(self) -> None:
        """Give up what is under way; what there is of it stays."""
        if self._flight is not None:
            ticket = self._flight.ticket
            self._cancel()
            self.live.answered(ticket)

    def _askable(self, question: Question, tell: bool) -> bool:
        if self.info is None or not self.info.ways_for(question.condition):
            return False
        if question.condition == "mask" and not self._canvas.mask.any():
            if tell:
                self._studio.notify(
                    "info", "Nothing is masked.", "Paint the part that the model shall generate, or press F."
                )
            return False
        return True

    def _ask(self, question: Question, draft: bool = False, lively: bool = False) -> int | None:
        if not self._askable(question, tell=not lively):
            return None
        canvas = self._canvas
        strokes = canvas.colour.copy() if canvas.colour.any() else None
        under = canvas.image
        asked = canvas.ask(question.seed, question)
        more = question.asked_with()
        picture = asked.image
        if question.condition == "strokes":
            picture = under
            more["strokes"] = np.zeros((*canvas.shape, 4), np.uint8) if strokes is None else strokes
        ticket = self._studio.ask.fill(picture, asked.mask, question.count, question.seed, question.way,
                                       question.knobs, live=not lively, **more)  # fmt: skip
        self._flight = _Flight(ticket, asked, question, under, strokes, self._clock(), draft, lively)
        self._observers.tell("state")
        return ticket

    def _cancel(self) -> None:
        self._studio.ask.cancel("fill")
        self._flight = None
        self._observers.tell("state")

    # --- live ------------------------------------------------------------------------------------------------------

    def switch_live(self, on: bool) -> None:
        """Follow the brush from now on, or no longer."""
        self.live.switch(on)
        self._observers.tell("state")

    def tick(self) -> None:
        """In live mode, ask when it is time to."""
        if self.live.on and self._askable(self.question, tell=False):
            self.live.tick()

    def _ask_live(self, draft: bool) -> int:
        info = self.info
        assert info is not None
        ticket = self._ask(draft_of(self.question, info) if draft else self.question, draft, lively=True)
        assert ticket is not None  # `tick` has looked
        return ticket

    def _changed(self, _: object) -> None:
        self._want(painting=self._canvas.painting)

    def _rested(self, _: object) -> None:
        if not self._canvas.painting:
            self._want(painting=False)

    def _want(self, *, painting: bool) -> None:
        """What is on the canvas is another question, unless it is the one that is answered or under way."""
        if not self.live.on or self._quiet:
            return
        results = self._canvas.results
        same = results is not None and not self._canvas.changes and results.question == self.question
        if not same:
            self.live.changed(painting=painting)

    # --- answers ---------------------------------------------------------------------------------------------------

    def opened(self, opened: Opened) -> None:
        """Another model is in front."""
        catalogue = self._studio.catalogue or {}
        titles = {f["name"]: f["title"] for f in catalogue.get("families", ())}
        self.info = opened.info if len(opened.info.event) == 3 else None
        family = str(titles.get(opened.spec.family, opened.spec.family))
        if family != self.family:
            self._knobs.clear()
        self.family = family
        self._flight = None
        self.live.switch(self.live.on)
        question = self.question
        if self.info is not None and parse_operator(question.operator)[0] not in operators_for(self.info.event):
            question = question.with_(operator=operators_for(self.info.event)[0].text())
        self._take_way(question, self._ways.get(question.condition))
        self._observers.tell("question", self.question)
        self._observers.tell("state")

    def receive(self, filled: Filled) -> None:
        """An answer, or a step on its way."""
        flight = self._flight
        if flight is None or filled.ticket != flight.ticket:
            return
        if filled.done or filled.stopped:
            self._flight = None
            self.live.answered(filled.ticket)
        shown = self._canvas.results
        if shown is not None and shown.image is flight.asked.image:
            self._canvas.answer(filled)
        if filled.done and not filled.stopped and not flight.draft:
            self.history.add(self._result(flight, filled))
        self._observers.tell("state")

    def failed(self) -> None:
        """What was asked has no answer."""
        if self._flight is not None:
            self.live.answered(self._flight.ticket)
            self._flight = None
            self._observers.tell("state")

    def _result(self, flight: _Flight, filled: Filled) -> Result:
        studio, q = self._studio, flight.question
        sampling, info = studio.session.images.sampling, self.info
        classes = info.classes if info is not None and info.uses_label else ()
        label = sampling.label if sampling.label is not None and sampling.label < len(classes) else None
        way = next((w for w in (info.ways if info is not None else ()) if w.name == filled.way), None)
        knobs = {**defaults(way), **q.knobs} if way is not None else dict(q.knobs)
        facts = Facts(
            number=self.history.next_number,
            question=q.with_(way=filled.way, knobs=knobs),
            family=self.family,
            data=info.data_title if info is not None else "",
            step=filled.step,
            way=way.title if way is not None else filled.way,
            honesty=filled.honesty,
            temperature=sampling.temperature,
            label=label,
            class_name="" if label is None else classes[label],
            seconds=self._clock() - flight.since,
            masked=float(flight.asked.mask.mean()),
        )
        return Result(facts, flight.image, flight.colour, flight.asked.mask, filled)

    def _results_changed(self, results: Results | None) -> None:
        """Candidates that were accepted, discarded or undone are waited for no longer."""
        flight = self._flight
        if flight is not None and (results is None or results.image is not flight.asked.image):
            self._studio.ask.cancel("fill")
            self._flight = None
            self.live.answered(flight.ticket)

    @property
    def outdated(self) -> tuple[str, ...]:
        """Why the candidates are not what would be answered now: of "mask", "picture", "condition" and "model"."""
        results = self._canvas.results
        if results is None:
            return ()
        reasons = list(self._canvas.changes)
        if results.question is not None and not results.question.same_as(self.question) and not self.live.on:
            reasons.append("condition")
        answer = results.answer
        progress = self._studio.runs["images"].progress
        if answer is not None and answer.done and progress is not None and answer.step != progress.step:
            reasons.append("model")
        return tuple(reasons)

    def accept(self, index: int, frame: int | None = None) -> None:
        """Make a candidate, or one step on its way, the picture; live mode waits for the next stroke."""
        if self._canvas.results is None or self._canvas.results.candidates is None:
            return
        self._quiet = True
        try:
            self._canvas.accept(max(0, index), frame)
        finally:
            self._quiet = False

    def show(self, number: int) -> None:
        """Bring an earlier answer back: its picture, mask, question and candidates."""
        result = self.history.find(number)
        if result is None:
            return
        if result.image.shape != self._canvas.image.shape:
            self._studio.notify(
                "info", "That answer is of pictures of another size.", "Choose the data it was made with first."
            )
            return
        self._quiet = True
        try:
            flat = result.image if result.colour is None else flatten(result.image, result.colour)
            self._canvas.recall(result.image, result.colour, result.mask, result.candidates(flat))
            self._recall_question(result.facts)
        finally:
            self._quiet = False
        self._observers.tell("state")

    def _recall_question(self, facts: Facts) -> None:
        asked = facts.question.with_(branch=None)
        known = self.info is not None and any(w.name == asked.way for w in self.info.ways_for(asked.condition))
        if known:
            self._set(asked)
        else:  # another family answered: its way and knobs mean nothing to this one
            self._take_way(asked, self._ways.get(asked.condition))
