"""Flow matching: the velocity, and pairs by optimal transport that straighten it."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families._pairing import pair
from dgm_studio.families.flow_matching import Config, FlowMatching

POINTS = DataSpec((2,))


def test_pairing_is_a_permutation_that_shortens_the_way():
    noise, data = torch.randn(150, 2, generator=rng_for(1)), torch.randn(150, 2, generator=rng_for(2)) + 1
    paired = pair(noise, data)
    assert torch.equal(paired.sort(0).values, noise.sort(0).values)
    assert (paired - data).square().sum() < 0.6 * (noise - data).square().sum()


def test_pairing_undoes_a_shuffle():
    data = torch.randn(64, 3, generator=rng_for(1))
    shuffled = (data + 0.01)[torch.randperm(64, generator=rng_for(2))]
    assert torch.allclose(pair(shuffled, data), data + 0.01)


def ring(n, seed):
    angle = 6.2832 * torch.rand(n, generator=rng_for(seed, 1))
    x = torch.stack((angle.cos(), angle.sin()), 1) * 1.4
    return Batch.of(x + 0.05 * torch.randn(n, 2, generator=rng_for(seed, 2)))


def miss(coupling):
    """Mean distance from the ring of samples made in a single Euler step."""
    model = FlowMatching(Config(coupling=coupling), POINTS, rng_for(0))
    model.retune(Training(batch=256, learning_rate=5e-3))
    for i in range(300):
        model.train_step(ring(256, i), rng_for(1, i))
    sampler = model.abilities().samplers["euler"]
    x = finish(trajectory(sampler, 1000, Steer(sampler.Knobs(steps=1)), 3))[-1].x
    return float((x.norm(dim=1) - 1.4).abs().mean())


def test_pairs_by_optimal_transport_need_one_step():
    assert miss("ot") < 0.35 < 1.0 < miss("independent")


@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_score_and_velocity_say_the_same(t):
    """x_t = t x1 + (1 - t) x0, so E[x0 | x_t] = x_t - t v, and the score is minus that over (1 - t)."""
    model = FlowMatching(Config(), POINTS, rng_for(0))
    x = torch.randn(20, 2, generator=rng_for(1))
    noise = x - t * model.velocity(x, t, None)
    assert torch.allclose(model.score(x, t, None), -noise / (1 - t), atol=1e-5)
