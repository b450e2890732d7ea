"""Steps that draw noise: the right distribution in the limit, and what their knobs promise."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.samplers.diffusion.predictor_corrector import corrected as langevin
from dgm_studio.samplers.diffusion.solver import Move
from dgm_studio.samplers.noise import rho_schedule
from dgm_studio.samplers.solvers import diffusion_solvers


def grid(n, largest=20.0, smallest=0.01):
    return [rho_schedule(i / n, largest, smallest) for i in range(n)] + [0.0]


def step_of(name, **knobs):
    """A step (denoiser, x, from, to, rng, scale) -> x by a solver of that name."""
    solver = diffusion_solvers()[name]

    def step(f, x, a, b, rng, scale=1.0):
        return solver.step(Move(f, x, a, b, solver.Knobs(**knobs), rng, scale)).x

    return step


def langevin_move(snr):
    """A move (denoiser, x, from, to, rng, scale) -> x at the level ``to``."""
    knobs = diffusion_solvers()["predictor-corrector"].Knobs(snr=snr)
    return lambda f, x, a, b, rng, scale=1.0: langevin(Move(f, x, a, b, knobs, rng, scale), x)


ddpm = step_of("ddpm")
ddpm_large = step_of("ddpm", variance="large")
ancestral = step_of("ddim", eta=1.0)
half_way = step_of("sde", stochasticity=0.5)
reverse_ve = step_of("sde")
reverse_vp = step_of("sde", process="VP")
corrected = step_of("predictor-corrector")


STEPS = [ancestral, ddpm, ddpm_large, half_way, reverse_ve, reverse_vp, corrected]


@pytest.mark.parametrize("step", STEPS)
def test_all_reach_the_mixture(mixture, step):
    n, rng = 4000, rng_for(2)
    x = 20.0 * torch.randn(n, 2, generator=rng, dtype=torch.float64)
    for a, b in itertools.pairwise(grid(150)):
        x = step(mixture.denoise, x, a, b, rng)
    mean = mixture.weights @ mixture.means
    spread = (mixture.weights[:, None] * (mixture.means - mean) ** 2).sum(0) + mixture.std**2
    share = torch.bincount((x[:, None] - mixture.means).square().sum(2).argmin(1), minlength=3) / n
    assert torch.allclose(x.mean(0), mean, atol=0.06)
    assert torch.allclose(x.var(0), spread, rtol=0.1)
    assert torch.allclose(share.double(), mixture.weights, atol=0.04)


def test_ddim_with_eta_one_is_ddpm(mixture):
    x = 3.0 * torch.randn(50, 2, generator=rng_for(1), dtype=torch.float64)
    for a, b in ((3.0, 1.0), (0.5, 0.1), (0.1, 0.0)):
        ours = ancestral(mixture.denoise, x, a, b, rng_for(5), 0.7)
        theirs = ddpm(mixture.denoise, x, a, b, rng_for(5), 0.7)
        assert torch.allclose(ours, theirs)


def test_ddpm_is_the_published_posterior(mixture):
    """Mean and variances in the symbols of Ho et al. 2020, eq. 6 and 7, for x scaled to y = sqrt(alpha_bar) x."""
    sigma, to = 1.5, 0.9
    bar, bar_past = 1 / (1 + sigma**2), 1 / (1 + to**2)
    alpha = bar / bar_past
    x = torch.randn(20, 2, generator=rng_for(1), dtype=torch.float64)
    d = mixture.denoise(x, sigma)
    mean = math.sqrt(bar_past) * (1 - alpha) / (1 - bar) * d
    mean += math.sqrt(alpha) * (1 - bar_past) / (1 - bar) * math.sqrt(bar) * x
    for step, variance in ((ddpm, (1 - bar_past) / (1 - bar) * (1 - alpha)), (ddpm_large, 1 - alpha)):
        quiet = step(mixture.denoise, x, sigma, to, rng_for(2), 0.0)
        loud = step(mixture.denoise, x, sigma, to, rng_for(2))
        assert torch.allclose(math.sqrt(bar_past) * quiet, mean)
        n = torch.randn(x.shape, generator=rng_for(2), dtype=x.dtype)
        assert torch.allclose(math.sqrt(bar_past) * (loud - quiet), math.sqrt(variance) * n)


@pytest.mark.parametrize("process", ["VE", "VP"])
def test_without_stochasticity_the_sde_is_an_ode_of_order_one(mixture, process):
    def walk(n):
        x = 4.0 * torch.randn(64, 2, generator=rng_for(1), dtype=torch.float64)
        for a, b in itertools.pairwise([rho_schedule(i / n, 4.0, 0.1) for i in range(n + 1)]):
            x = step_of("sde", stochasticity=0.0, process=process)(mixture.denoise, x, a, b, rng_for(0))
        return x

    truth = walk(8000)
    coarse, fine = ((walk(n) - truth).abs().mean() for n in (60, 120))
    assert math.log2(float(coarse / fine)) == pytest.approx(1, abs=0.25)


def variance_left(n, *parts, largest=4.0, smallest=0.1):
    """What n steps make of N(0, 0.49 + 16): its variance at the smallest noise, without a draw.

    Each of the ``parts`` of a step is linear, ``x -> gain x + c noise``: without noise it gives the gain, from 0 the c.
    """
    zero, noise = torch.zeros(1, dtype=torch.float64), torch.randn(1, generator=rng_for(1), dtype=torch.float64)
    variance = 0.49 + largest**2
    for a, b in itertools.pairwise([rho_schedule(i / n, largest, smallest) for i in range(n + 1)]):
        for part in parts:
            gain, c = part(narrow, zero + 1, a, b, rng_for(1), 0.0), part(narrow, zero, a, b, rng_for(1)) / noise
            variance = float(gain**2 * variance + c**2)
    return variance


def narrow(x, sigma):
    """The denoiser of N(0, 0.49)."""
    return x * 0.49 / (0.49 + sigma**2)


def weak_orders(parts_of):
    errors = [abs(variance_left(n, *parts_of(n)) - 0.5) for n in (50, 100, 200)]
    return [math.log2(coarse / fine) for coarse, fine in itertools.pairwise(errors)], errors


@pytest.mark.parametrize("step", [ancestral, ddpm, ddpm_large, half_way, reverse_ve, reverse_vp])
def test_steps_with_noise_are_of_weak_order_one(step):
    assert weak_orders(lambda n: [step])[0] == pytest.approx([1, 1], abs=0.05)


def test_a_corrector_keeps_the_weak_order_and_lowers_the_error():
    """Where its own step, and with it what it adds to the variance, shrinks as the predictor's does."""

    def corrector(n):
        return langevin_move(0.16 * math.sqrt(50 / n))

    orders, errors = weak_orders(lambda n: [reverse_ve, corrector(n)])
    assert orders == pytest.approx([1, 1], abs=0.05)
    assert errors[0] < 0.6 * weak_orders(lambda n: [reverse_ve])[1][0]


@pytest.mark.parametrize("step", STEPS)
def test_noise_scale_is_the_temperature_of_a_gaussian(step):
    """Everything is linear in the noise, so scaling all of it by sqrt(T) scales the variance by T."""

    def walk(scale):
        rng = rng_for(3)
        x = scale * math.hypot(20.0, 0.7) * torch.randn(500, 1, generator=rng, dtype=torch.float64)
        for a, b in itertools.pairwise(grid(40)):
            x = step(narrow, x, a, b, rng, scale)
        return x

    assert torch.allclose(walk(math.sqrt(0.5)), math.sqrt(0.5) * walk(1.0))


def test_a_langevin_walk_stays_in_its_distribution():
    """On N(0, 1) noised to sigma = 1, of variance 2; the discretisation widens it by 1 / (1 - e / 2v)."""
    rng = rng_for(4)
    x = math.sqrt(2) * torch.randn(20000, 1, generator=rng, dtype=torch.float64)
    for _ in range(40):
        x = langevin_move(0.16)(lambda x, sigma: x / (1 + sigma**2), x, 1.0, 1.0, rng)
    e = 2 * 0.16**2
    assert float(x.var()) == pytest.approx(2 / (1 - e / 4), rel=0.03)


def test_churning_adds_exactly_the_missing_noise():
    """Seen by a denoiser that writes down what it is asked, at most as much as the path has."""
    asked = []

    def denoise(x, sigma):
        asked.append((float(x.std()), sigma))
        return x

    x = torch.randn(50000, 1, generator=rng_for(1)) * 2.0
    solver = diffusion_solvers()["heun"]
    for churn, largest in ((6.0, 10.0), (6.0, 2.2), (0.0, 10.0)):
        solver.step(Move(denoise, x, 2.0, 1.0, solver.Knobs(steps=20, churn=churn), rng_for(2), largest=largest))
    for (spread, sigma), expected in zip(asked[::2], (2.6, 2.2, 2.0), strict=True):
        assert sigma == pytest.approx(expected)
        assert spread == pytest.approx(expected, rel=0.03)
