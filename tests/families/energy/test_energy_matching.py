"""Energy matching: transport first, an equilibrium after, on one landscape."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.energy.descent import Descent, DescentKnobs, descended
from dgm_studio.families.energy.energy_matching import FAMILY, Config, EnergyMatching, leapt
from dgm_studio.families.energy.losses import Noise
from dgm_studio.samplers.path import Direct

PLANE = DataSpec((2,))
CPU = torch.device("cpu")
MODES = torch.tensor([[-1.2, 0.0], [1.2, 0.0]])
WIDTH = 0.3


def pair_of_modes(n: int, seed: int) -> Tensor:
    which = torch.randint(2, (n,), generator=rng_for(seed))
    return MODES[which] + WIDTH * torch.randn(n, 2, generator=rng_for(seed, 1))


def log_p(x: Tensor) -> Tensor:
    each = -0.5 * torch.cdist(x, MODES).square() / WIDTH**2 - math.log(2 * math.pi * WIDTH**2)
    return each.logsumexp(1) - math.log(2)


def trained(steps: int, **config: object) -> EnergyMatching:
    model = FAMILY.build(Config.model_validate({"width": 64, "buffer": 1024, **config}), PLANE, rng_for(0))
    assert isinstance(model, EnergyMatching)
    model.retune(Training(batch=128, learning_rate=5e-3))
    for i in range(steps):
        model.train_step(Batch.of(pair_of_modes(128, i)), rng_for(1, i))
    return model


def samples(abilities: Abilities, n: int, **knobs: object) -> Tensor:
    sampler = abilities.samplers["descent"]
    steer = Steer(sampler.Knobs.model_validate(knobs))
    return finish(trajectory(sampler, n, steer, 0))[-1].x


def gap(abilities: Abilities) -> float:
    assert abilities.log_density is not None
    x = pair_of_modes(2000, 12345)
    return float((log_p(x) - abilities.log_density(x)).mean())


def test_on_a_bowl_the_descent_shrinks_as_its_ode_does_and_chains_fill_it_again() -> None:
    """E = |x|^2 / 2 v: one time unit of descent multiplies by exp(-pace / v), and chains end at variance v."""
    v, pace = 0.25, 0.5

    def grad(x: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        return 0.5 * x.square().sum(1) / v, x / v

    x = torch.randn(4000, 2, generator=rng_for(0))
    torch.testing.assert_close(descended(grad, x, None, pace, 2000), x * math.exp(-pace / v), rtol=0.01, atol=1e-3)
    descent = Descent(grad, Direct((2,)), pace, CPU)
    end = finish(trajectory(descent, 4000, Steer(DescentKnobs(size=0.4)), 0))[-1].x
    assert float(end.var()) == pytest.approx(v, abs=6 * v * math.sqrt(2 / 8000))
    slid = finish(trajectory(descent, 4000, Steer(DescentKnobs(descent=1.0, steps=200)), 0))[-1].x
    assert float(slid.std()) == pytest.approx(math.exp(-pace / v), rel=0.05)


def test_transport_alone_brings_noise_to_both_modes_and_chains_settle_its_density() -> None:
    """After transport the density is not that of the data; the contrast makes it so."""
    flow = trained(200, flow_steps=200)
    slid = samples(flow.abilities(), 2000, descent=1.0)
    near = torch.cdist(slid, MODES).amin(1) < 3 * WIDTH
    assert float(near.float().mean()) > 0.6
    assert abs(float((slid[:, 0] > 0).float().mean()) - 0.5) < 0.1
    before = gap(flow.abilities())
    settled = trained(450, flow_steps=200)
    after = gap(settled.abilities())
    assert after < 0.12
    assert after < before / 3
    x = samples(settled.abilities(), 2000)
    away = torch.cdist(x, MODES).amin(1)
    # the median distance from the middle of a Gaussian of two dimensions is 1.177 deviations
    assert float(away.median()) == pytest.approx(1.177 * WIDTH, rel=0.2)
    assert abs(float((x[:, 0] > 0).float().mean()) - 0.5) < 0.1


def test_chains_leap_to_the_shares_and_widths_of_modes_that_langevin_moves_do_not_join() -> None:
    """Of two modes with shares 1/4 and 3/4 all chains begin in the lesser; proposals are centred evenly on both."""

    def energy(x: Tensor, label: Tensor | None) -> Tensor:
        each = -0.5 * torch.cdist(x, MODES).square() / WIDTH**2
        return -(each + torch.tensor([0.25, 0.75]).log()).logsumexp(1)

    n = 4000
    x = MODES[0] + 0.01 * torch.randn(n, 2, generator=rng_for(0))
    for i in range(60):
        x = leapt(energy, x, Noise(MODES), rng_for(1, i))
    assert float((x[:, 0] > 0).float().mean()) == pytest.approx(0.75, abs=5 * math.sqrt(0.75 * 0.25 / n))
    assert float(x[:, 1].std()) == pytest.approx(WIDTH, rel=5 / math.sqrt(2 * n))


def test_chains_begin_where_the_descent_ends() -> None:
    """In the first step of the second stage all of them are there; before it they are noise."""
    model = trained(60, flow_steps=60)
    before = model.plain.memory.chains.clone()
    model.train_step(Batch.of(pair_of_modes(128, 60)), rng_for(1, 60))
    after = model.plain.memory.chains
    near = [float((torch.cdist(chains, MODES).amin(1) < 3 * WIDTH).float().mean()) for chains in (before, after)]
    assert near[1] > near[0] + 0.2


def test_it_has_the_normalised_density_and_chains_of_an_energy() -> None:
    abilities = FAMILY.build(Config(), PLANE, rng_for(0)).abilities()
    assert abilities.log_density is not None
    assert abilities.log_density.kind == "exact"
    assert next(iter(abilities.samplers)) == "descent"
    assert {"population", "mala"} <= set(abilities.samplers)
    assert abilities.surface is not None
