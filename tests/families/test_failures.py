"""Failures that courses speak of, brought about on purpose, beside the same model that is spared them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSpec, Evidence, Steer, finish, rng_for, trajectory
from dgm_studio.discovery import discover
from dgm_studio.evaluation import copying, modes

FAMILIES = discover("dgm_studio.families", "FAMILY")
PLANE = DataSpec((2,))
GRID = torch.cartesian_prod(torch.arange(5.0), torch.arange(5.0)) / 2**0.5 - 2**0.5


def on_the_grid(n: int, seed: int) -> Tensor:
    """Points (n, 2) of 25 narrow Gaussians, of unit variance together."""
    which = torch.randint(25, (n,), generator=rng_for(seed))
    return GRID[which] + 0.035 * torch.randn(n, 2, generator=rng_for(seed, 1))


def evidence(train: Tensor, held_out: Tensor, name: str, config: dict[str, Any], steps: int) -> Evidence:
    """What measures look at, of a model trained on ``train`` for so many steps."""
    family = FAMILIES[name]
    recipe = family.recipe(PLANE, torch.device("cpu"))
    model = family.build(family.Config(**{**recipe.config, **config}), PLANE, rng_for(0))
    model.retune(recipe.training)
    for i in range(steps):
        index = torch.randint(len(train), (256,), generator=rng_for(2, i))
        model.train_step(Batch(train[index], index), rng_for(3, i))
    sampler = next(iter(model.abilities().samplers.values()))
    samples = finish(trajectory(sampler, 1500, Steer(sampler.Knobs()), 0))[-1].x
    return Evidence(PLANE, samples, train, held_out, rng_for(4), modes=GRID)


@pytest.mark.slow
def test_a_gan_without_penalties_collapses_and_a_relativistic_one_with_them_does_not() -> None:
    """Both with a plain generator: one that begins as wide as the data is spared in any case."""
    data, held_out = on_the_grid(8192, 5), on_the_grid(1000, 6)
    collapsing = {"waves": 0, "loss": "non-saturating", "r1": 0.0, "r2": 0.0}
    keeping = {"waves": 0, "loss": "relativistic", "r1": 0.02, "r2": 0.02}
    few, many = (
        int((modes.good_by_mode(evidence(data, held_out, "gan", config, 500)) > 0).sum())
        for config in (collapsing, keeping)
    )
    assert few <= 10
    assert many >= 12
    assert many > few


def test_a_kernel_density_without_bandwidth_is_caught_copying() -> None:
    train, held_out = on_the_grid(200, 5), on_the_grid(1000, 6)
    copies = evidence(train, held_out, "kde", {"automatic": False, "bandwidth": 0.0}, 4)
    assert float((copies.samples[:, None] - train).abs().sum(-1).amin(1).max()) == 0
    caught = finish(copying.MEASURE.work(copies))
    assert caught.value < -5
    assert "copies" in copying.MEASURE.say(caught)
    wide = evidence(train, held_out, "kde", {}, 60)
    assert finish(copying.MEASURE.work(wide)).value > -3


def test_a_flow_remembers_few_examples_and_generalises_from_many() -> None:
    """Twenty points of a Gaussian, learned for long: the samples come to lie on them."""
    many, held_out = torch.randn(4096, 2, generator=rng_for(7)), torch.randn(1000, 2, generator=rng_for(8))
    few = many[:20]
    scores = {
        n: finish(copying.MEASURE.work(evidence(x, held_out, "flow-matching", {}, steps))).value
        for n, x, steps in ((20, few, 600), (4096, many, 600))
    }
    early = finish(copying.MEASURE.work(evidence(few, held_out, "flow-matching", {}, 30))).value
    assert scores[20] < min(-5, early)
    assert abs(scores[4096]) < 3
