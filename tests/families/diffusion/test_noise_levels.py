"""Noise schedules: their ends, their derivative, and the levels they draw; what the network is asked for."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from dgm_studio.families.diffusion.noise_levels import Cosine, Linear, LogNormal
from dgm_studio.families.diffusion.targets import asked, noise_in

LEVELS = [LogNormal(20.0, 0.002, -1.0, 1.5), Linear(20.0, 0.002), Cosine(20.0, 0.002)]


@pytest.fixture(params=LEVELS, ids=lambda v: type(v).__name__)
def levels(request):
    return request.param


def test_falls_from_the_largest_to_the_smallest(levels):
    sigmas = [levels.sigma(i / 50) for i in range(51)]
    assert sigmas[0] == pytest.approx(20)
    assert sigmas[-1] == pytest.approx(0.002)
    assert all(a > b for a, b in itertools.pairwise(sigmas))


def test_rate_is_the_derivative(levels):
    for t in (0.1, 0.5, 0.9):
        h = 1e-5
        assert levels.rate(t) == pytest.approx((levels.sigma(t + h) - levels.sigma(t - h)) / (2 * h), rel=1e-4)


def test_draws_rise_with_the_quantile_and_stay_in_range(levels):
    log_sigma = levels.draw(torch.linspace(1e-6, 1 - 1e-6, 200))
    assert bool((log_sigma.diff() >= 0).all())
    assert math.log(0.002) - 1e-2 <= float(log_sigma[0])
    assert float(log_sigma[-1]) <= math.log(20) + 1e-2


@pytest.mark.parametrize("kind", [Linear, Cosine])
def test_ddpm_trains_evenly_on_the_times_it_samples(kind):
    levels = kind(20.0, 0.002)
    drawn = levels.draw(torch.tensor([0.25, 0.5, 0.75])).exp()
    assert drawn.tolist() == pytest.approx([levels.sigma(0.75), levels.sigma(0.5), levels.sigma(0.25)], rel=1e-3)


def test_linear_is_the_limit_of_a_thousand_small_betas():
    """The product of 1 - beta_i of Ho et al. 2020, with betas from 1e-4 to 0.02."""
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    alpha_bar = torch.cumprod(1 - betas, 0)
    levels = Linear(20.0, 0.002)
    for i in (200, 400, 600):
        s = (i + 1) / 1000
        sigma = float((1 / alpha_bar[i] - 1).sqrt())
        assert levels.time(sigma) == pytest.approx(s, abs=0.003)


@pytest.mark.parametrize("target", ["edm", "epsilon", "x0", "v"])
def test_any_answer_tells_the_noise(target):
    u, n = torch.randn(2, 40, 2, generator=torch.Generator().manual_seed(0))
    angle = torch.linspace(0.2, 1.4, 40)[:, None]
    cos, sin = angle.cos(), angle.sin()
    answer = asked(target, u, n, cos, sin)
    assert torch.allclose(noise_in(target, answer, cos * u + sin * n, cos, sin), n, atol=1e-5)
