"""What a temperature does, on a Gaussian and by enumeration; that of flows and paths is in the tests of those families."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSpec, Steer, finish, rng_for, trajectory
from dgm_studio.discovery import discover
from dgm_studio.families.boltzmann.deep import Deep, Dream
from dgm_studio.families.boltzmann.partition import hidden_states
from dgm_studio.families.boltzmann.restricted import Restricted
from dgm_studio.families.boltzmann.samplers import Gibbs

FAMILIES = discover("dgm_studio.families", "FAMILY")
CPU = torch.device("cpu")
PLANE = DataSpec((2,))
SMALL = DataSpec((1, 2, 3), "binary", value_range=(-1.0, 1.0), levels=2)
EVERY = hidden_states(6, 0, 64, torch.zeros(1))
PLACE = 2.0 ** torch.arange(6)


@pytest.mark.parametrize(
    ("name", "config", "knobs"),
    [
        ("gan", {}, {}),
        ("vae", {}, {}),
        ("vae", {}, {"prior": "gaussian"}),
        ("few-step", {"teacher_steps": 250}, {}),
        ("glo", {}, {"prior": "gaussian"}),
    ],
    ids=str,
)
def test_on_a_gaussian_the_temperature_multiplies_the_variance(
    name: str, config: dict[str, Any], knobs: dict[str, Any]
) -> None:
    family = FAMILIES[name]
    recipe = family.recipe(PLANE, CPU)
    model = family.build(family.Config(**{**recipe.config, **config}), PLANE, rng_for(0))
    model.retune(recipe.training)
    data = torch.randn(4096, 2, generator=rng_for(1))
    for i in range(500):
        index = torch.randint(len(data), (256,), generator=rng_for(2, i))
        model.train_step(Batch(data[index], index), rng_for(3, i))
    sampler = next(iter(model.abilities().samplers.values()))
    steers = [Steer(sampler.Knobs(**knobs), temperature=t) for t in (1.0, 0.25)]
    warm, cold = (float(finish(trajectory(sampler, 3000, steer, 0))[-1].x.var(0).mean()) for steer in steers)
    assert warm == pytest.approx(1, abs=0.25)
    assert cold / warm == pytest.approx(0.25, abs=0.05)


def machine(size: int, hidden: int, seed: int) -> Restricted:
    made = Restricted(size, 0, hidden, gaussian=False, rng=rng_for(seed)).requires_grad_(False)
    made.weight.normal_(0, 0.8, generator=rng_for(seed, 1))
    made.level.normal_(0, 0.5, generator=rng_for(seed, 2))
    return made


def negative_energy(rbm: Restricted, v: Tensor, h: Tensor) -> Tensor:
    """Of visible units (n, V) beside hidden ones (m, H): (n, m)."""
    return (v @ rbm.bias)[:, None] + h @ rbm.hidden_bias + v @ rbm.weight @ h.T


def distance(x: Tensor, law: Tensor) -> float:
    """Total variation between pictures of six pixels and a law over all 64 of them, ordered as `EVERY`."""
    number = ((x.flatten(1) > 0).float() @ PLACE).long()
    share = torch.bincount(number, minlength=64)[(EVERY @ PLACE).long()] / len(x)
    return float((share - law).abs().sum()) / 2


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_a_restricted_machine_is_drawn_with_its_energy_divided(t: float) -> None:
    rbm = machine(6, 5, 1)
    law = (negative_energy(rbm, EVERY, hidden_states(5, 0, 32, rbm.bias)) / t).logsumexp(1).softmax(0)
    sampler = Gibbs(rbm, SMALL, torch.zeros(8, 6), torch.full((6,), 0.5))
    x = finish(trajectory(sampler, 20_000, Steer(sampler.Knobs(steps=60), temperature=t), 0))[-1].x
    assert distance(x, law) < 0.04


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_a_deep_network_is_drawn_with_the_energy_above_and_the_log_odds_below_divided(t: float) -> None:
    deep = Deep(machine(6, 4, 1), machine(4, 3, 2))
    h = hidden_states(4, 0, 16, deep.top.bias)
    above = (negative_energy(deep.top, h, hidden_states(3, 0, 8, deep.top.bias)) / t).logsumexp(1).softmax(0)
    odds = (deep.bottom.bias + h @ deep.bottom.weight.T) / t
    below = (EVERY @ odds.T - torch.nn.functional.softplus(odds).sum(1)).exp()
    sampler = Dream(deep, SMALL, torch.zeros(8, 4))
    x = finish(trajectory(sampler, 20_000, Steer(sampler.Knobs(steps=60), temperature=t), 0))[-1].x
    assert distance(x, below @ above) < 0.04
