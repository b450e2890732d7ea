"""Answers: what the runs of a comparison of images make of one picture and mask, each by its most careful method.

Topic ``answers``: another one came, or they were asked or forgotten. Answers are of the moment they were asked at; a cell whose
run is another one, or was trained since, says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array

from .asking import SharedQuestion, ask_to_fill, cannot_fill, distance

if TYPE_CHECKING:
    from ..studio import Studio


@dataclass
class CellAnswer:
    """What the run called ``name`` at ``step`` answers; ``problem`` says why it does not, in words that go on after "it"."""

    name: str
    step: int
    ticket: int = 0
    """Of the question it is answering, 0 when it answers none."""
    filled: m.Filled | None = None
    problem: str = ""
    distance: float | None = None
    """Root mean square difference of its answers from the original where the mask generates, in shares of the grey range."""


class CellAnswers:
    """Of one studio, by slot."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.question: SharedQuestion | None = None
        self.of: dict[str, CellAnswer] = {}
        studio.on("session", lambda _: self._follow())

    @property
    def answering(self) -> bool:
        return any(each.ticket for each in self.of.values())

    def ask(self, question: SharedQuestion) -> None:
        """Ask every run that is there."""
        self.stop()
        self.question, self.of = question, {}
        for slot, run in self._studio.comparison.runs.items():
            if run.opened is None or run.failure:
                continue
            one = self.of[slot] = CellAnswer(run.name, run.step)
            one.problem = cannot_fill(run.opened.info, question)
            if not one.problem:
                one.ticket = ask_to_fill(self._studio, run.name, run.opened.info, question)
        self._tell()

    def stop(self) -> None:
        """End what is under way; what there is of it stays."""
        for one in self.of.values():
            if one.ticket:
                self._studio.backend.send(m.Cancel(one.name, "fill"))
                one.ticket, one.problem = 0, "" if one.filled is not None else tr("was stopped")
        self._tell()

    def forget(self) -> None:
        """Show samples again."""
        self.stop()
        self.question, self.of = None, {}
        self._tell()

    def receive(self, event: m.Event) -> bool:
        """Take in an event; True when it was an answer and nobody else needs it."""
        one = next((each for each in self.of.values() if each.name == event.run and each.ticket), None)
        if one is None:
            return False
        if isinstance(event, m.Filled) and event.ticket == one.ticket:
            if event.x.size:
                one.filled = event
            if event.done:
                one.ticket = 0
                one.distance = self._distance(event.x)
            self._tell()
            return True
        if isinstance(event, m.Failed) and event.ticket == one.ticket:
            one.ticket, one.problem = 0, event.message
            self._tell()
            return True
        return False

    def _distance(self, x: Array) -> float | None:
        question = self.question
        if question is None or question.original is None or not x.size:
            return None
        found = distance(x, question.original, question.mask)
        return None if found is None else float(found.mean())

    def _follow(self) -> None:
        """Answers go with the run that gave them."""
        runs = self._studio.comparison.runs
        gone = [slot for slot, one in self.of.items() if slot not in runs or runs[slot].name != one.name]
        for slot in gone:
            del self.of[slot]
        if gone:
            self._tell()

    def _tell(self) -> None:
        self._studio.observers.tell("answers")
