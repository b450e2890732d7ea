"""Diffusion steps: measured order of convergence, and the right distribution where noise is drawn."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.samplers.denoising import dpmpp_2m_step, euler_step, heun_step, rho_schedule
from dgm_studio.samplers.stochastic import ddim_step, sde_step

FROM, TO = 4.0, 0.1


def levels(n):
    return [rho_schedule(i / n, FROM, TO) for i in range(n + 1)]


def start(n=64):
    return FROM * torch.randn(n, 2, generator=rng_for(1), dtype=torch.float64)


def walk(name, denoise, n):
    x, past = start(), None
    grid = levels(n)
    for a, b in itertools.pairwise(grid):
        if name == "euler":
            x, _ = euler_step(denoise, x, a, b)
        elif name == "heun":
            x, _ = heun_step(denoise, x, a, b)
        elif name == "ddim":
            x, _ = ddim_step(denoise, x, a, b, 0.0, 1.0, rng_for(0))
        else:
            x, d = dpmpp_2m_step(denoise, x, a, b, past)
            past = (d, a)
    return x


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("ddim", 1), ("heun", 2), ("dpmpp-2m", 2)])
def test_order_of_convergence_is_the_one_that_is_claimed(mixture, name, order):
    truth = walk("heun", mixture.denoise, 4000)
    coarse, fine = [(walk(name, mixture.denoise, n) - truth).abs().mean() for n in (40, 80)]
    assert math.log2(float(coarse / fine)) == pytest.approx(order, abs=0.25)


def test_schedule_starts_and_ends_where_it_should_and_falls():
    grid = levels(20)
    assert grid[0] == pytest.approx(FROM)
    assert grid[-1] == pytest.approx(TO)
    assert all(a > b for a, b in itertools.pairwise(grid))


@pytest.mark.parametrize("name", ["sde", "ancestral"])
def test_stochastic_samplers_reach_the_target(mixture, name):
    n, rng = 6000, rng_for(2)
    grid = [rho_schedule(i / 150, 20.0, 0.01) for i in range(150)] + [0.0]
    x = 20.0 * torch.randn(n, 2, generator=rng, dtype=torch.float64)
    for a, b in itertools.pairwise(grid):
        if name == "sde":
            x, _ = sde_step(mixture.denoise, x, a, b, 1.0, rng)
        else:
            x, _ = ddim_step(mixture.denoise, x, a, b, 1.0, 1.0, rng)
    mean = mixture.weights @ mixture.means
    spread = (mixture.weights[:, None] * (mixture.means - mean) ** 2).sum(0) + mixture.std**2
    nearest = (x[:, None] - mixture.means).square().sum(2).argmin(1)
    share = torch.bincount(nearest, minlength=3) / n
    assert torch.allclose(x.mean(0), mean, atol=0.05)
    assert torch.allclose(x.var(0), spread, rtol=0.08)
    assert torch.allclose(share.double(), mixture.weights, atol=0.04)


@pytest.mark.parametrize("step", [sde_step, lambda *a: ddim_step(*a[:4], 1.0, *a[4:])])
def test_noise_scale_is_the_temperature_of_a_gaussian(step):
    """Everything is linear in the noise, so scaling all of it by sqrt(T) scales the variance by T."""
    s, scale, rng = 0.7, math.sqrt(0.5), rng_for(3)

    def denoise(x, sigma):
        return x * s**2 / (s**2 + sigma**2)

    grid = [rho_schedule(i / 200, 20.0, 0.01) for i in range(200)] + [0.0]
    x = scale * math.hypot(20.0, s) * torch.randn(20000, 1, generator=rng, dtype=torch.float64)
    for a, b in itertools.pairwise(grid):
        x, _ = step(denoise, x, a, b, scale, rng)
    assert float(x.var()) == pytest.approx(0.5 * s**2, rel=0.05)
