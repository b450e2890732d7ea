"""Soft masks for samplers of hard ones: decided by chance in proportion, from the seed alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from dgm_studio.completion import complete
from dgm_studio.conditions.decided import Decided
from dgm_studio.conditions.mask import Mask, compose
from dgm_studio.contract import (
    Abilities,
    DataSpec,
    Frame,
    Method,
    Sampler,
    Settings,
    Steer,
    finish,
    rng_for,
    trajectory,
)

EVENT = (3, 20, 20)
VALUE = torch.linspace(-1, 1, 1200).view(EVENT)


@dataclass(frozen=True)
class Draw:
    """Two frames of noise around the known pixels; shows the mask it was given."""

    title: str = "Draw"
    help: str = "Draws noise."
    Knobs: type[Settings] = Settings

    def start(self, n, steer, rng):
        return self._frame(torch.randn(n, *EVENT, generator=rng), 0.0, steer)

    def step(self, frame, steer, rng):
        return self._frame(frame.x + torch.randn(frame.x.shape, generator=rng), 1.0, steer)

    def _frame(self, x, t, steer):
        return Frame(compose(steer.condition, x), t, {"asked": steer.condition.mask})


def walk(sampler, strength, seed=0, n=4):
    mask = torch.full((1, 20, 20), strength) if isinstance(strength, float) else strength
    return finish(trajectory(sampler, n, Steer(condition=Mask(VALUE, mask)), seed))


def free(frame):
    return frame.state["asked"].bool()


@pytest.mark.parametrize("strength", [0.1, 0.5, 0.9])
def test_the_share_of_free_pixels_is_the_strength(strength):
    first, last = walk(Decided(Draw(), EVENT), strength)
    assert isinstance(Decided(Draw(), EVENT), Sampler)
    assert float(free(last).float().mean()) == pytest.approx(strength, abs=0.05)
    assert torch.equal(free(first), free(last))
    assert torch.equal(free(last)[:, 0], free(last)[:, 1])
    assert not torch.equal(free(last)[0], free(last)[1])
    assert torch.equal(last.x[~free(last)], VALUE.expand(4, *EVENT)[~free(last)])


def test_more_strength_frees_more_pixels_and_never_takes_one_back():
    weak, strong = (free(walk(Decided(Draw(), EVENT), s)[-1]) for s in (0.3, 0.6))
    assert bool((weak <= strong).all())
    assert bool((weak < strong).any())
    assert not torch.equal(weak, free(walk(Decided(Draw(), EVENT), 0.3, seed=1)[-1]))


def test_hard_masks_are_answered_as_without():
    mask = (torch.arange(400) % 3 > 0).float().view(1, 20, 20)
    assert torch.equal(walk(Decided(Draw(), EVENT), mask)[-1].x, walk(Draw(), mask)[-1].x)


def test_a_branch_with_another_mask_decides_by_the_same_numbers():
    sampler = Decided(Draw(), EVENT)
    begun = walk(sampler, 1.0)[0]
    branched = sampler.step(begun, Steer(condition=Mask(VALUE, torch.full(EVENT, 0.4))), rng_for(5, 1))
    assert torch.equal(free(branched), free(walk(sampler, 0.4)[-1]))


def test_completion_softens_the_ways_that_cannot_follow_strengths():
    methods = {
        "draw": Method("mask", "Draw", "exact", "Draws.", Draw()),
        "path": Method("mask", "Path", "exact", "Walks.", Draw(), follows_strength=True),
        "other": Method("strokes", "Other", "exact", "Paints.", Draw()),
    }
    done = complete(Abilities(samplers={"draw": Draw()}, methods=methods), DataSpec(EVENT)).methods
    assert {name: isinstance(method.sampler, Decided) for name, method in done.items()} == {
        "draw": True,
        "path": False,
        "other": False,
    }
