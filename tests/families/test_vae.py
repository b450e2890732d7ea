"""The VAE against a model whose every integral is known, and its ways to fill a mask."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Abilities, Batch, DataSpec, Steer, finish, rng_for, trajectory
from dgm_studio.families._vae_net import Gaussian
from dgm_studio.families.vae import FAMILY, Config

POINTS = DataSpec((2,))
SPREAD = torch.tensor([[1.2, 0.0], [0.9, 0.4]])
"""Cholesky factor of the covariance of the Gaussian data that the tests train on."""


def fitted(config: Config, steps: int = 400) -> Abilities:
    model = FAMILY.build(config, POINTS, rng_for(0))
    for i in range(steps):
        x = torch.randn(256, 2, generator=rng_for(1, i)) @ SPREAD.T
        model.train_step(Batch.of(x), rng_for(2, i))
    return model.abilities()


def gaussian_log_density(x: torch.Tensor) -> torch.Tensor:
    return torch.distributions.MultivariateNormal(torch.zeros(2), scale_tril=SPREAD).log_prob(x)


def test_divergence_and_density_of_gaussians_have_their_closed_forms() -> None:
    g = Gaussian(torch.tensor([[0.5, -1.0]]), torch.tensor([[0.3, -0.7]]))
    q = torch.distributions.Normal(g.mean, g.log_sigma.exp())
    p = torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(g.divergence(), torch.distributions.kl_divergence(q, p))
    z = torch.tensor([[0.1, 0.2]])
    torch.testing.assert_close(g.log_density(z), q.log_prob(z).sum(-1))


def test_density_estimate_comes_near_the_truth_and_above_the_bound() -> None:
    x = torch.randn(500, 2, generator=rng_for(5)) @ SPREAD.T
    estimate, bound = (fitted(Config(draws=k)).log_density for k in (64, 1))
    assert estimate is not None
    assert bound is not None
    assert (estimate.kind, bound.kind) == ("estimate", "lower bound")
    gap = float((gaussian_log_density(x) - estimate(x)).mean())
    assert -0.02 < gap < 0.1
    assert float((estimate(x) - bound(x)).mean()) > -0.005
    assert torch.equal(estimate(x), estimate(x))


def test_heavy_beta_collapses_the_codes() -> None:
    for beta, collapsed in ((1.0, False), (20.0, True)):
        model = FAMILY.build(Config(beta=beta), POINTS, rng_for(0))
        for i in range(300):
            x = torch.randn(256, 2, generator=rng_for(1, i)) @ SPREAD.T
            price = float(model.train_step(Batch.of(x), rng_for(2, i))["price of the code"])
        assert (price < 0.3) == collapsed


@pytest.mark.parametrize(("way", "tolerance"), [("metropolis", 0.15), ("pseudo-gibbs", 0.4)])
def test_filling_a_mask_draws_near_the_conditional(way: str, tolerance: float) -> None:
    """x2 given x1 of a Gaussian: mean rho x1, the classic regression."""
    able = fitted(Config())
    condition = Mask(torch.tensor([1.2, 0.0]), torch.tensor([0.0, 1.0]))
    sampler = able.ways[way].sampler
    x = finish(trajectory(sampler, 2000, Steer(sampler.Knobs(), condition=condition), 0))[-1].x
    assert float(x[:, 1].mean()) == pytest.approx(0.9, abs=tolerance)
    assert float(x[:, 1].std()) == pytest.approx(0.4, abs=tolerance)


def test_samples_grow_out_of_the_origin_of_the_codes() -> None:
    able = fitted(Config(), 20)
    sampler = able.samplers["decode"]
    frames = finish(trajectory(sampler, 6, Steer(sampler.Knobs(noise=0.0)), 0))
    assert [f.t for f in frames] == [0, 0.25, 0.5, 0.75, 1]
    assert float(frames[0].x.std(0).max()) < 1e-6
    assert able.latent is not None
    torch.testing.assert_close(finish(able.latent.decode(frames[0].state["code"], None)), frames[-1].x)


def test_images_show_the_mean_and_points_the_whole_model() -> None:
    images = FAMILY.build(Config(), DataSpec((1, 8, 8)), rng_for(0)).abilities()
    points = FAMILY.build(Config(), POINTS, rng_for(0)).abilities()
    noise = [able.samplers["decode"].Knobs().model_dump()["noise"] for able in (images, points)]
    assert noise == [0.0, 1.0]


def test_untrained_estimate_agrees_with_quadrature_over_codes() -> None:
    model = FAMILY.build(Config(draws=1024), POINTS, rng_for(0))
    able = model.abilities()
    assert able.latent is not None
    axis = torch.linspace(-6, 6, 121)
    z = torch.cartesian_prod(axis, axis)
    mean = finish(able.latent.decode(z, None))
    sigma = float(model.state_dict()["shown.observation.log_sigma"].exp())
    x = torch.tensor([[0.2, 0.1], [0.6, -0.5]])
    log_p = -torch.cdist(x, mean).square() / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)
    prior = -0.5 * z.square().sum(-1) - math.log(2 * math.pi) + 2 * math.log(0.1)
    assert able.log_density is not None
    torch.testing.assert_close(able.log_density(x), (log_p + prior).logsumexp(-1), rtol=0, atol=0.05)
