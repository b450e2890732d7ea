"""Answers: what is asked of the model about the canvas, and what becomes of what it says.

One question is in flight at a time, and a question that nobody can answer leaves what was there before. Finished answers
go into the history. What is asked when is decided by `fill_state.advance`, which is told what happened and says what to do;
the document is looked at once a tick, by its version.

Topics for `FillController.on`: ``question`` (`Question`), ``state`` (None: running, live or outdated changed).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Filled, Opened

from ..session.state import Callback, Observers, RunState
from .canvas import Canvas
from .canvas_steps import Results
from .choice import Choice
from .fill_state import (
    STALE,
    Ask,
    Chosen,
    Ended,
    Event,
    FillState,
    Painted,
    Sent,
    Switched,
    Tick,
    advance,
)
from .question import Question, draft_of
from .results import ResultHistory, kept

if TYPE_CHECKING:
    from ..studio import Studio

RESTS = 4.0
"""While a model trains, live mode asks anew after so many times as long as a careful answer takes."""


@dataclass(frozen=True)
class _Flight:
    """A question under way, what was there before it, and since when. ``walks_again`` an answer to see its steps."""

    ticket: int
    asked: Results
    before: Results | None
    since: float
    draft: bool = False
    walks_again: bool = False


class FillController:
    """Of one canvas. Call `receive`, `failed` and `opened` with what the engine says, and `tick` at display rate."""

    def __init__(
        self,
        studio: Studio,
        canvas: Canvas,
        history: ResultHistory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._studio, self._canvas, self.clock = studio, canvas, clock
        self.history = history or ResultHistory()
        self.choice = Choice(studio, self._chosen)
        self.state = FillState(version=canvas.version)
        """What is asked and wanted; changed by events alone."""
        self._flight: _Flight | None = None
        self._awaits_model = False
        self._answered_at = 0.0
        self._asked_step = 0
        self._observers = Observers()
        self._leave = [studio.on("session", self._session_changed), studio.on("failed", self._model_failed),
                       canvas.on("results", self._results_changed)]  # fmt: skip

    def on(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Observe a topic; returns a function that ends it."""
        return self._observers.on(topic, callback)

    def close(self) -> None:
        """Watch the canvas no longer."""
        for leave in self._leave:
            leave()

    @property
    def question(self) -> Question:
        """What would be asked now; `choice` changes it."""
        return self.choice.question

    def _chosen(self) -> None:
        self._observers.tell("question", self.question)
        if self.state.live and not self._answered_already:
            self._happened(Chosen())

    def _happened(self, event: Event) -> None:
        """Take in an event, and do what follows from it."""
        self.state, commands = advance(self.state, event, self.clock())
        for command in commands:
            if isinstance(command, Ask):
                self._ask_live(command.draft)
            else:
                self._studio.ask.cancel("fill")
                self._end_flight()

    def _session_changed(self, _: object) -> None:
        self.choice.follow_sampling()
        self._ask_awaited()

    # --- asking ----------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._flight is not None or self._awaits_model

    @property
    def waiting(self) -> bool:
        """Whether the model that is asked is still being built."""
        return self._awaits_model

    def fill(self) -> None:
        """Ask for candidates."""
        if not self.choice.seed_locked:
            self.choice.new_seed()
        self._ask_chosen()

    def again(self) -> None:
        """The same with the next seed; nothing where the model has no answer."""
        if not self.choice.reason:
            self.choice.choose(seed=(self.question.seed + 1) % 2**63)
            self._ask_chosen()

    def _ask_chosen(self) -> None:
        """Ask the model that is chosen; one that is on its way is waited for."""
        if self.ready:
            self._ask(self.question)
        else:
            self._awaits_model = True
            self._observers.tell("state")

    def _ask_awaited(self) -> None:
        if self._awaits_model and self.ready:
            self._awaits_model = False
            self._ask(self.question)
            self._observers.tell("state")

    def _model_failed(self, run: RunState) -> None:
        if self._awaits_model and run.slot == "images":
            self._awaits_model = False
            self._observers.tell("state")

    @property
    def ready(self) -> bool:
        """Whether the model in front is the one that is chosen."""
        return self._studio.runs["images"].ready_for(self._studio.session.spec("images"))

    def branch(self, frame: int, other_seed: bool = False) -> None:
        """Go on from a step of the answer that is shown, with the mask as it is now; the steps before it stay."""
        results = self._canvas.results
        answer = results.answer if results is not None else None
        if results is None or answer is None or answer.numbers is None or results.question is None:
            self._studio.notify(
                "info", tr("The steps of this answer are not kept any more."), tr("Walk them again, then branch.")
            )
            return
        number = int(answer.numbers[min(frame, len(answer.numbers) - 1)])
        seed = (results.seed + 1) % 2**63 if other_seed else results.seed
        question = results.question.with_(branch=(answer.ticket, number), seed=seed, count=len(answer.x))
        self._ask(question, origin=results)

    def walk_again(self) -> None:
        """See the steps of the answer that is shown once more: its seed and its question fix them."""
        shown = self._canvas.results
        if shown is None or shown.answer is None or self.running:
            return
        known = shown.question is not None and self.choice.knows(shown.question)
        if shown.answer.step != self._studio.runs["images"].step or not known:
            self._studio.notify(
                "info", tr("Another model gave this answer, so its steps cannot be walked again."), tr("Ask again.")
            )
            return
        ticket = self._studio.ask.fill(shown, live=False)
        self._flight = _Flight(ticket, shown, shown, self.clock(), walks_again=True)
        self._observers.tell("state")

    def stop(self) -> None:
        """Give up what is under way; what there is of it is told as the last."""
        self._awaits_model = False
        if self._flight is not None:
            self._studio.ask.cancel("fill")
        self._observers.tell("state")

    def _askable(self, question: Question, tell: bool) -> bool:
        info = self.choice.info
        if info is None or not info.methods_for(question.condition):
            return False
        if question.condition == "mask" and not self._canvas.mask.any():
            if tell:
                self._studio.notify(
                    "info", tr("Nothing is masked."), tr("Paint the part that the model shall generate, or press F.")
                )
            return False
        return True

    def _ask(
        self, question: Question, draft: bool = False, lively: bool = False, origin: Results | None = None
    ) -> int | None:
        if not self._askable(question, tell=not lively):
            return None
        before = self._canvas.results
        if self._flight is not None and before is not None and before.asking == self._flight.asked.asking:
            before = self._flight.before if before.answer is None else before
        asked = self._canvas.ask(question.seed, question, origin)
        self._asked_step = self._studio.runs["images"].step
        ticket = self._studio.ask.fill(asked, live=not lively, keep=not draft)
        self._flight = _Flight(ticket, asked, before, self.clock(), draft)
        if lively:
            self._happened(Sent(ticket, draft))
        self._observers.tell("state")
        return ticket

    def _end_flight(self) -> None:
        """Nothing is under way any more, and where it brought nothing, there is again what was there before."""
        flight, self._flight = self._flight, None
        if flight is None:
            return
        self._happened(Ended(flight.ticket))
        shown = self._canvas.results
        here = shown is not None and shown.asking == flight.asked.asking and not flight.walks_again
        if shown is not None and here and (shown.answer is None or flight.before is not None):
            self._canvas.put_back(flight.before)
        self._observers.tell("state")

    # --- live ------------------------------------------------------------------------------------------------------

    def switch_live(self, on: bool) -> None:
        """Follow the brush from now on, or no longer."""
        self._happened(Switched(on))
        self._observers.tell("state")

    @property
    def overdue(self) -> bool:
        """Whether what live mode shows is older than it may be."""
        return self.state.overdue(self.clock())

    def tick(self) -> None:
        """Look at the document; in live mode, ask when it is time to."""
        here = (self._canvas.version, self._canvas.painting)
        if here != (self.state.version, self.state.painting):
            self._happened(Painted(*here, settled=self._answered_already))
        if self.state.live and self.ready and self._askable(self.question, tell=False):
            if self._model_moved_on:
                self._happened(Chosen())
            self._happened(Tick())

    @property
    def _model_moved_on(self) -> bool:
        """Whether the model has learned since it answered, and nothing else is asked: at times while it trains on."""
        run, shown = self._studio.runs["images"], self._canvas.results
        if self.state.pending or shown is None or shown.answer is None or self._asked_step == run.step:
            return False
        return not run.training or self.clock() - self._answered_at >= max(STALE, RESTS * self.state.careful_took)

    def _ask_live(self, draft: bool) -> None:
        info = self.choice.info
        assert info is not None  # `tick` has looked
        self._ask(draft_of(self.question, info) if draft else self.question, draft, lively=True)

    @property
    def _answered_already(self) -> bool:
        """Whether what would be asked is what is answered or under way."""
        results = self._canvas.results
        return results is not None and not self._canvas.changes and results.question == self.question

    def _settle(self) -> None:
        """What was done to the document just now asks nothing new."""
        self._happened(Painted(self._canvas.version, self._canvas.painting, settled=True))

    # --- answers ---------------------------------------------------------------------------------------------------

    def opened(self, opened: Opened) -> None:
        """Another model is in front."""
        self._end_flight()
        self.choice.opened(opened)
        self._happened(Switched(self.state.live))
        self._observers.tell("state")
        self._ask_awaited()

    def receive(self, filled: Filled) -> None:
        """An answer, or a step on its way."""
        flight = self._flight
        if flight is None or filled.ticket != flight.ticket:
            return
        if filled.stopped and (flight.walks_again or not filled.x.size):
            self._end_flight()
            return
        if filled.done:
            self._flight, self._answered_at = None, self.clock()
            self._happened(Ended(filled.ticket))
        old = flight.asked.answer
        same = flight.walks_again and old is not None and np.array_equal(filled.x, old.x)
        new = filled.done and not flight.draft and not same
        number = flight.asked.number if same else self.history.next_number if new else 0
        shown = self._canvas.results
        if shown is not None and shown.asking == flight.asked.asking:
            self._canvas.answer(filled, number)
        if same:
            self.history.walked(number, filled)
        if new:
            took, choice = self.clock() - flight.since, self.choice
            self.history.add(kept(number, flight.asked, filled, choice.info, choice.family, took))
        self._observers.tell("state")

    def failed(self) -> None:
        """What was asked has no answer."""
        self._awaits_model = False
        self._end_flight()

    def _results_changed(self, results: Results | None) -> None:
        """Candidates that were accepted, discarded or undone are waited for no longer."""
        flight = self._flight
        if flight is not None and (results is None or results.asking != flight.asked.asking):
            self._studio.ask.cancel("fill")
            self._flight = None
            self._happened(Ended(flight.ticket))

    @property
    def outdated(self) -> tuple[str, ...]:
        """Why the candidates are not what would be answered now: of "mask", "picture", "condition", "model", "family"."""
        results = self._canvas.results
        if results is None:
            return ()
        reasons = list(self._canvas.changes)
        if (
            results.question is not None
            and not self.state.live
            and not self.choice.same(results.question, self.question)
        ):
            reasons.append("condition")
        answer = results.answer
        progress = self._studio.runs["images"].progress
        if answer is not None and answer.done and progress is not None and answer.step != progress.step:
            reasons.append("model")
        run = self._studio.runs["images"]
        if run.opened is not None and not run.is_of(self._studio.session.spec("images")):
            reasons.append("family")
        return tuple(reasons)

    def accept(self, index: int, frame: int | None = None) -> None:
        """Make a candidate, or one step on its way, the picture; live mode waits for the next stroke."""
        if self._canvas.results is None or self._canvas.results.candidates is None:
            return
        self._canvas.accept(max(0, index), frame)
        self._settle()

    def show(self, number: int) -> None:
        """Bring an earlier answer back: its picture, mask, question and candidates."""
        result, candidates = self.history.find(number), self.history.candidates(number)
        if result is None or candidates is None:
            return
        if result.image.shape != self._canvas.image.shape:
            self._studio.notify(
                "info", tr("That answer is of pictures of another size."), tr("Choose the data it was made with first.")
            )
            return
        self._canvas.recall(result.image, result.colour, result.mask, candidates)
        self.choice.recall(result.facts)
        self._settle()
        self._observers.tell("state")
