"""Texture synthesis: regular textures go on, every pixel is copied, the picture itself fills its hole."""

from __future__ import annotations

import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Frame, Model, Steer, finish, rng_for, trajectory
from dgm_studio.families.memory.texture import FAMILY

SPEC = DataSpec((1, 24, 24), classes=("stripes", "dots"), value_range=(-1.0, 1.0))


def stripes() -> torch.Tensor:
    row = torch.tensor([-0.9, -0.9, 0.2, 0.8]).repeat(6)
    return row.expand(1, 24, 24).clone()


def dots() -> torch.Tensor:
    x = torch.full((1, 24, 24), -0.5)
    x[:, ::4, ::4] = 1.0
    return x


def album() -> Model:
    model = FAMILY.build(FAMILY.Config(radius=3), SPEC, rng_for(0))
    model.train_step(Batch.of(torch.stack([stripes(), dots()]), torch.tensor([0, 1])), rng_for(1))
    return model


def grow(n: int, label: int, mask: torch.Tensor | None = None, value: torch.Tensor | None = None) -> list[Frame]:
    abilities = album().abilities()
    if mask is None or value is None:
        sampler, condition = abilities.samplers["grow"], None
    else:
        sampler, condition = abilities.methods["grow"].sampler, Mask(value, mask)
    steer = Steer(sampler.Knobs(steps=12), label=torch.full((n,), label), condition=condition)
    return finish(trajectory(sampler, n, steer, 3))


def test_stripes_go_on_as_stripes() -> None:
    x = grow(2, 0)[-1].x[:, 0]
    assert bool((x.diff(dim=1) == 0).all())
    assert torch.equal(x[:, :, 4:], x[:, :, :-4])


def test_every_pixel_is_one_of_the_source() -> None:
    x = grow(2, 1)[-1].x
    assert set(x.unique().tolist()) <= set(dots().unique().tolist())


def test_it_grows_outwards_and_what_is_not_there_yet_is_grey() -> None:
    frames = grow(1, 0)
    there = [int((frame.x != 0).sum()) for frame in frames]
    assert there == sorted(there)
    assert there[0] == 9
    assert there[-1] == 24 * 24


def test_a_hole_is_filled_from_the_picture_itself() -> None:
    """The picture is of stripes although the remembered one that is asked for is of dots."""
    mask = torch.zeros(1, 24, 24)
    mask[:, 8:15, 8:15] = 1
    frames = grow(2, 1, mask, stripes())
    assert torch.equal(frames[-1].x, stripes().expand(2, -1, -1, -1))
    assert bool((frames[0].x[:, :, 8:15, 8:15] == 0).all())


def test_with_nothing_known_a_remembered_picture_is_the_source() -> None:
    x = grow(1, 0, torch.ones(1, 24, 24), dots())[-1].x
    assert set(x.unique().tolist()) <= set(stripes().unique().tolist())


def test_a_picture_is_remembered_once() -> None:
    model = album()
    model.train_step(Batch.of(torch.stack([dots(), stripes(), dots()]), torch.tensor([1, 0, 1])), rng_for(1))
    metrics = model.train_step(Batch.of(dots()[None], torch.tensor([1])), rng_for(1))
    assert float(metrics["remembered"]) == 2
    assert float(metrics["loss"]) < 1e-6
