"""Safekeeping: the state to go back to when training comes apart.

That a loss is not a number shows late: the weights were useless long before. So a state is first kept on trial, and becomes
the one to go back to only when the losses that follow it have stayed near their recent median.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from statistics import median

from torch import Tensor

State = dict[str, Tensor]

EVERY = 2.0
"""Seconds of training between states at the latest."""
AT_FIRST, GROWTH = 10, 1.25
"""Steps between states at first, when most goes wrong, and how much further training must be at the next one."""
RECENT, NEWEST = 100, 20
FEW = 5.0
"""The newest losses may lie this many times as far from zero as the recent ones, give or take their spread."""


class Safekeeping:
    """``step`` and ``state`` are those to go back to, given to begin with."""

    def __init__(self, step: int, state: State, seconds: float = 0.0) -> None:
        self.step, self.state = step, state
        self._trial: tuple[int, State] | None = None
        self._step, self._seconds = step, seconds
        self._losses: deque[float] = deque(maxlen=RECENT)

    def saw(self, losses: Iterable[float]) -> None:
        """Losses of further steps, in their order."""
        self._losses.extend(losses)

    def offer(self, step: int, seconds: float, state: Callable[[], State]) -> None:
        """Take a state on trial when it is time, and trust the one before when nothing has happened since."""
        soon = step >= max(self._step + AT_FIRST, GROWTH * self._step)
        if not (soon or seconds - self._seconds > EVERY):
            return
        self._step, self._seconds = step, seconds
        if not self._calm():
            self._trial = None
            return
        if self._trial is not None:
            self.step, self.state = self._trial
        fresh = state()
        finite = all(bool(v.isfinite().all()) for v in fresh.values())
        self._trial = (step, fresh) if finite else None

    def _calm(self) -> bool:
        losses = list(self._losses)
        if not losses:
            return True
        middle = median(losses)
        usual = abs(middle) + median(abs(loss - middle) for loss in losses)
        newest = losses[-min(NEWEST, len(losses) // 4 + 1) :]
        return abs(median(newest)) <= FEW * usual
