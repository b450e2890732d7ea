"""The trainer: a model that learns from the batches of a feeder, and what is kept of its way.

It counts steps. Step k is a function of the weights before it, of batch k and of the stream (seed, step, k) alone, so the same
weights come out however the steps are cut into slices; whose turn it is, and how many steps fit into some seconds, is said
from outside. Losses stay tensors until they are read, and the state of the last good moment is kept: a loss that is no
longer a number costs seconds, not the run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Model, Training, rng_for
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Phase

from .feeder import Feeder
from .passes import Passes
from .recorder import Recorder, to_sample
from .safekeeping import Safekeeping

_STEP = 2
_READ_EVERY = 32
"""Steps after which the losses are taken from a device that is not the CPU; until then it is not waited for."""


class Diverged(ArithmeticError):
    """The loss is no longer a number, or beyond all bounds. ``step`` is the first such step."""

    def __init__(self, step: int, loss: float = math.nan) -> None:
        what = "is not a number" if not math.isfinite(loss) else tr("has reached {loss:.3g}", loss=loss)
        super().__init__(f"the loss {what} since step {step:,}")
        self.step = step


class Trainer:
    """``model`` learns on ``device`` from ``feeder`` with ``settings``; a loss farther from zero than ``diverged_beyond`` is
    as bad as none. ``phase`` is what has become of training, ``seconds`` how long it took so far, ``version`` how often
    the weights were replaced from outside, ``good`` the state to go back to, None before training began, ``passes`` how
    often the networks run in a step, counted in the first.
    """

    def __init__(
        self,
        model: Model,
        feeder: Feeder,
        settings: Training,
        device: torch.device,
        *,
        seed: int = 0,
        diverged_beyond: float = math.inf,
    ) -> None:
        self.model, self.feeder, self.settings, self.device = model, feeder, settings, device
        self.diverged_beyond = diverged_beyond
        self.phase: Phase = "ready"
        self.step = 0
        self.seconds = 0.0
        self.version = 0
        self.passes = 0
        self._counted = False
        self.recorder = Recorder()
        self.good: Safekeeping | None = None
        self._seed = seed
        self._pending: list[Mapping[str, Tensor]] = []

    @property
    def size(self) -> int:
        """Number of trainable weights."""
        return sum(p.numel() for p in self.model.parameters())

    @property
    def learns(self) -> bool:
        """Whether there is anything to be learned; a family without weights only takes in its examples."""
        return bool(self.model.parameters())

    def train(self, steps: int) -> None:
        """Train so many steps. Raises Diverged, at the latest when the losses are read."""
        if self.good is None:
            self.good = Safekeeping(self.step, self._safe_state(), self.seconds)
        model, feeder, batch, device, seed = self.model, self.feeder, self.settings.batch, self.device, self._seed
        begin = time.perf_counter()
        rows = None
        try:
            for _ in range(steps):
                examples, rng = feeder.batch(self.step, batch), rng_for(seed, _STEP, self.step, device=device)
                if self._counted:
                    told = model.train_step(examples, rng)
                else:
                    with Passes() as counted:
                        told = model.train_step(examples, rng)
                    self.passes, self._counted = counted.count, True
                self._pending.append(told)
                self.step += 1
            if device.type == "cpu" or len(self._pending) >= _READ_EVERY:
                rows = self._taken()  # the device has then done what it was told, so the clock is of work
        finally:
            self.seconds += time.perf_counter() - begin
        if rows is not None:
            self._book(*rows)

    def read(self) -> None:
        """Take the losses of the last steps from the device, record them, keep snapshots. Raises Diverged."""
        rows = self._taken()
        if rows is not None:
            self._book(*rows)

    def _taken(self) -> tuple[list[str], np.ndarray] | None:
        """Names and values (steps, names) of the losses that were not read yet."""
        if not self._pending:
            return None
        names = list(self._pending[0])
        numbers = [row[name] for row in self._pending for name in names]
        self._pending = []
        if self.device.type == "cpu":  # one by one costs a tenth of stacking them first
            return names, np.array([n.item() for n in numbers], np.float64).reshape(-1, len(names))
        return names, torch.stack([n.detach().float() for n in numbers]).cpu().numpy().reshape(-1, len(names))

    def _book(self, names: list[str], rows: np.ndarray) -> None:
        first = self.step - len(rows)
        loss = rows[:, names.index("loss")]
        bad = np.flatnonzero(~np.isfinite(rows).all(1) | (np.abs(loss) > self.diverged_beyond))
        for i, row in enumerate(rows[: bad[0]] if bad.size else rows):
            self.recorder.loss(first + i + 1, dict(zip(names, row.tolist(), strict=True)))
        if bad.size:
            at = int(bad[0])
            raise Diverged(first + at + 1, float(loss[at]))
        assert self.good is not None  # there is none only before training has begun
        self.good.saw(loss.tolist())
        if self.recorder.wants_snapshot(self.step, self.seconds):
            self.recorder.keep(self.step, self.model.state_dict(), self.seconds)
        self.good.offer(self.step, self.seconds, self._safe_state)

    def _safe_state(self) -> dict[str, Tensor]:
        """Weights alone: after what went wrong an optimiser had better begin afresh."""
        return to_sample(self.model.state_dict())

    def restore(self) -> int:
        """Go back to the last good state; returns its step."""
        assert self.good is not None
        self._pending = []
        self.model.load_state_dict(self.good.state)
        self.step = self.good.step
        self.version += 1
        self.recorder.cut(self.step)
        self.good = Safekeeping(self.step, self.good.state, self.seconds)
        return self.step

    def adopt(self, step: int, seconds: float, state: Mapping[str, Tensor]) -> None:
        """Take over saved weights. Raises ValueError naming a tensor that does not fit."""
        self.model.load_state_dict({k: v.to(self.device) for k, v in state.items()})
        self.step, self.seconds = step, seconds
        self.version += 1
        self.good = None
        if self.device.type != "cpu":  # where it can be read even when the device no longer answers
            self.recorder.keep(step, state)

    def follow(self, lost: Trainer) -> None:
        """Go on from the newest snapshot of another, whose device no longer answers; nothing is read from that."""
        if lost.recorder.snapshots:
            newest = lost.recorder.snapshots[-1]
            self.model.load_state_dict(newest.full())
            self.recorder, self.step, self.seconds = lost.recorder, newest.step, lost.seconds
            self.recorder.cut(newest.step)
        self.version = lost.version + 1
        self.phase = "paused" if self.step else "ready"

    def retune(self, settings: Training) -> None:
        """Train on with other settings."""
        self.settings = settings
        self.model.retune(settings)

    def forget_unread(self) -> None:
        """Losses that were not read are not to be: memory ran out on the way to them."""
        self._pending = []

    def move(self, device: torch.device, feeder: Feeder) -> None:
        """Go to another device, with what feeds it there."""
        self.model.to(device)
        self.device, self.feeder = device, feeder
        self.good = None
