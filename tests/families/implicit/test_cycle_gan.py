"""CycleGAN: maps that begin in place leave every point where it is, and samples are what is mapped."""

from __future__ import annotations

from dataclasses import replace

import torch

from dgm_studio.contract import Batch, DataSpec, ExamplePool, Steer, Units, finish, rng_for, trajectory
from dgm_studio.families.implicit.cycle_gan import FAMILY, CycleGan

PLAIN = Units((0.0, 0.0), (1.0,))
HERE = ExamplePool("here", Batch.of(torch.randn(500, 2, generator=rng_for(1))), PLAIN)
SPEC = replace(DataSpec((2,)), source=HERE, target=HERE)


def model(**config: object) -> CycleGan:
    built = FAMILY.build(FAMILY.Config(width=16, **config), SPEC, rng_for(0, 1))
    assert isinstance(built, CycleGan)
    built.retune(FAMILY.recipe(SPEC, torch.device("cpu")).training)
    return built


def test_maps_that_begin_in_place_are_the_identity_and_others_are_not() -> None:
    x = HERE.examples.x[:50]
    for begin, same in (("in place", True), ("anywhere", False)):
        ability = model(begin=begin).abilities().translation
        assert ability is not None
        assert torch.allclose(finish(ability.forward(x)), x) is same
        assert torch.allclose(finish(ability.back(x)), x) is same


def test_samples_are_the_images_of_examples_of_the_source() -> None:
    built = model()
    for i in range(5):
        built.train_step(HERE.draw(32, rng_for(0, 2, i)), rng_for(0, 3, i))
    abilities = built.abilities()
    sampler = abilities.samplers["map"]
    assert abilities.translation is not None
    for direction, carry in (("forward", abilities.translation.forward), ("back", abilities.translation.back)):
        path = finish(trajectory(sampler, 20, Steer(sampler.Knobs(direction=direction)), 0))
        assert torch.equal(path[-1].x, finish(carry(path[0].x)))
