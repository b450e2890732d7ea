"""From one data set to another: both ends are met, both ways undo each other, and pairs near each other stay near."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    ExamplePool,
    Frame,
    Steer,
    Units,
    finish,
    rng_for,
    trajectory,
)
from dgm_studio.families.diffusion.bridge import FAMILY, Bridge
from dgm_studio.families.shared.ode import normal_log_density

PLAIN = Units((0.0, 0.0), (1.0,))
FAR = torch.tensor([3.0, -1.0])
STD = 0.5


def pool(title: str, mean: Tensor, n: int = 2000) -> ExamplePool:
    """Points of N(mean, STD^2), of class 1 where they lie right of it."""
    x = mean + STD * torch.randn(n, 2, generator=rng_for(len(title)))
    batch = Batch.of(x, (x[:, 0] > mean[0]).long())
    return ExamplePool(title, batch, PLAIN, ("left", "right"), lambda z: normal_log_density(z - mean, STD))


SPEC = replace(DataSpec((2,)), source=pool("source", FAR), target=pool("data", torch.zeros(2)))


@cache
def trained(coupling: str, steps: int = 80, source_noise: float = 0.0) -> Bridge:
    config = FAMILY.Config(coupling=coupling, source_noise=source_noise, width=32, features=0)
    model = Bridge(config, SPEC, rng_for(0, 1))
    model.retune(FAMILY.recipe(SPEC, torch.device("cpu")).training)
    assert SPEC.target is not None
    for i in range(steps):
        model.train_step(SPEC.target.draw(64, rng_for(0, 2, i)), rng_for(0, 3, i))
    return model


def frames(abilities: Abilities, n: int = 500, **knobs: object) -> list[Frame]:
    sampler = next(iter(abilities.samplers.values()))
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(**knobs)), 0))


@pytest.mark.parametrize(
    ("direction", "begin", "end"), [("forward", FAR, torch.zeros(2)), ("back", torch.zeros(2), FAR)]
)
def test_samples_start_at_one_end_and_arrive_at_the_other(direction: str, begin: Tensor, end: Tensor) -> None:
    path = frames(trained("ot").abilities(), direction=direction)
    pooled = SPEC.source if direction == "forward" else SPEC.target
    assert pooled is not None
    assert bool((path[0].x[:, None] == pooled.examples.x).all(2).any(1).all())
    for frame, mean in ((path[0], begin), (path[-1], end)):
        # eight standard errors of a mean of 500 examples of STD, and what a short training leaves
        assert float((frame.x.mean(0) - mean).norm()) < 8 * STD / math.sqrt(500) + 0.1
    assert torch.equal(path[0].state["origin"], path[-1].state["origin"])
    assert set(path[-1].state["origin"].tolist()) == {0, 1}


def test_both_ways_undo_each_other_whatever_was_learned() -> None:
    ability = trained("independent", 5).abilities().translation
    assert ability is not None
    assert SPEC.source is not None
    x = SPEC.source.draw(100, rng_for(5)).x
    back = finish(ability.back(finish(ability.forward(x))))
    assert torch.allclose(back, x, atol=1e-3)


def test_optimal_pairs_of_two_clouds_are_near_a_translation_and_independent_ones_are_not() -> None:
    """The squared distance of pairs: |m|^2 of the means for the best, and 4 STD^2 more for independent ones."""
    least = float(FAR.square().sum())
    found = {}
    for coupling in ("ot", "independent"):
        ability = trained(coupling, 0).abilities().translation
        assert ability is not None
        assert ability.pairs is not None
        a, b = ability.pairs(2000, rng_for(1))
        found[coupling] = (a - b).square().sum(1)
    error = float(found["independent"].std()) / math.sqrt(2000)
    assert abs(float(found["independent"].mean()) - least - 4 * STD**2) < 8 * error
    assert abs(float(found["ot"].mean()) - least) < 8 * error
    assert float(found["independent"].mean() - found["ot"].mean()) > 8 * error


def test_the_density_is_that_of_the_source_carried_along_and_none_where_that_is_unknown() -> None:
    density = trained("ot").abilities().log_density
    assert density is not None
    side = (torch.arange(24) + 0.5) / 24 * 6 - 3
    mass = float(density(torch.cartesian_prod(side, side)).exp().sum()) * (6 / 24) ** 2
    assert abs(mass - 1) < 0.02
    unknown = replace(SPEC, source=replace(pool("source", FAR), log_density=None))
    assert Bridge(FAMILY.Config(), unknown, rng_for(0)).abilities().log_density is None
    assert Bridge(FAMILY.Config(source_noise=0.2), SPEC, rng_for(0)).abilities().log_density is None


def test_noise_on_the_source_gives_one_example_many_images() -> None:
    sampler = next(iter(trained("ot", 5, 0.3).abilities().samplers.values()))
    starts = [sampler.start(400, Steer(sampler.Knobs(), temperature=t), rng_for(3)).x for t in (0.0, 1.0)]
    away = (starts[1] - starts[0]).std()
    assert abs(float(away) - 0.3) < 8 * 0.3 / math.sqrt(2 * 800)
    assert trained("ot", 5, 0.3).abilities().temperature
    assert not trained("ot", 5).abilities().temperature


def test_a_painted_picture_is_translated_where_it_may_change() -> None:
    event = (1, 8, 8)
    dark, light = (Batch.of(torch.full((64, *event), v)) for v in (-0.5, 0.5))
    units = Units((0.0,), (1.0,), pixels=True)
    spec = DataSpec(event, value_range=(-1, 1))
    spec = replace(spec, source=ExamplePool("dark", dark, units), target=ExamplePool("light", light, units))
    model = Bridge(FAMILY.Config(width=16, depth=1, components=8), spec, rng_for(0, 1))
    model.retune(FAMILY.recipe(spec, torch.device("cpu")).training)
    for i in range(3):  # the network begins as no velocity at all
        model.train_step(light, rng_for(0, 3, i))
    method = model.abilities().methods["translate"]
    under, paint = torch.zeros(event), torch.ones(event)
    left = torch.zeros(event)
    left[..., :4] = 1
    for mask in (None, left):
        strokes = Strokes(under, paint, 0.5 * torch.ones(event), 0.3, mask)
        path = finish(trajectory(method.sampler, 3, Steer(method.sampler.Knobs(steps=4), condition=strokes), 0))
        painted = strokes.painted().expand(3, *event)
        assert len(path) == 5
        assert torch.allclose(path[0].x, painted)
        assert not torch.allclose(path[-1].x[..., :4], painted[..., :4])
        if mask is not None:
            assert torch.equal(path[-1].x[..., 4:], painted[..., 4:])
