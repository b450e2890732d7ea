"""The estimated density of pictures: components and the rest together are a density, the same at every call."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, rng_for
from dgm_studio.families.diffusion.image_density import image_density
from dgm_studio.families.shared.levels import dequantised
from dgm_studio.nets.pca import ENOUGH, PcaSpace

SPEC = DataSpec((1, 2, 2), value_range=(-1, 1), levels=256)


def still(x: Tensor, t: float, label: Tensor | None) -> Tensor:
    return torch.zeros_like(x) * x


def gaussian_pictures(n: int) -> tuple[Tensor, Tensor]:
    """Pictures from N(0.1, C) and their covariance C (4, 4): two strong directions, two weak ones of one variance."""
    rng = rng_for(3)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=rng))[0]
    std = torch.tensor([0.5, 0.5, 0.05, 0.05])
    x = 0.1 + (torch.randn(n, 4, generator=rng) * std) @ turn.T
    return x.view(n, 1, 2, 2), turn @ torch.diag(std.square()) @ turn.T


def test_of_gaussian_pictures_it_is_their_gaussian() -> None:
    x, covariance = gaussian_pictures(ENOUGH)
    pca = PcaSpace((1, 2, 2), 2)
    pca.observe(x, rng_for(1))
    density = image_density(still, SPEC, pca, pca.spread, 2)
    assert density.kind == "estimate"
    found = density(x[:200])
    law = torch.distributions.MultivariateNormal(torch.full((4,), 0.1), covariance)
    expected = law.log_prob(dequantised(x[:200], 256).flatten(1))
    assert abs(float((found - expected).mean())) < 0.1
    assert float((found - expected).std()) < 0.25


def test_the_same_pictures_get_the_same_estimate() -> None:
    x, _ = gaussian_pictures(40)
    density = image_density(still, SPEC, None, torch.ones(()), 2)
    with torch.inference_mode():
        assert torch.equal(density(x), density(x))


def test_noise_is_as_wide_as_a_grey_level() -> None:
    x = torch.zeros(3, 1, 40, 40)
    noise = dequantised(x, 17)
    assert float(noise.abs().max()) <= 1 / 16
    assert abs(float(noise.std()) - 2 / 16 / math.sqrt(12)) < 0.003
    assert torch.equal(noise[0], noise[2])
