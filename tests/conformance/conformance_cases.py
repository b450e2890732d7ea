"""Every discovered family on every kind of data it accepts, briefly trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Frame,
    Model,
    Rng,
    Sampler,
    Settings,
    Steer,
    finish,
    rng_for,
    trajectory,
)
from dgm_studio.discovery import discover

FAMILIES: Mapping[str, Family] = discover("dgm_studio.families", "FAMILY")
CPU = torch.device("cpu")
SPECS = {
    "points": DataSpec((2,)),
    "labelled-points": DataSpec((2,), classes=("upper", "lower")),
    "images": DataSpec((1, 8, 8), value_range=(-1, 1)),
    "labelled-images": DataSpec((1, 8, 8), classes=("bar", "column"), value_range=(-1, 1)),
    "strings": DataSpec((6,), "discrete", levels=4, alphabet=("", "a", "b", "c")),
    "sounds": DataSpec((1, 32), value_range=(-1, 1), levels=1 << 16, rate=2000),
    "paths": DataSpec((4, 2)),
}


@dataclass(frozen=True)
class Case:
    """One family on one kind of data."""

    family: str
    data: str

    @property
    def spec(self) -> DataSpec:
        return SPECS[self.data]

    def __str__(self) -> str:
        return f"{self.family}-{self.data}"


WIDTH = 48
"""Of networks for images, sounds, strings and paths: laws hold for any, and this one takes a fraction of the recipes'."""
CASES = [Case(f, d) for f, family in FAMILIES.items() for d, spec in SPECS.items() if family.refuses(spec) is None]
ONE_CASES = [case for case in CASES if Case(case.family, f"labelled-{case.data}") not in CASES]
"""Each kind of data once, with classes where the family takes them: of laws for which classes are one more thing to get right,
and nothing is easier without."""
POINT_CASES = [case for case in CASES if case.spec.data_kind == "points"]
ONE_POINT_CASES = [case for case in ONE_CASES if case.spec.data_kind == "points"]


def examples(spec: DataSpec, n: int, rng: Rng) -> Batch:
    """Two moons, noisy bars and columns, with their classes where the spec has any, strings such as ``abcab``,
    hums of two pitches, or arcs."""
    label = torch.randint(2, (n,), generator=rng)
    if spec.alphabet:
        letters, size = len(spec.alphabet) - 1, spec.size
        first, count = (torch.randint(low, high, (n, 1), generator=rng) for low, high in ((0, letters), (2, size + 1)))
        return Batch.of(torch.where(torch.arange(size) < count, (first + torch.arange(size)) % letters + 1, 0).float())
    if spec.data_kind == "paths":  # arcs that pass above or below
        along = torch.linspace(-1.5, 1.5, spec.event[0]) + 0.1 * torch.randn(n, 1, generator=rng)
        height = (2.0 * label - 1)[:, None] * (1 - (along / 1.5).square()) + 0.1 * torch.randn(n, 1, generator=rng)
        return Batch.of(torch.stack([along, height], -1), label if spec.classes else None)
    if spec.is_sound:
        phase = (
            2
            * math.pi
            * (torch.arange(spec.size) / torch.where(label == 1, 8, 13)[:, None] + torch.rand(n, 1, generator=rng))
        )
        x = (0.6 * phase.sin() + 0.02 * torch.randn(n, spec.size, generator=rng)).clamp(-1, 1)[:, None]
    elif spec.is_image:
        where = torch.randint(6, (n,), generator=rng)
        rows = (torch.arange(8) - where[:, None]) // 2 == 0  # two beside each other
        across = rows[:, :, None].expand(n, 8, 8)
        x = torch.where(label[:, None, None] == 0, across, across.mT)[:, None] * 2.0 - 1
        x = (x + 0.1 * torch.randn(x.shape, generator=rng)).clamp(-1, 1)
    else:
        angle = math.pi * torch.rand(n, generator=rng)
        arc = torch.stack([angle.cos(), angle.sin()], -1)
        x = torch.where(label[:, None] == 1, torch.tensor([1.0, 0.5]) - arc, arc)
        x = (x - torch.tensor([0.5, 0.25])) / 0.7 + 0.15 * torch.randn(n, 2, generator=rng)
    return Batch.of(x, label if spec.classes else None)


def build(case: Case, settings: Settings | None = None, seed: int = 0) -> Model:
    """An untrained model with the recipe's config, but for the width where that is large, and its training settings."""
    family = FAMILIES[case.family]
    recipe = family.recipe(case.spec, CPU)
    narrow = {"width": WIDTH} if "width" in family.Config.model_fields and case.spec.data_kind != "points" else {}
    model = family.build(settings or family.Config(**{**recipe.config, **narrow}), case.spec, rng_for(seed, 1))
    model.retune(recipe.training)
    return model


def train(model: Model, spec: DataSpec, steps: int, first: int = 0, batch: int = 64) -> list[float]:
    """Losses of the steps ``first`` to ``first + steps``, whose data and randomness depend on their number alone."""
    losses = []
    for i in range(first, first + steps):
        metrics = model.train_step(examples(spec, batch, rng_for(0, 2, i)), rng_for(0, 3, i))
        losses.append(float(metrics["loss"]))
    return losses


@cache
def trained(case: Case) -> Model:
    """The model after 60 steps; tests that share it must not train it on."""
    model = build(case)
    train(model, case.spec, 60)
    return model


def abilities_of(case: Case) -> Abilities:
    """What the briefly trained model can do, and what follows from it."""
    return complete(trained(case).abilities(), case.spec)


def quick(sampler: Sampler, steps: int = 6) -> Settings:
    """Default knobs with few steps."""
    knobs = sampler.Knobs()
    return knobs.model_copy(update={"steps": steps}) if "steps" in type(knobs).model_fields else knobs


def run(sampler: Sampler, n: int, seed: int = 0, steer: Steer | None = None) -> list[Frame]:
    steer = steer or Steer()
    knobs = quick(sampler) if type(steer.knobs) is Settings else steer.knobs
    held = Steer(knobs, steer.temperature, steer.label, steer.condition)
    return finish(trajectory(sampler, n, held, seed))


def plane(side: int = 160, reach: float = 6.0) -> tuple[Tensor, float]:
    """Centres (side^2, 2) and area of the cells of a square grid over [-reach, reach]^2."""
    axis = (torch.arange(side) + 0.5) / side * 2 * reach - reach
    return torch.cartesian_prod(axis, axis), (2 * reach / side) ** 2
