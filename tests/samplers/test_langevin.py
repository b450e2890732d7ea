"""Chains on energies whose density is known: stationary variance, temperature, acceptance, pinned values, populations."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Steer, finish, rng_for, trajectory
from dgm_studio.samplers.annealed import AnnealedKnobs, AnnealedLangevin
from dgm_studio.samplers.langevin import (
    Langevin,
    LangevinKnobs,
    Standing,
    cooling,
    langevin_move,
    mala_move,
    tamed,
)
from dgm_studio.samplers.path import Direct
from dgm_studio.samplers.population import Population, PopulationKnobs, systematic

VARIANCE = torch.tensor([1.0, 0.25])
CPU = torch.device("cpu")


def bowl(x: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
    """The energy of a Gaussian with variances 1 and 1/4."""
    return 0.5 * (x.square() / VARIANCE).sum(1), x / VARIANCE


def valleys(x: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
    """Two narrow Gaussians far apart, with weights 0.8 and 0.2."""
    centre = torch.tensor([[-2.0, 0.0], [2.0, 0.0]])
    weight = torch.tensor([0.8, 0.2]).log()
    away = x[:, None] - centre
    parts = weight - away.square().sum(-1) / (2 * 0.2**2)
    pull = (parts.softmax(1)[..., None] * away).sum(1) / 0.2**2
    return -parts.logsumexp(1), pull


def noise(n: int, steer: Steer, rng: Rng) -> Tensor:
    return 1.5 * torch.randn(n, 2, generator=rng)


def walk(sampler: Langevin | Population, n: int, steer: Steer, seed: int = 0) -> list[Frame]:
    return finish(trajectory(sampler, n, steer, seed))


def test_plain_langevin_settles_on_a_variance_too_wide_by_what_theory_says() -> None:
    """x' = (1 - s^2/2v) x + s n has the stationary variance v / (1 - s^2/4v)."""
    size, x = 0.4, torch.zeros(20_000, 2)
    rng = rng_for(0)
    for _ in range(120):
        x = langevin_move(bowl, x, None, size, 1.0, rng)
    expected = VARIANCE / (1 - size**2 / (4 * VARIANCE))
    torch.testing.assert_close(x.var(0), expected, rtol=0.03, atol=0.0)


def test_corrected_chains_settle_on_the_variance_itself() -> None:
    here, rng = Standing.at(bowl, torch.zeros(20_000, 2), None), rng_for(1)
    for _ in range(120):
        here, moved = mala_move(bowl, here, None, 0.5, 1.0, rng)
    assert 0.5 < float(moved.float().mean()) < 0.99
    torch.testing.assert_close(here.x.var(0), VARIANCE, rtol=0.03, atol=0.0)


@pytest.mark.parametrize("temperature", [0.25, 2.0])
def test_temperature_multiplies_the_variance_of_a_gaussian(temperature: float) -> None:
    for corrected in (False, True):
        sampler = Langevin(bowl, Direct((2,)), noise, corrected=corrected)
        x = walk(sampler, 8000, Steer(LangevinKnobs(steps=20, moves=10, size=0.2), temperature))[-1].x
        torch.testing.assert_close(x.var(0), temperature * VARIANCE, rtol=0.08, atol=0.0)


def test_small_moves_are_nearly_always_accepted_and_large_ones_rarely() -> None:
    start = Standing.at(bowl, torch.randn(4000, 2, generator=rng_for(2)) * VARIANCE.sqrt(), None)
    shares = [float(mala_move(bowl, start, None, size, 1.0, rng_for(3))[1].float().mean()) for size in (0.02, 0.5, 1.0)]
    assert shares[0] > 0.99
    assert shares[0] > shares[1] > shares[2]


def test_a_tamed_drift_is_the_drift_until_it_outruns_the_noise() -> None:
    size = 0.1
    gentle, steep = torch.tensor([[1.0, 0.0]]), torch.tensor([[1e9, 0.0]])
    assert torch.equal(tamed(gentle, size), -0.5 * size**2 * gentle)
    assert float(tamed(steep, size).norm()) == pytest.approx(size * math.sqrt(2))


def test_heat_is_gone_by_half_of_the_way() -> None:
    assert cooling(0.0, 8.0) == 8.0
    assert cooling(0.5, 8.0) == cooling(1.0, 8.0) == 1.0


def test_noise_zero_only_slides_downhill() -> None:
    for corrected in (False, True):
        sampler = Langevin(bowl, Direct((2,)), noise, corrected=corrected)
        x = walk(sampler, 50, Steer(LangevinKnobs(steps=40, moves=10, size=0.3, noise=0.0)))[-1].x
        assert float(x.abs().max()) < 1e-3


def test_pinned_values_stay_and_the_rest_follows_the_conditional() -> None:
    """Correlated Gaussian: given x1 the mean of x2 is rho x1, its variance 1 - rho^2."""
    rho = 0.8
    precision = torch.linalg.inv(torch.tensor([[1.0, rho], [rho, 1.0]]))

    def grad(x: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        return 0.5 * (x @ precision * x).sum(1), x @ precision

    def pin(steer: Steer, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        return torch.tensor([1.5, 0.0]), torch.tensor([True, False])

    chains = Langevin(grad, Direct((2,)), noise, pin=pin, corrected=True)
    crowd = Population(grad, (2,), 2.0, CPU, pin)
    for sampler, knobs in ((chains, LangevinKnobs(steps=20, size=0.4)), (crowd, PopulationKnobs())):
        x = walk(sampler, 4000, Steer(knobs))[-1].x
        assert bool((x[:, 0] == 1.5).all())
        assert float(x[:, 1].mean()) == pytest.approx(1.5 * rho, abs=0.04)
        assert float(x[:, 1].var()) == pytest.approx(1 - rho**2, rel=0.12)


def test_a_population_gives_valleys_their_weights_and_lone_chains_do_not() -> None:
    crowd = walk(Population(valleys, (2,), 2.0, CPU), 3000, Steer(PopulationKnobs()))[-1].x
    lone = walk(Langevin(valleys, Direct((2,)), noise), 3000, Steer(LangevinKnobs(size=0.1)))[-1].x
    assert float((crowd[:, 0] < 0).float().mean()) == pytest.approx(0.8, abs=0.05)
    assert float((lone[:, 0] < 0).float().mean()) == pytest.approx(0.5, abs=0.05)
    left = crowd[crowd[:, 0] < 0]
    torch.testing.assert_close(left.std(0), torch.tensor([0.2, 0.2]), rtol=0.1, atol=0.0)


def test_a_population_of_few_has_helpers_and_shows_only_those_asked_for() -> None:
    frames = walk(Population(valleys, (2,), 2.0, CPU), 3, Steer(PopulationKnobs(steps=8)))
    assert all(frame.x.shape == (3, 2) for frame in frames)
    assert len(frames[-1].state["chain"]) >= 512


def test_a_populations_temperature_multiplies_the_variance_of_a_gaussian() -> None:
    x = walk(Population(bowl, (2,), 2.0, CPU), 6000, Steer(PopulationKnobs(), 0.25))[-1].x
    torch.testing.assert_close(x.var(0), 0.25 * VARIANCE, rtol=0.1, atol=0.0)


def test_resampling_is_fair_and_leaves_survivors_in_place() -> None:
    weight = torch.tensor([0.5, 0.25, 0.25, 0.0])
    counts = torch.zeros(4)
    for seed in range(200):
        went = systematic(weight.log(), rng_for(seed))
        counts += torch.bincount(went, minlength=4)
        assert went[:3].tolist() == [0, 1, 2]
    torch.testing.assert_close(counts / 800, weight, rtol=0, atol=1e-6)


@pytest.mark.parametrize("moves", [0, 3])
def test_annealed_chains_end_in_a_gaussian_whose_gradients_are_known(moves: int) -> None:
    """Data N(0, VARIANCE): at level sigma the gradient is v / (VARIANCE + sigma^2)."""

    def grad(v: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        return v / (VARIANCE + sigma**2)

    sampler = AnnealedLangevin(grad, Direct((2,)), 10.0, 0.05, CPU)
    steer = Steer(AnnealedKnobs(steps=100, moves=moves, size=0.3))
    x = finish(trajectory(sampler, 5000, steer, 0))[-1].x
    torch.testing.assert_close(x.var(0), VARIANCE, rtol=0.12, atol=0.0)
