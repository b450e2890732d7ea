"""Turns: which run trains next, and for how many steps.

Runs that train share the time equally: the one that had the least of it is next; runs that are compared by steps or examples
advance together in these. A trainer counts steps, as several processes
that train one model have to agree on their number; here seconds become steps, by what a step took of late.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from dgm_studio.protocol.spec import Pace

from ..runs.run import Run


@dataclass
class Order:
    """Training that was asked for: ``steps`` and ``seconds`` are what is left, None without end; whether its end is
    ``announced``. ``pace`` is what runs that all have the same one advance together in.
    """

    steps: int | None = None
    seconds: float | None = None
    announced: bool = False
    pace: Pace = "seconds"

    @property
    def spent(self) -> bool:
        """Whether the steps or seconds asked for are used up."""
        return (self.steps is not None and self.steps <= 0) or (self.seconds is not None and self.seconds <= 0)


@dataclass
class Turn:
    """Of one run: ``had`` seconds so far, and what a step took of late, None before there was one."""

    order: Order
    had: float = 0.0
    step_seconds: float | None = None

    def steps(self, seconds: float) -> int:
        """How many steps make a slice of about so many seconds, one at least."""
        order = self.order
        seconds = seconds if order.seconds is None else min(seconds, order.seconds)
        fitting = 1 if not self.step_seconds else max(1, int(seconds / self.step_seconds))
        return fitting if order.steps is None else min(fitting, order.steps)

    def took(self, steps: int, seconds: float) -> None:
        """Book so many steps. What one takes follows at once where it falls below half, as after the first, and slowly else:
        what came between is no step's fault.
        """
        self.had += seconds
        if self.order.steps is not None:
            self.order.steps -= steps
        if self.order.seconds is not None:
            self.order.seconds -= seconds
        if steps:
            last, each = self.step_seconds, seconds / steps
            self.step_seconds = each if last is None or each < last / 2 else 0.75 * last + 0.25 * each


class Turns:
    """Of the runs of one engine, by name."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}

    def order(self, name: str) -> Order:
        """What was asked of a run last."""
        return self._of(name).order

    def had(self, name: str) -> float:
        """Seconds that a run has trained, as far as others have to catch up with it."""
        return self._of(name).had

    def _of(self, name: str) -> Turn:
        return self._turns.setdefault(name, Turn(Order()))

    def begin(self, run: Run, order: Order, others: Iterable[Run]) -> None:
        """Ask for training. What a run trained before it rested, the ``others`` that train need not catch up with."""
        turn = self._of(run.name)
        turn.order = order
        if run.trainer.phase != "training":
            turn.had = min((self._of(other.name).had for other in others), default=0.0)

    def renew(self, name: str) -> None:
        """Another model has taken a name over: what a step takes is to be found anew."""
        self._of(name).step_seconds = None

    def forget(self, name: str) -> None:
        self._turns.pop(name, None)

    def next(self, runs: Iterable[Run]) -> Run:
        """Whose turn it is among runs that train."""
        waiting = list(runs)
        paces = {self._of(run.name).order.pace for run in waiting}
        pace = paces.pop() if len(paces) == 1 else "seconds"
        return min(waiting, key=lambda run: self._advance(run, pace))

    def _advance(self, run: Run, pace: Pace) -> float:
        """How far a run is."""
        if pace == "seconds":
            return self._of(run.name).had
        return run.trainer.step * (run.trainer.settings.batch if pace == "examples" else 1)

    def take(self, run: Run, seconds: float) -> None:
        """Train a run for about so many seconds, or as far as its order goes. Raises what training raises."""
        turn, trainer = self._of(run.name), run.trainer
        first, begin = trainer.step, time.perf_counter()
        try:
            trainer.train(turn.steps(seconds))
        finally:
            turn.took(trainer.step - first, time.perf_counter() - begin)
        if turn.order.spent:
            trainer.read()
