"""Diffusion: the denoiser, and a mean over the batch that leaves the gradient's expectation alone."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import DataSpec, rng_for
from dgm_studio.families._noisy import posterior_means, stratified
from dgm_studio.families.diffusion import Config, Diffusion

POINTS = DataSpec((2,))


@pytest.fixture
def model():
    made = Diffusion(Config(), POINTS, rng_for(0))
    with torch.no_grad():
        for i, p in enumerate(made.net.learner.shown.parameters()):
            p.add_(0.05 * torch.randn(p.shape, generator=rng_for(1, i)))
    return made


@pytest.mark.parametrize("sigma", [0.01, 0.5, 8.0])
def test_slope_score_and_denoiser_say_the_same(model, sigma):
    x = torch.randn(50, 2, generator=rng_for(2)) * (1 + sigma)
    d = model.learner.denoise(x, sigma, None)
    assert torch.allclose(model.learner.noise(x, sigma, None), (x - d) / sigma, atol=2e-3)


def test_velocity_is_the_slope_of_what_is_shown(model):
    """By finite differences along one exact step of the ODE in noise."""
    t, h = 0.4, 1e-3
    x = torch.randn(50, 2, generator=rng_for(2)) * 3
    scale = [model.at(s)[0] for s in (t, t + h)]
    sigma = [model.levels.sigma(s) for s in (t, t + h)]
    middle = x + 0.5 * (sigma[1] - sigma[0]) * model.learner.noise(x, sigma[0], None)
    moved = x + (sigma[1] - sigma[0]) * model.learner.noise(middle, sum(sigma) / 2, None)
    expected = (scale[1] * moved - scale[0] * x) / h
    velocity = model.velocity(model.levels, 0.5 * (scale[0] * x + scale[1] * moved), t + h / 2, None)
    assert torch.allclose(velocity, expected, atol=5e-3)


def test_posterior_mean_is_the_mean_over_the_batch():
    u = torch.randn(300, 2, generator=rng_for(1))
    cos, sin = torch.full((300, 1), 0.6), torch.full((300, 1), 0.8)
    mix = cos * u + sin * torch.randn(300, 2, generator=rng_for(2))
    means = posterior_means(u, mix, cos, sin, None, None)
    for j in (0, 255, 299):
        block = u[:256] if j < 256 else u[256:]
        w = torch.softmax(-(mix[j] - 0.6 * block).square().sum(1) / (2 * 0.8**2), 0)
        assert torch.allclose(means[j], w @ block, atol=1e-5)


def test_posterior_mean_keeps_to_the_class_that_is_shown():
    u = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    label = torch.tensor([0, 1])
    shown = torch.tensor([0, -1])
    cos, sin = torch.full((2, 1), 0.1), torch.full((2, 1), 1.0)
    means = posterior_means(u, torch.zeros(2, 2), cos, sin, shown, label)
    assert torch.allclose(means, torch.tensor([[-1.0, 0.0], [0.0, 0.0]]), atol=1e-6)


def test_almost_no_noise_leaves_the_point_itself():
    u = torch.randn(256, 2, generator=rng_for(1))
    sin = torch.full((256, 1), 1e-3)
    assert torch.allclose(posterior_means(u, u, (1 - sin**2).sqrt(), sin, None, None), u, atol=1e-4)


def test_noise_levels_cover_their_range_in_every_batch():
    u = stratified(64, rng_for(1), torch.device("cpu"))
    assert torch.equal((u * 64).floor(), torch.arange(64.0))
