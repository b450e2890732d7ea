"""PatchMatch: windows and votes are inverse, matches become near, holes in regular pictures close."""

from __future__ import annotations

import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Steer, finish, rng_for, trajectory
from dgm_studio.families.memory.patches import patches, put_together, whole
from dgm_studio.families.memory.patchmatch import FAMILY

SPEC = DataSpec((1, 32, 32), value_range=(-1.0, 1.0))


def checks(side: int = 32) -> torch.Tensor:
    axis = torch.arange(side) // 4 % 2
    return (2.0 * ((axis[:, None] + axis) % 2) - 1)[None]


def test_windows_of_a_picture_vote_for_the_picture() -> None:
    x = torch.randn(2, 3, 9, 11, generator=rng_for(0))
    weight = torch.rand(2, 99, generator=rng_for(1)) + 0.1
    torch.testing.assert_close(put_together(patches(x, 2), weight, (9, 11), 2), x)


def test_a_window_is_whole_where_it_holds_no_hole() -> None:
    known = torch.ones(1, 1, 9, 9)
    known[..., 4, 4] = 0
    expected = torch.ones(9, 9, dtype=torch.bool)
    expected[3:6, 3:6] = False
    assert torch.equal(whole(known, 1).view(9, 9), expected)


def test_a_hole_in_a_regular_picture_closes() -> None:
    model = FAMILY.build(FAMILY.Config(radius=2, levels=2), SPEC, rng_for(0))
    sampler = model.abilities().methods["match"].sampler
    mask = torch.zeros(1, 32, 32)
    mask[:, 12:20, 12:20] = 1
    condition = Mask(checks(), mask)
    x = finish(trajectory(sampler, 4, Steer(sampler.Knobs(steps=40), condition=condition), 0))[-1].x
    hole = (x - checks()).abs()[:, :, 12:20, 12:20].mean((1, 2, 3))
    assert float(hole.min()) < 0.05
    assert float(hole.mean()) < 0.5


def test_every_window_of_a_sample_looks_like_one_of_the_source() -> None:
    model = FAMILY.build(FAMILY.Config(radius=2), SPEC, rng_for(0))
    model.train_step(Batch.of(checks()[None]), rng_for(1))
    sampler = model.abilities().samplers["match"]
    frames = finish(trajectory(sampler, 3, Steer(sampler.Knobs(steps=40)), 0))
    source, noise = patches(checks()[None], 2)[0], torch.rand(1, 1, 32, 32, generator=rng_for(2)).round() * 2 - 1

    def misfit(x: torch.Tensor) -> float:
        rows = patches(x, 2).flatten(0, 1)
        return float(torch.cdist(rows, source).amin(1).square().mean() / 25)

    assert misfit(frames[-1].x) < 0.1
    assert misfit(frames[-1].x) < 0.2 * misfit(noise)


def test_a_picture_that_is_all_hole_is_made_from_a_remembered_one() -> None:
    model = FAMILY.build(FAMILY.Config(radius=2), SPEC, rng_for(0))
    model.train_step(Batch.of(checks()[None]), rng_for(1))
    sampler = model.abilities().methods["match"].sampler
    condition = Mask(torch.full((1, 32, 32), 0.3), torch.ones(1, 32, 32))
    x = finish(trajectory(sampler, 1, Steer(sampler.Knobs(steps=30), condition=condition), 0))[-1].x
    assert float(x.std()) > 0.5
