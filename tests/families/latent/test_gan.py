"""The GAN: what its losses and penalties are, what the default does to modes, and its search for latents."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Abilities, Batch, DataSpec, Model, Rng, Steer, finish, rng_for, trajectory
from dgm_studio.families.latent.decoding import TruncationKnobs, standard_latents
from dgm_studio.families.latent.gan import FAMILY, Config
from dgm_studio.families.latent.gan_losses import (
    LossName,
    critic_loss,
    generator_loss,
    gradient_penalty,
    scores_and_squared_grads,
)
from dgm_studio.families.latent.gan_nets import SpectralLinear

POINTS = DataSpec((2,))
ANGLES = torch.arange(8) * (math.pi / 4)
CENTRES = torch.stack([ANGLES.cos(), ANGLES.sin()], -1) * 1.4
DEVIATION = 0.17
LOSSES: list[LossName] = ["relativistic", "non-saturating", "wgan-gp", "hinge"]


def ring(n: int, rng: Rng) -> torch.Tensor:
    which = torch.randint(8, (n,), generator=rng)
    return CENTRES[which] + DEVIATION * torch.randn(n, 2, generator=rng)


SIDE = torch.linspace(-1.414, 1.414, 5)
GRID = torch.cartesian_prod(SIDE, SIDE)
SPECK = 0.0177
"""Deviation of a mode of the grid."""


def grid(n: int, rng: Rng) -> torch.Tensor:
    which = torch.randint(25, (n,), generator=rng)
    return GRID[which] + SPECK * torch.randn(n, 2, generator=rng)


def fitted(steps: int, draw: Callable[[int, Rng], torch.Tensor] = ring, seed: int = 0, **settings: Any) -> Model:
    model = FAMILY.build(Config(**settings), POINTS, rng_for(seed))
    for i in range(steps):
        model.train_step(Batch.of(draw(256, rng_for(1, i))), rng_for(2, i))
    return model


def shares(abilities: Abilities) -> torch.Tensor:
    """Of samples on each mode of the grid (25,) among those on any."""
    distance, which = torch.cdist(samples(abilities, 5000), GRID).min(1)
    count = torch.bincount(which[distance < 3 * SPECK], minlength=25).double()
    return count / count.sum()


@cache
def ring_model() -> Abilities:
    return fitted(350).abilities()


def samples(
    abilities: Abilities, n: int, temperature: float = 1.0, sampler: str = "decode", **knobs: Any
) -> torch.Tensor:
    steer = Steer(TruncationKnobs(**knobs), temperature)
    return finish(trajectory(abilities.samplers[sampler], n, steer, 0))[-1].x


def test_eight_modes_are_found() -> None:
    distance, which = torch.cdist(samples(ring_model(), 2000), CENTRES).min(1)
    good = distance < 3 * DEVIATION
    assert int((torch.bincount(which[good], minlength=8) >= 20).sum()) == 8
    assert float(good.float().mean()) > 0.8


@pytest.mark.parametrize("seed", [0, 1])
def test_all_modes_of_a_grid_are_kept_and_fill_evenly(seed: int) -> None:
    share = shares(fitted(220, grid, seed).abilities())
    assert int((share > 0).sum()) == 25
    assert float((share * (25 * share).log()).sum()) < 0.4


def test_without_penalties_and_waves_the_non_saturating_loss_collapses() -> None:
    abilities = fitted(300, grid, loss="non-saturating", r1=0.0, r2=0.0, waves=0).abilities()
    assert int((shares(abilities) > 0).sum()) <= 8


def test_an_untrained_generator_covers_the_plane_as_its_prior_does() -> None:
    x = samples(FAMILY.build(Config(), POINTS, rng_for(0)).abilities(), 5000)
    assert bool((torch.cov(x.T) - torch.eye(2)).abs().max() < 0.15)
    assert float(samples(FAMILY.build(Config(waves=0), POINTS, rng_for(0)).abilities(), 1000).std()) < 0.3


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_brings_samples_near_the_ring(loss: LossName) -> None:
    x = samples(fitted(100, loss=loss).abilities(), 1000)
    assert float(x.std()) > 0.5
    assert float((x.norm(dim=1) - 1.4).abs().mean()) < 0.6


def test_losses_are_what_their_papers_say() -> None:
    a, b = torch.tensor([0.3, -2.0]), torch.tensor([1.0, 0.5])
    soft = torch.nn.functional.softplus
    expected = {
        "relativistic": (soft(b - a).mean(), soft(a - b).mean()),
        "non-saturating": ((soft(-a) + soft(b)).mean(), soft(-b).mean()),
        "wgan-gp": ((b - a).mean(), -b.mean()),
        "hinge": (torch.tensor((0.7 + 3.0 + 2.0 + 1.5) / 2), -b.mean()),
    }
    for loss in LOSSES:
        ours = critic_loss(loss, a, b), generator_loss(loss, a, b)
        torch.testing.assert_close(ours, expected[loss])


def test_penalties_on_a_linear_critic_are_those_of_its_weight() -> None:
    """Whatever the points: R1 is ``|w|^2``, the gradient penalty ``(|w| - 1)^2``."""
    w = torch.tensor([3.0, -4.0])
    real, fake = torch.randn(2, 50, 2, generator=rng_for(0))
    scores, square = scores_and_squared_grads(lambda x: x @ w, real)
    torch.testing.assert_close(scores, real @ w)
    torch.testing.assert_close(square, torch.full((50,), 25.0))
    torch.testing.assert_close(gradient_penalty(lambda x: x @ w, real, fake, rng_for(1)), torch.tensor(16.0))


def test_r1_looks_at_real_examples_and_r2_at_fakes() -> None:
    """With one of them alone the first step of the critic differs, and with neither no gradient is taken."""
    states = []
    for r1, r2 in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        model = FAMILY.build(Config(r1=r1, r2=r2), POINTS, rng_for(0))
        metrics = model.train_step(Batch.of(ring(64, rng_for(0))), rng_for(1))
        assert ("squared gradient" in metrics) == bool(r1 or r2)
        states.append(torch.cat([v.flatten() for k, v in model.state_dict().items() if k == "optimiser.critic.mean"]))
    assert not torch.equal(states[0], states[1])
    assert not torch.equal(states[1], states[2])


def test_spectral_layers_keep_norm_one_while_they_learn() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = SpectralLinear(20, 30)
    optimiser = torch.optim.Adam(layer.parameters(), 1e-3)
    for i in range(60):
        layer.settle()
        x = torch.randn(64, 20, generator=rng_for(0, i))
        optimiser.zero_grad()
        (layer(x) - 3 * x[:, :1]).square().mean().backward()
        optimiser.step()
    assert float(torch.linalg.matrix_norm(layer.scaled().detach(), 2)) == pytest.approx(1.0, abs=0.05)


def test_truncated_latents_are_normal_ones_that_stay_within_the_threshold() -> None:
    z = standard_latents(20000, 2, rng_for(0), 1.0)
    assert float(z.abs().max()) <= 1
    # a standard normal within one deviation has variance 1 - 2 phi(1) / (2 Phi(1) - 1)
    assert float(z.var()) == pytest.approx(0.2912, abs=0.01)
    wide, narrow = (samples(ring_model(), 1000, truncation=t).std(0) for t in (0.0, 0.1))
    assert bool((narrow < wide).all())


def test_latest_weights_are_not_the_average() -> None:
    abilities = fitted(20).abilities()
    assert not torch.equal(samples(abilities, 10), samples(abilities, 10, sampler="latest"))


def test_the_critic_rates_data_above_what_is_far_from_them() -> None:
    surface = fitted(60, loss="non-saturating").abilities().surface
    assert surface is not None
    far = torch.tensor([[0.0, 0.0], [3.5, 3.5], [-3.5, 3.5], [3.5, -3.5]])
    near = ring(200, rng_for(7)).requires_grad_()
    value = surface.value(near, None)
    assert float(value.detach().mean()) > float(surface.value(far, None).detach().mean())
    (grad,) = torch.autograd.grad(value.sum(), near)
    assert grad.shape == near.shape


def test_the_critic_without_a_class_is_the_mean_over_classes() -> None:
    spec = DataSpec((2,), classes=("a", "b", "c"))
    surface = FAMILY.build(Config(), spec, rng_for(0)).abilities().surface
    assert surface is not None
    x = torch.randn(5, 2, generator=rng_for(1))
    each = torch.stack([surface.value(x, torch.full((5,), y)) for y in range(3)])
    torch.testing.assert_close(surface.value(x, None), each.mean(0))


def test_there_is_no_density_and_no_encoder() -> None:
    abilities = FAMILY.build(Config(), POINTS, rng_for(0)).abilities()
    assert abilities.log_density is None
    assert abilities.score is None
    assert abilities.velocity is None
    assert abilities.latent is not None
    assert abilities.latent.encode is None


@pytest.mark.parametrize("network", ["mlp", "convolutions"])
def test_images_stay_in_their_range(network: str) -> None:
    spec = DataSpec((3, 8, 12), classes=("a", "b"))
    model = FAMILY.build(Config(network=network, spectral=True), spec, rng_for(0))
    x = torch.rand(8, 3, 8, 12, generator=rng_for(0)) * 2 - 1
    metrics = model.train_step(Batch.of(x, torch.tensor([0, 1] * 4)), rng_for(1))
    assert all(bool(v.isfinite()) for v in metrics.values())
    assert float(samples(model.abilities(), 20).abs().max()) <= 1


def test_search_agrees_with_the_known_coordinate_before_it_is_put_back() -> None:
    abilities = ring_model()
    sampler = abilities.methods["search"].sampler
    value = torch.tensor([1.4, 0.0])
    # the likeliest latent, from chance starts
    likeliest = sampler.Knobs(trials=1, variety=0.0)
    steer = Steer(likeliest, condition=Mask(value, torch.tensor([0.0, 1.0])))
    frames = finish(trajectory(sampler, 20, steer, 0))
    assert abilities.latent is not None
    raw = finish(abilities.latent.decode(frames[-1].state["latent"], None))
    first = finish(abilities.latent.decode(frames[0].state["latent"], None))
    # a start now and then ends in another valley
    assert float((raw[:, 0] - 1.4).abs().median()) < 0.1
    assert float((raw[:, 0] - 1.4).abs().mean()) < float((first[:, 0] - 1.4).abs().mean())
    assert bool((frames[-1].x[:, 0] == value[0]).all())


def test_the_critic_is_kept_for_its_surface_and_its_moments_only_to_train_on() -> None:
    model = fitted(3)
    state = model.state_dict()
    assert "optimiser.critic.mean" in state
    twin = FAMILY.build(Config(), POINTS, rng_for(5))
    twin.load_state_dict({k: v for k, v in state.items() if not k.startswith("optimiser.")})
    ours, theirs = model.abilities(), twin.abilities()
    assert torch.equal(samples(theirs, 5), samples(ours, 5))
    assert ours.surface is not None
    assert theirs.surface is not None
    assert torch.equal(theirs.surface.value(CENTRES, None), ours.surface.value(CENTRES, None))
