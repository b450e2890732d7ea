"""Flow matching: the velocity, and pairs by optimal transport or of its own making that straighten it."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.diffusion.flow_matching import Config, FlowMatching
from dgm_studio.families.diffusion.pairing import pair

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
    model = FlowMatching(Config(coupling=coupling, width=64, depth=2), POINTS, rng_for(0))
    model.retune(Training(batch=256, learning_rate=5e-3))
    for i in range(150):
        model.train_step(ring(256, i), rng_for(1, i))
    sampler = model.abilities().samplers["euler"]
    x = finish(trajectory(sampler, 1000, Steer(sampler.Knobs(steps=1)), 3))[-1].x
    return float((x.norm(dim=1) - 1.4).abs().mean())


def test_pairs_by_optimal_transport_need_one_step():
    assert miss("ot") < 0.35 < 1.0 < miss("independent")


def test_pairing_is_the_best_of_all_permutations():
    for seed in range(5):
        noise, data = (torch.randn(6, 2, generator=rng_for(seed, i)) for i in (1, 2))
        costs = [float((noise[list(p)] - data).square().sum()) for p in permutations(range(6))]
        assert float((pair(noise, data) - data).square().sum()) == pytest.approx(min(costs), rel=1e-5)


def test_reflow_straightens_the_flow():
    """One Euler step before goes to the middle of the ring, 1.4 away from it; after, it lands on it, ten times nearer."""
    model = FlowMatching(Config(reflow=250), POINTS, rng_for(0))
    model.retune(Training(batch=256, learning_rate=5e-3))
    misses = []
    for last in (250, 500):
        for i in range(last - 250, last):
            model.train_step(ring(256, i), rng_for(1, i))
        sampler = model.abilities().samplers["euler"]
        x = finish(trajectory(sampler, 1000, Steer(sampler.Knobs(steps=1)), 3))[-1].x
        misses.append(float((x.norm(dim=1) - 1.4).abs().mean()))
    assert misses[0] > 1
    assert misses[1] < misses[0] / 10
    assert misses[1] < 0.1


@pytest.mark.parametrize("config", [{"coupling": "ot"}, {"reflow": 1}])
def test_no_score_is_claimed_where_the_noise_depends_on_the_data(config):
    model = FlowMatching(Config(width=16, **config), POINTS, rng_for(0))
    for i in range(3):
        model.train_step(ring(64, i), rng_for(1, i))
    abilities = model.abilities()
    assert abilities.score is None
    assert abilities.velocity is not None


@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_score_and_velocity_say_the_same(t):
    """x_t = t x1 + (1 - t) x0, so E[x0 | x_t] = x_t - t v, and the score is minus that over (1 - t)."""
    model = FlowMatching(Config(), POINTS, rng_for(0))
    x = torch.randn(20, 2, generator=rng_for(1))
    noise = x - t * model.velocity(x, t, None)
    assert torch.allclose(model.score(x, t, None), -noise / (1 - t), atol=1e-5)
