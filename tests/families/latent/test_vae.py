"""The VAE against models whose every integral is known, its decoders, its priors, and its ways to fill a mask."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Abilities, Batch, DataSpec, Model, Steer, finish, rng_for, trajectory
from dgm_studio.families.latent.observations import (
    BernoulliObservation,
    DiscretisedObservation,
    GaussianObservation,
)
from dgm_studio.families.latent.vae import FAMILY, Config
from dgm_studio.families.latent.vae_net import Gaussian, VaeNet

POINTS = DataSpec((2,))
SPREAD = torch.tensor([[1.2, 0.0], [0.9, 0.4]])
"""Cholesky factor of the covariance of the Gaussian data that the tests train on."""


@cache
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
    # all points share their draws, so that means of 500 are as uncertain as one: a single draw errs by hundredths
    assert -0.05 < float((gaussian_log_density(x) - estimate(x)).mean()) < 0.15
    assert float((estimate(x) - bound(x)).mean()) > -0.1
    assert torch.equal(estimate(x), estimate(x))


@pytest.mark.parametrize(("method", "tolerance"), [("metropolis", 0.15), ("pseudo-gibbs", 0.4)])
def test_filling_a_mask_draws_near_the_conditional(method: str, tolerance: float) -> None:
    """x2 given x1 of a Gaussian: mean rho x1, the classic regression."""
    abilities = fitted(Config())
    condition = Mask(torch.tensor([1.2, 0.0]), torch.tensor([0.0, 1.0]))
    sampler = abilities.methods[method].sampler
    x = finish(trajectory(sampler, 2000, Steer(sampler.Knobs(), condition=condition), 0))[-1].x
    assert float(x[:, 1].mean()) == pytest.approx(0.9, abs=tolerance)
    assert float(x[:, 1].std()) == pytest.approx(0.4, abs=tolerance)


def test_samples_grow_out_of_the_origin_of_the_latents() -> None:
    abilities = fitted(Config(), 20)
    sampler = abilities.samplers["decode"]
    frames = finish(trajectory(sampler, 6, Steer(sampler.Knobs(noise=0.0)), 0))
    assert [f.t for f in frames] == [0, 0.25, 0.5, 0.75, 1]
    assert float(frames[0].x.std(0).max()) < 1e-6
    assert abilities.latent is not None
    torch.testing.assert_close(finish(abilities.latent.decode(frames[0].state["latent"], None)), frames[-1].x)


def test_images_show_the_mean_and_points_the_whole_model() -> None:
    images = FAMILY.build(Config(), DataSpec((1, 8, 8)), rng_for(0)).abilities()
    points = FAMILY.build(Config(), POINTS, rng_for(0)).abilities()
    noise = [abilities.samplers["decode"].Knobs().model_dump()["noise"] for abilities in (images, points)]
    assert noise == [0.0, 1.0]


def test_untrained_estimate_agrees_with_quadrature_over_latents() -> None:
    model = FAMILY.build(Config(draws=1024), POINTS, rng_for(0))
    abilities = model.abilities()
    assert abilities.latent is not None
    axis = torch.linspace(-6, 6, 121)
    z = torch.cartesian_prod(axis, axis)
    mean = finish(abilities.latent.decode(z, None))
    sigma = float(model.state_dict()["shown.observation.log_sigma"].exp())
    x = torch.tensor([[0.2, 0.1], [0.6, -0.5]])
    log_p = -torch.cdist(x, mean).square() / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)
    prior = -0.5 * z.square().sum(-1) - math.log(2 * math.pi) + 2 * math.log(0.1)
    assert abilities.log_density is not None
    torch.testing.assert_close(abilities.log_density(x), (log_p + prior).logsumexp(-1), rtol=0, atol=0.05)


def linear(shrink: float = 1.0) -> tuple[VaeNet, torch.distributions.MultivariateNormal]:
    """A VAE without hidden layers whose decoder is ``W z + b`` with orthogonal columns, and the density it has.

    Its posterior ``N(M^-1 W^T (x - b) / s^2, M^-1)`` with ``M = I + W^T W / s^2`` is diagonal, so the encoder can be it;
    ``shrink`` spoils its mean.
    """
    net = VaeNet(3, 0, [], 2, GaussianObservation(image=False))
    w = torch.tensor([[1.0, 0.4], [0.5, -0.8], [0.2, 0.0]])
    b, s = torch.tensor([0.3, -0.2, 0.1]), 0.6
    m = 1 + w.square().sum(0) / s**2
    with torch.no_grad():
        net.decoder.layers[0].weight.copy_(w)
        net.decoder.layers[0].bias.copy_(b)
        net.observation.log_sigma.fill_(math.log(s))
        encode = shrink * (w / (m * s**2)).T
        net.encoder.layers[0].weight.copy_(torch.cat([encode, torch.zeros(2, 3)]))
        net.encoder.layers[0].bias.copy_(torch.cat([-encode @ b, 6 * torch.atanh(-0.5 * m.log() / 6)]))
    return net, torch.distributions.MultivariateNormal(b, w @ w.T + s**2 * torch.eye(3))


@torch.no_grad()
def test_with_the_true_posterior_a_single_latent_gives_the_exact_density() -> None:
    net, truth = linear()
    x = truth.sample((50,))
    given, noise = x.new_zeros(50, 0), torch.randn(1, 50, 2, generator=rng_for(0))
    likelihood, ratio = net.weigh(net.posterior(x, given), x, given, noise)
    torch.testing.assert_close((likelihood + ratio)[0], truth.log_prob(x), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_weighted_bounds_rise_with_the_number_of_latents_towards_the_truth() -> None:
    net, truth = linear(shrink=0.5)
    x = truth.mean + torch.randn(400, 3, generator=rng_for(1)) @ truth.scale_tril.T
    given, noise = x.new_zeros(400, 0), torch.randn(512, 400, 2, generator=rng_for(2))
    likelihood, ratio = net.weigh(net.posterior(x, given), x, given, noise)
    weights = likelihood + ratio
    bounds = [float((weights[:k].logsumexp(0) - math.log(k)).mean()) for k in (1, 4, 16, 64, 512)]
    exact = float(truth.log_prob(x).mean())
    assert bounds == sorted(bounds)
    assert bounds[0] < exact - 0.1
    assert bounds[-1] == pytest.approx(exact, abs=0.05)


def test_masses_of_discrete_decoders_sum_to_one_and_draws_follow_them() -> None:
    for observation in (BernoulliObservation(), DiscretisedObservation(2), DiscretisedObservation(17)):
        levels = torch.linspace(-1, 1, observation.levels)[:, None]
        for out in torch.tensor([[0.3, -1.0], [-2.0, 1.5], [1.0, -9.0]])[:, : observation.outputs]:
            mass = observation.log_density(levels, out.expand(len(levels), -1)).exp()
            assert float(mass.sum()) == pytest.approx(1, abs=1e-4)
            drawn = observation.draw(out.expand(4000, -1), rng_for(0))
            share = (drawn == observation.rounded(levels).T).float().mean(0)
            torch.testing.assert_close(share, mass, atol=0.04, rtol=0)


def bits(n: int, seed: int) -> torch.Tensor:
    """Black and white 8x8 pictures (n, 1, 8, 8) of a bar, upright or lying, with a few pixels flipped."""
    rng = rng_for(seed)
    where, upright = torch.randint(8, (n,), generator=rng), torch.rand(n, generator=rng) < 0.5
    x = -torch.ones(n, 8, 8)
    x[torch.arange(n), where] = 1
    x = torch.where(upright[:, None, None], x.mT, x)
    return torch.where(torch.rand(x.shape, generator=rng) < 0.02, -x, x)[:, None]


BITS = DataSpec((1, 8, 8), "binary", value_range=(-1.0, 1.0), levels=2)


@cache
def on_bits(config: Config, steps: int, classes: tuple[str, ...] = ()) -> Model:
    model = FAMILY.build(config, DataSpec(BITS.event, BITS.kind, classes, BITS.value_range, BITS.levels), rng_for(0))
    for i in range(steps):
        x = bits(64, 100 + i)
        label = (x[:, 0].sum(1).amax(-1) > x[:, 0].sum(2).amax(-1)).long() if classes else None
        model.train_step(Batch.of(x, label), rng_for(2, i))
    return model


def test_black_and_white_is_learnt_in_nats_and_heavy_beta_forgets_the_latent() -> None:
    """The truth: ln 16 for which bar, and 64 flips of entropy 0.098; no latent at all leaves independent pixels."""
    held_out = bits(300, 1)
    densities, active = [], []
    for config in (Config(latent=4), Config(latent=4, objective="iwae", importance=5), Config(latent=4, beta=10.0)):
        abilities = on_bits(config, 250).abilities()
        assert abilities.log_density is not None
        assert abilities.log_density.levels == 2
        densities.append(-float(abilities.log_density(held_out).mean()))
        assert abilities.latent is not None
        assert abilities.latent.encode is not None
        active.append(int((finish(abilities.latent.encode(held_out, None)).var(0) > 0.01).sum()))
    share = (held_out.mean(0).clamp(-0.99, 0.99) + 1) / 2
    independent = -float((share * share.log() + (1 - share) * (1 - share).log()).sum())
    assert densities[0] < independent - 4
    assert densities[1] < densities[0] + 0.5
    assert densities[2] > independent - 1
    assert active[2] == 0 < active[0]


def test_bounds_by_class_tell_classes_apart() -> None:
    abilities = on_bits(Config(latent=4), 200, ("lying", "upright")).abilities()
    assert abilities.classifier is not None
    assert abilities.classifier.honesty == "heuristic"
    x = bits(200, 1)
    truth = (x[:, 0].sum(1).amax(-1) > x[:, 0].sum(2).amax(-1)).long()
    evidence = finish(abilities.classifier.work(x))
    assert evidence.shape == (200, 2)
    assert float((evidence.argmax(-1) == truth).float().mean()) > 0.95
    assert abilities.log_density is not None
    torch.testing.assert_close(evidence[:, 1], abilities.log_density(x, torch.ones(200, dtype=torch.long)))


@pytest.mark.parametrize("method", ["pseudo-gibbs", "metropolis", "search"])
def test_a_bar_is_completed_in_black_and_white(method: str) -> None:
    abilities = on_bits(Config(latent=4), 500).abilities()
    x = -torch.ones(1, 8, 8)
    x[0, 3] = 1
    mask = torch.zeros(1, 8, 8)
    mask[..., 4:] = 1
    sampler = abilities.methods[method].sampler
    filled = finish(trajectory(sampler, 6, Steer(sampler.Knobs(), condition=Mask(x, mask)), 0))[-1].x
    right = filled[:, 0, :, 4:].sign() == x[0, :, 4:]
    assert float(right.float().mean()) > 0.9


def test_the_fitted_prior_mends_the_hole() -> None:
    """Samples from the mixture are as likely as data under the truth more often than those from the standard prior."""
    model = FAMILY.build(Config(decoder="gaussian", latent=8), BITS, rng_for(0))
    for i in range(300):
        model.train_step(Batch.of(bits(64, 100 + i)), rng_for(2, i))
    sampler = model.abilities().samplers["decode"]
    clean = torch.cat([bits(500, 7)]).flatten(1)

    def distance(prior: str) -> float:
        x = finish(trajectory(sampler, 300, Steer(sampler.Knobs(prior=prior, steps=1)), 0))[-1].x
        return float(torch.cdist(x.flatten(1), clean).min(1).values.square().mean())

    assert distance("mixture") < 0.6 * distance("standard")
