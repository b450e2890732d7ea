"""Samplers on a noise path: progress, replay, temperature, steering."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from dgm_studio.contract import Frame, Sampler, Steer, finish, rng_for, trajectory
from dgm_studio.samplers.diffusion_samplers import diffusion_samplers
from dgm_studio.samplers.flow_samplers import flow_samplers
from dgm_studio.samplers.noise import rho_schedule
from dgm_studio.samplers.path import Direct, Path, next_time

S = 0.7  # the data are N(0, S^2)


def sigma(t):
    return rho_schedule(t, 20.0, 0.002)


def noise_at(t):
    return (1.0, 0.0) if t >= 1 else (1 / math.hypot(1, sigma(t)), sigma(t) / math.hypot(1, sigma(t)))


def samplers():
    a, b = noise_at(0)
    cpu = torch.device("cpu")
    diffusion = diffusion_samplers(
        Path(noise_at, Direct((2,)), torch.tensor(math.hypot(a * S, b)), cpu),
        sigma,
        lambda x, s, label: x * S**2 / (S**2 + s**2),
        given=None,
    )
    flow = flow_samplers(
        Path(lambda t: (t, 1 - t), Direct((2,)), torch.ones(()), cpu),
        lambda x, t, label: (t * S**2 - (1 - t)) / ((t * S) ** 2 + (1 - t) ** 2) * x,
        given=None,
    )
    return diffusion | {f"flow-{name}": sampler for name, sampler in flow.items()}


@pytest.fixture(params=list(samplers()))
def sampler(request):
    return samplers()[request.param]


def test_is_a_sampler_with_steps(sampler):
    assert isinstance(sampler, Sampler)
    assert sampler.Knobs().steps >= 8


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
def test_progress_rises_strictly_to_exactly_one(sampler, steps):
    frames = finish(trajectory(sampler, 3, Steer(sampler.Knobs(steps=steps)), 0))
    times = [f.t for f in frames]
    assert times[0] == 0
    assert times[-1] == 1
    assert len(times) == steps + 1
    assert all(a < b for a, b in itertools.pairwise(times))


def test_any_suffix_replays_bit_for_bit(sampler):
    steer = Steer(sampler.Knobs(steps=6), temperature=0.8)
    frames = finish(trajectory(sampler, 5, steer, 7))
    again = sampler.step(frames[3], steer, rng_for(7, 4))
    assert torch.equal(again.x, frames[4].x)
    assert torch.equal(again.state["estimate"], frames[4].state["estimate"])


def spread(sampler, temperature):
    frames = finish(trajectory(sampler, 20000, Steer(sampler.Knobs(steps=150), temperature=temperature), 1))
    return float(frames[-1].x.var())


def test_temperature_multiplies_the_variance_of_a_gaussian(sampler):
    assert spread(sampler, 0.5) == pytest.approx(0.5 * spread(sampler, 1.0), rel=1e-3)


def test_reaches_the_data(sampler):
    # chance alone is 0.007; the stochastic ones have errors of their steps besides
    tolerance = {"Euler-Maruyama": 0.2, "DDPM": 0.13, "Predictor-corrector": 0.2}.get(sampler.title, 0.06)
    assert spread(sampler, 1.0) == pytest.approx(S**2, rel=tolerance)


def test_frames_are_fit_to_look_at(sampler):
    for frame in finish(trajectory(sampler, 2000, Steer(sampler.Knobs()), 1)):
        assert 0.3 < float(frame.x.std()) < 1.2


def test_the_last_estimate_is_the_sample(sampler):
    frames = finish(trajectory(sampler, 4, Steer(sampler.Knobs(steps=5)), 1))
    assert "estimate" not in frames[0].state
    assert all(f.state["estimate"].shape == (4, 2) for f in frames[1:])
    assert torch.equal(frames[-1].state["estimate"], frames[-1].x)


def test_more_steps_midway_act_on_the_rest(sampler):
    frame = sampler.start(2, Steer(sampler.Knobs(steps=4)), rng_for(0))
    frame = sampler.step(frame, Steer(sampler.Knobs(steps=4)), rng_for(1))
    assert frame.t == 0.25
    assert sampler.step(frame, Steer(sampler.Knobs(steps=40)), rng_for(2)).t == pytest.approx(0.275)


def test_next_time_never_stands_still():
    for steps in range(1, 251):
        t, count = 0.0, 0
        while t < 1:
            s = next_time(t, steps)
            assert s > t
            t, count = s, count + 1
        assert count == steps


def test_noise_added_again_has_the_right_spread(sampler):
    path = sampler.path
    a, b = path.at(0.6)
    x = math.hypot(a * S, b) * torch.randn(40000, 2, generator=rng_for(3))
    a, b = path.at(0.3)
    assert float(path.back(Frame(x, 0.6), 0.3, rng_for(4)).x.std()) == pytest.approx(math.hypot(a * S, b), rel=0.02)
