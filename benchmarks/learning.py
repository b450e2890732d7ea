"""Learning, by the clock of the process: a contestant is trained on a ground and hands over what it has learned.

Time is that of this process (`time.process_time`), so that other programs hardly change it, and counts training steps alone:
the drawing of data and the judging of results are not in it. Everything runs on one thread, without engine or window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Model,
    Recipe,
    Steer,
    Units,
    finish,
    rng_for,
    trajectory,
)
from dgm_studio.engine.catalogue import families, source
from dgm_studio.engine.runs.feeder import Feeder
from dgm_studio.evaluation.sliced_wasserstein import directions, sliced_squares
from dgm_studio.protocol.spec import DataChoice

CPU = torch.device("cpu")
_PORTION = 256
"""Pictures sampled at once."""


@dataclass(frozen=True)
class Learned:
    """What a contestant hands over: a log-density in nats in model units, samples of its own, all it is able to do."""

    log_density: Callable[[Tensor], Tensor] | None = None
    sample: Callable[[int], Tensor] | None = None
    abilities: Abilities | None = None


Step = Callable[[Batch], None]


@dataclass(frozen=True)
class Contestant:
    """``start()`` builds it and returns a training step, and what it has learned when asked.

    ``steps`` is how long its recipe trains; 0 where that is left to others.
    """

    title: str
    batch: int
    start: Callable[[], tuple[Step, Callable[[], Learned]]]
    steps: int = 0


class Ground:
    """A data set in model units: batches by step, held-out examples, and in the plane exact nats and fresh samples.

    Pictures can be taken in black and white.
    """

    def __init__(self, name: str, black_and_white: bool = False) -> None:
        chosen = source(DataChoice(name=name))
        self.name = name
        self.data = finish(chosen.load(chosen.Params(), rng_for(0)))
        if black_and_white:
            self.data = replace(
                self.data,
                spec=replace(self.data.spec, kind="binary", levels=2),
                train=_black_and_white(self.data.train),
                held_out=_black_and_white(self.data.held_out),
            )
        self.units = Units.of(self.data)

    def spec(self, *, labelled: bool = False) -> DataSpec:
        """What a family is told: without classes unless it shall use them."""
        return self.data.spec if labelled else self.data.spec.without_classes()

    def feeder(self, *, labelled: bool = False) -> Feeder:
        return Feeder(self.data, self.units, CPU, 0, self.spec(labelled=labelled))

    def train(self) -> Tensor:
        """The training examples (n, *event)."""
        return self.units.to_model(self.data.train.x)

    def held_out(self) -> Tensor:
        """The held-out examples (n, *event)."""
        return self.units.to_model(self.data.held_out.x)

    def draw(self, n: int, seed: int) -> Tensor:
        """Fresh points (n, 2)."""
        assert self.data.fresh is not None
        return self.units.to_model(self.data.fresh(n, rng_for(seed, 7)).x)

    def gap(self, log_density: Callable[[Tensor], Tensor], count: int = 16_000) -> tuple[float, float]:
        """Mean of ``log p(x) - log q(x)`` over fresh points, in nats, and its standard error."""
        x = self.draw(count, -1)
        assert self.data.log_density is not None
        with torch.no_grad():
            model = log_density(x) - self.units.log_volume(2)
        difference = (self.data.log_density(self.units.to_data(x)) - model).double()
        return float(difference.mean()), float(difference.std()) / count**0.5

    def distance(self, x: Tensor) -> float:
        """Sliced Wasserstein-2 distance of samples (n, 2) to as many fresh points."""
        squares = sliced_squares(x, self.draw(len(x), -2), directions(2, rng_for(4)))
        return float(squares.mean().sqrt())

    def floor(self, count: int) -> float:
        """The same distance between two fresh draws."""
        return self.distance(self.draw(count, -3))


def _black_and_white(batch: Batch) -> Batch:
    """Pictures in bytes, white from half the range on."""
    return replace(batch, x=torch.where(batch.x >= 128, 255, 0).to(torch.uint8))


ground = cache(Ground)


class Pupil:
    """A contestant in training on a ground: ``steps`` made and the ``seconds`` of process time they took."""

    def __init__(self, contestant: Contestant, on: Ground, *, labelled: bool = False) -> None:
        self.contestant = contestant
        self.feeder = on.feeder(labelled=labelled)
        self.steps, self.seconds = 0, 0.0
        self._step, self.learned = contestant.start()

    def train(self, steps: int | None = None, seconds: float = float("inf")) -> None:
        """Go on until so many steps or seconds in all, by default to the end of the recipe."""
        steps = self.contestant.steps if steps is None else steps
        while self.steps < steps and self.seconds < seconds:
            batch = self.feeder.batch(self.steps, self.contestant.batch)
            begin = time.process_time()
            self._step(batch)
            self.seconds += time.process_time() - begin
            self.steps += 1


def ours(
    family: str, spec: DataSpec | None = None, config: Mapping[str, Any] | None = None, share: float = 1.0
) -> Contestant:
    """One of our families on its recipe for such data; ``share`` below 1 shortens it. Raises KeyError where there is none."""
    made = families()[family]
    spec = spec or DataSpec((2,))
    recipe = shortened(made, made.recipe(spec, CPU), share)

    def start() -> tuple[Step, Callable[[], Learned]]:
        model: Model = made.build(made.Config(**{**recipe.config, **(config or {})}), spec, rng_for(0))
        model.retune(recipe.training)
        count = iter(range(10**9))

        def step(batch: Batch) -> None:
            model.train_step(batch, rng_for(1, next(count)))

        def learned() -> Learned:
            abilities = complete(model.abilities(), spec)
            return Learned(abilities.log_density, lambda n: sampled(abilities, n, recipe), abilities)

        return step, learned

    return Contestant(f"DGM Studio {family}", recipe.training.batch, start, recipe.steps)


def shortened(family: Family, recipe: Recipe, share: float) -> Recipe:
    """A recipe of fewer steps. Settings that count training steps of a stage, ``..._steps``, shrink with it."""
    if share >= 1:
        return recipe
    whole = family.Config(**recipe.config).model_dump()
    stages = {k: max(1, round(share * v)) for k, v in whole.items() if k.endswith("_steps") and isinstance(v, int)}
    return Recipe(
        {**recipe.config, **stages},
        recipe.training,
        max(1, round(share * recipe.steps)),
        recipe.sampler,
        recipe.knobs,
    )


def sampled(
    abilities: Abilities, n: int, recipe: Recipe, label: Tensor | None = None, seed: int = 3, **knobs: Any
) -> Tensor:
    """n samples (n, *event) of the recipe's own sampler, with other knobs where they are named."""
    name = recipe.sampler or next(iter(abilities.samplers))
    sampler = abilities.samplers[name]
    chosen = sampler.Knobs(**{**recipe.knobs, **knobs})
    parts = []
    for i in range(0, n, _PORTION if label is not None else n):
        rows = None if label is None else label[i : i + _PORTION]
        count = n if rows is None else len(rows)
        with torch.no_grad():
            frames = finish(trajectory(sampler, count, Steer(chosen, label=rows), seed + i))
        parts.append(frames[-1].x)
    return torch.cat(parts)
