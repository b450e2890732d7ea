"""Principal components: the exact ones, affine coordinates, found once and then frozen."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.nets.pca import ENOUGH, PcaSpace, principal_axes, slow_waves


def pictures(n, seed=0):
    """Pictures (n, 1, 6, 6) of falling variance along random axes."""
    turn = torch.linalg.qr(torch.randn(36, 36, generator=rng_for(99)))[0]
    z = torch.randn(n, 36, generator=rng_for(seed)) * 0.7 ** torch.arange(36)
    return (z @ turn.T + 0.5).view(n, 1, 6, 6)


def test_axes_are_those_of_the_singular_value_decomposition():
    x = pictures(500).flatten(1)
    x = x - x.mean(0)
    axes, variance = principal_axes(x, 5, rng_for(1))
    _, s, v = torch.linalg.svd(x, full_matrices=False)
    assert torch.allclose(variance, s[:5].square() / 499, rtol=1e-3)
    assert torch.allclose((axes.T @ v[:5].T).abs(), torch.eye(5), atol=1e-2)


def test_latents_have_the_spread_that_is_said_and_decode_what_they_encode():
    space = PcaSpace((1, 6, 6), 8)
    space.observe(pictures(ENOUGH), rng_for(1))
    z = space.encode(pictures(ENOUGH))
    assert torch.allclose(z.std(0), space.spread, rtol=1e-2)
    assert float(space.spread.square().mean()) == pytest.approx(1.0, rel=1e-3)
    assert torch.allclose(space.encode(space.decode(z)), z, atol=1e-4)


def test_all_components_lose_nothing():
    space = PcaSpace((1, 6, 6), 100)
    assert space.shape == (36,)
    space.observe(pictures(ENOUGH), rng_for(1))
    assert torch.allclose(space.decode(space.encode(pictures(9))), pictures(9), atol=1e-4)


def test_is_found_from_the_first_batches_and_then_frozen():
    space = PcaSpace((1, 6, 6), 4)
    for i in range(20):
        space.observe(pictures(256, i), rng_for(1, i))
    kept = space.axes.clone()
    assert space.fitted == ENOUGH
    assert len(space.memory) == 0
    space.observe(pictures(256, 50), rng_for(2))
    assert torch.equal(space.axes, kept)


def test_fewer_examples_than_components_do_no_harm():
    space = PcaSpace((1, 6, 6), 20)
    space.observe(pictures(5), rng_for(1))
    assert space.encode(pictures(5)).isfinite().all()
    space.observe(torch.zeros(300, 1, 6, 6), rng_for(1))
    assert space.spread.isfinite().all()
    assert (space.spread > 0).all()


@pytest.mark.parametrize(("event", "count"), [((1, 8, 8), 64), ((1, 8, 8), 10), ((3, 6, 4), 30)])
def test_before_any_batch_latents_are_those_of_orthonormal_waves_that_reach_every_pixel(event, count):
    waves = slow_waves(event, count)
    assert torch.allclose(waves.T @ waves, torch.eye(count), atol=1e-5)
    assert torch.allclose(waves[:, 0], waves[0, 0].expand(len(waves)), atol=1e-6), "the slowest is flat"
    space = PcaSpace(event, count)
    drawn = space.decode(torch.randn(100, count, generator=rng_for(3)))
    assert (drawn.std(0) > 0.05).all()
