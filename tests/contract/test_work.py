"""Randomness as an argument, also where torch's layers draw by themselves."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dgm_studio.contract import DataSpec, rng_for, seeded
from dgm_studio.families.finding import find_families


def test_layers_draw_their_weights_by_the_seed_alone_and_others_go_on_as_before() -> None:
    state = torch.get_rng_state()
    made = []
    for seed in (1, 1, 2):
        torch.rand(seed)  # where the global generator stands is no matter
        with seeded(rng_for(seed)):
            made.append(nn.Linear(3, 3).weight.detach())
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
    torch.set_rng_state(state)
    with seeded(rng_for(0)):
        torch.rand(5)
    assert torch.equal(torch.get_rng_state(), state)


def test_building_a_model_seeds_no_other_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def reseed(seed: int) -> None:
        raise AssertionError("the generators of other devices are not the model's")

    monkeypatch.setattr(torch.cuda, "manual_seed", reseed)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", reseed)
    with pytest.raises(AssertionError):
        torch.manual_seed(0)
    for family in find_families().values():
        for spec in (DataSpec((2,), classes=("a", "b")), DataSpec((1, 8, 8), classes=("a", "b"), value_range=(-1, 1))):
            if family.accepts(spec) is None:
                recipe = family.recipe(spec, torch.device("cpu"))
                family.build(family.Config(**recipe.config), spec, rng_for(0))
