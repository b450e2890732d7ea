"""The recorder: what is kept of a run while it trains.

Curves are thinned to a bounded number of points by averaging neighbours; snapshots of the weights are kept in half
precision, densely at first and then ever more widely, bounded in bytes, also those of all runs together. Scrubbing shows
a snapshot, branching goes on from one.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from dgm_studio.protocol.messages import Curve

HALF_MAX = 6.0e4
ALL_RUNS = 48 << 20
"""Bytes of the snapshots of all runs that are open."""
LEAST = 2
FREE = 8
"""The first snapshots are kept whatever they cost."""


class Series:
    """A curve of at most ``limit`` points: when full, neighbours are averaged and the stride doubles."""

    def __init__(self, limit: int = 2000) -> None:
        self._limit = limit
        self._stride = 1
        self._steps: list[int] = []
        self._values: list[float] = []
        self._sum = 0.0
        self._count = 0

    def add(self, step: int, value: float) -> None:
        self._sum += value
        self._count += 1
        if self._count < self._stride:
            return
        self._steps.append(step)
        self._values.append(self._sum / self._count)
        self._sum, self._count = 0.0, 0
        if len(self._steps) >= self._limit:
            self._steps = self._steps[1::2]
            pairs = np.asarray(self._values[: len(self._steps) * 2]).reshape(-1, 2)
            self._values = pairs.mean(1).tolist()
            self._stride *= 2

    def cut(self, step: int) -> None:
        """Forget what came after ``step``."""
        keep = sum(s <= step for s in self._steps)
        del self._steps[keep:], self._values[keep:]
        self._sum, self._count = 0.0, 0

    def curve(self, title: str) -> Curve:
        return Curve(np.asarray(self._steps, np.float64), np.asarray(self._values, np.float64), title=title)

    def load(self, steps: list[int], values: list[float]) -> None:
        """Take over saved points."""
        self._steps, self._values = list(steps), list(values)
        gap = steps[-1] - steps[-2] if len(steps) > 1 else 1
        self._stride = max(1, int(gap))


@dataclass
class MeasureSeries:
    """Values of one measure with their errors; few enough to be kept whole."""

    title: str
    unit: str
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    floor: float | None = None

    def add(self, step: int, value: float, error: float, floor: float | None) -> None:
        if self.steps and self.steps[-1] == step:
            self.steps.pop(), self.values.pop(), self.errors.pop()
        self.steps.append(step)
        self.values.append(value)
        self.errors.append(error)
        if floor is not None:
            self.floor = floor
        if len(self.steps) > 2000:
            del self.steps[1::2], self.values[1::2], self.errors[1::2]

    def cut(self, step: int) -> None:
        keep = sum(s <= step for s in self.steps)
        del self.steps[keep:], self.values[keep:], self.errors[keep:]

    def curve(self) -> Curve:
        return Curve(
            np.asarray(self.steps, np.float64),
            np.asarray(self.values, np.float64),
            np.asarray(self.errors, np.float64),
            self.floor,
            self.unit,
            self.title,
        )


@dataclass(frozen=True)
class Snapshot:
    """A model's tensors as they were at a step of training, in half precision where they allow it."""

    step: int
    state: Mapping[str, Tensor]

    @cached_property
    def size(self) -> int:
        """Bytes."""
        return sum(t.numel() * t.element_size() for t in self.state.values())

    def full(self) -> dict[str, Tensor]:
        """The state in single precision, to load into a model."""
        return {k: whole(v) for k, v in self.state.items()}


def whole(t: Tensor) -> Tensor:
    """A tensor in single precision, if it was `halved`."""
    return t.float() if t.dtype == torch.float16 else t


def halved(t: Tensor) -> Tensor:
    """A copy on the CPU, in half precision where the numbers allow it."""
    t = t.detach().to("cpu", copy=True)
    if t.dtype == torch.float32 and (t.numel() == 0 or float(t.abs().max()) < HALF_MAX):
        return t.half()
    return t


class Recorder:
    """Curves and snapshots of one run. ``limit`` bounds the snapshots in bytes."""

    def __init__(self, limit: int = 64 << 20, most: int = 160) -> None:
        self.losses: dict[str, Series] = {}
        self.measures: dict[str, MeasureSeries] = {}
        self.snapshots: list[Snapshot] = []
        self._limit, self._most = limit, most
        self._kept_at = self._cost = 0.0

    def loss(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.losses.setdefault(name, Series()).add(step, value)

    def wants_snapshot(self, step: int, seconds: float = math.inf) -> bool:
        """Every few steps at first, then each time training is 4 % further than at the last one.

        Beyond the first few, keeping them may cost a hundredth of the training time (``seconds`` so far) and no more.
        """
        if not self.snapshots:
            return True
        last = self.snapshots[-1].step
        affordable = len(self.snapshots) < FREE or seconds - self._kept_at > 100 * self._cost
        return step >= last + max(5, int(0.04 * last)) and affordable

    def keep(self, step: int, state: Mapping[str, Tensor], seconds: float = 0.0) -> None:
        """Keep the state of a step, without what belongs to the optimiser alone."""
        if self.snapshots and self.snapshots[-1].step >= step:
            return
        begin = time.perf_counter()
        self.snapshots.append(Snapshot(step, {k: halved(v) for k, v in to_sample(state).items()}))
        while len(self.snapshots) > LEAST and (len(self.snapshots) > self._most or self.size > self._limit):
            self.thin()
        self._kept_at, self._cost = seconds, time.perf_counter() - begin

    @property
    def size(self) -> int:
        """Bytes of all snapshots."""
        return sum(s.size for s in self.snapshots)

    def thin(self) -> None:
        """Drop the snapshot whose neighbours are closest together, relative to how far training was then."""
        gaps = [
            ((c.step - a.step) / (b.step + 20), i)
            for i, (a, b, c) in enumerate(zip(self.snapshots, self.snapshots[1:], self.snapshots[2:], strict=False), 1)
        ]
        del self.snapshots[min(gaps)[1]]

    def nearest(self, step: int) -> Snapshot | None:
        return min(self.snapshots, key=lambda s: abs(s.step - step), default=None)

    def cut(self, step: int) -> None:
        """Forget everything after ``step``."""
        self.snapshots = [s for s in self.snapshots if s.step <= step]
        for losses in self.losses.values():
            losses.cut(step)
        for measures in self.measures.values():
            measures.cut(step)

    def until(self, step: int) -> Recorder:
        """A copy that ends with ``step``; snapshots, which nobody changes, are shared."""
        found = Recorder(self._limit, self._most)
        found.losses, found.measures = copy.deepcopy(self.losses), copy.deepcopy(self.measures)
        found.snapshots = list(self.snapshots)
        found.cut(step)
        return found

    def loss_curves(self) -> dict[str, Curve]:
        return {name: series.curve(name) for name, series in self.losses.items()}

    def measure_curves(self) -> dict[str, Curve]:
        return {name: series.curve() for name, series in self.measures.items()}


def share(recorders: Iterable[Recorder], limit: int = ALL_RUNS) -> None:
    """Thin them until all together are within a limit in bytes, or have hardly any snapshots left.

    Each time it is the one with the largest product of bytes and snapshots, so that a small model has more of them than a
    large one, but not many more.
    """
    those = list(recorders)
    while sum(r.size for r in those) > limit:
        thick = [r for r in those if len(r.snapshots) > LEAST]
        if not thick:
            return
        max(thick, key=lambda r: r.size * len(r.snapshots)).thin()


def to_sample(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The part of a model's state that samples are drawn with; without the rest it learns on as if after a pause."""
    return {k: v for k, v in state.items() if "optimiser." not in k}


def averages(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same without the weights of which the state has an average, from which samples are drawn: on it goes from there."""

    def averaged(key: str) -> bool:
        parts = key.split(".")
        return any(
            part == "net" and ".".join([*parts[:i], "shown", *parts[i + 1 :]]) in state for i, part in enumerate(parts)
        )

    return {key: value for key, value in to_sample(state).items() if not averaged(key)}
