"""Drifting models: modes are found and filled, the field is seen, and what pulls is kept."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
import torch

from dgm_studio.contract import Abilities, Batch, DataSpec, Rng, Steer, finish, rng_for, trajectory
from dgm_studio.families.implicit.drifting import FAMILY, Config, Drifting
from dgm_studio.families.implicit.recent import Recent

POINTS = DataSpec((2,))
CLASSED = DataSpec((2,), classes=("left", "right"))
ANGLES = torch.arange(8) * (math.pi / 4)
CENTRES = torch.stack([ANGLES.cos(), ANGLES.sin()], -1) * 1.4
DEVIATION = 0.17


def ring(n: int, rng: Rng) -> torch.Tensor:
    which = torch.randint(8, (n,), generator=rng)
    return CENTRES[which] + DEVIATION * torch.randn(n, 2, generator=rng)


def fitted(steps: int, seed: int = 0, spec: DataSpec = POINTS, **settings: Any) -> Drifting:
    model = FAMILY.build(Config(**settings), spec, rng_for(seed))
    assert isinstance(model, Drifting)
    for i in range(steps):
        x = ring(256, rng_for(1, seed, i))
        model.train_step(Batch.of(x, (x[:, 0] > 0).long() if spec.classes else None), rng_for(2, seed, i))
    return model


@cache
def ring_model() -> Drifting:
    return fitted(250)


def samples(abilities: Abilities, n: int, label: torch.Tensor | None = None) -> torch.Tensor:
    sampler = abilities.samplers["decode"]
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(), label=label), 0))[-1].x


def by_mode(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How many samples each mode has within three deviations, and the share of those that have one."""
    distance, which = torch.cdist(x, CENTRES).min(1)
    good = distance < 3 * DEVIATION
    return torch.bincount(which[good], minlength=8), good.float().mean()


def test_eight_modes_are_found_within_250_steps() -> None:
    count, good = by_mode(samples(ring_model().abilities(), 2000))
    assert int((count >= 100).sum()) == 8
    assert float(good) > 0.8


def test_the_field_points_to_modes_that_are_empty_and_is_still_where_samples_are() -> None:
    """An untrained generator fills the middle, and in all modes the field leads away from it; trained, it is weak on data."""
    fresh, old = FAMILY.build(Config(), POINTS, rng_for(0)), ring_model().abilities()
    assert isinstance(fresh, Drifting)
    fresh.recent.add(Batch.of(ring(1024, rng_for(3))))
    at = ring(400, rng_for(4))
    before, after = (model.drift for model in (fresh.abilities(), old))
    assert before is not None
    assert after is not None
    assert float(after(at, 1.0, None).norm(dim=1).mean()) < 0.6 * float(before(at, 1.0, None).norm(dim=1).mean())
    assert bool(((before(CENTRES, 0.0, None) * CENTRES).sum(1) > 0.5).all())


def test_the_field_of_a_class_knows_its_own_data_alone() -> None:
    fresh = fitted(0, spec=CLASSED)
    x = ring(1024, rng_for(3))
    fresh.recent.add(Batch.of(x, (x[:, 0] > 0).long()))
    field, middle = fresh.abilities().drift, torch.zeros(1, 2)
    assert field is not None
    left, right = (field(middle, 1.0, torch.tensor([y])) for y in (0, 1))
    assert float(right[0, 0] - left[0, 0]) > 0.2


def test_a_class_is_drawn_on_its_side() -> None:
    abilities = fitted(250, spec=CLASSED).abilities()
    label = torch.arange(1000) % 2
    x = samples(abilities, 1000, label)
    edge = CENTRES[:, 0].abs() < 0.1  # the modes on the border belong to both
    away = torch.cdist(x, CENTRES[edge]).amin(1) > 4 * DEVIATION
    assert float(((x[:, 0] > 0).long() == label)[away].float().mean()) > 0.95


@pytest.mark.parametrize("count", [3, 8, 20])
def test_the_latest_examples_are_kept_and_the_oldest_give_way(count: int) -> None:
    recent = Recent(8, 1, torch.device("cpu"))
    for first in range(0, count, 3):
        x = torch.arange(first, min(first + 3, count)).float()[:, None]
        recent.add(Batch.of(x, x[:, 0].long()))
    expected = list(range(max(0, count - 8), count))
    assert sorted(recent.x[:, 0].tolist()) == expected
    assert torch.equal(recent.x[:, 0].long(), recent.label)


def test_of_a_batch_larger_than_the_memory_the_last_are_kept() -> None:
    recent = Recent(8, 1, torch.device("cpu"))
    recent.add(Batch.of(torch.arange(20).float()[:, None]))
    assert sorted(recent.x[:, 0].tolist()) == list(range(12, 20))


def test_pictures_have_no_field_and_points_no_density() -> None:
    assert FAMILY.build(Config(), DataSpec((1, 8, 8)), rng_for(0)).abilities().drift is None
    assert FAMILY.build(Config(), POINTS, rng_for(0)).abilities().log_density is None


def test_before_the_first_step_nothing_drifts() -> None:
    field = FAMILY.build(Config(), POINTS, rng_for(0)).abilities().drift
    assert field is not None
    assert bool((field(torch.randn(5, 2, generator=rng_for(1)), 0.0, None) == 0).all())
