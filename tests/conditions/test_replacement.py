"""Replacement and RePaint: known values come back identical, and on a Gaussian RePaint nears the true conditional."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.contract import Steer, finish, rng_for, trajectory
from dgm_studio.samplers.diffusion_samplers import diffusion_samplers
from dgm_studio.samplers.flow_samplers import flow_samplers
from dgm_studio.samplers.noise import rho_schedule
from dgm_studio.samplers.path import Direct, Path

RHO = 0.9
COVARIANCE = torch.tensor([[1.0, RHO], [RHO, 1.0]])


def sigma(t):
    return rho_schedule(t, 20.0, 0.002)


def noise_at(t):
    return (1.0, 0.0) if t >= 1 else (1 / math.hypot(1, sigma(t)), sigma(t) / math.hypot(1, sigma(t)))


def denoise(x, s, label=None):
    """Posterior mean for data from N(0, COVARIANCE)."""
    return x @ torch.linalg.inv(COVARIANCE + s**2 * torch.eye(2)) @ COVARIANCE


def velocity(x, t, label=None):
    gain = torch.linalg.inv(t**2 * COVARIANCE + (1 - t) ** 2 * torch.eye(2)) @ (t * COVARIANCE - (1 - t) * torch.eye(2))
    return x @ gain


def families():
    cpu, one = torch.device("cpu"), torch.ones(())
    diffusion = diffusion_samplers(Path(noise_at, Direct((2,)), one, cpu), sigma, denoise, None)
    flow = flow_samplers(Path(lambda t: (t, 1 - t), Direct((2,)), one, cpu), velocity, None)
    return {"diffusion": diffusion, "flow": flow}


@pytest.fixture(params=["diffusion", "flow"])
def samplers(request):
    return families()[request.param]


KNOWN = torch.tensor([1.3, 0.0])
MASK = torch.tensor([0.0, 1.0])


def run(sampler, condition, n=5, seed=3, **knobs):
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(**knobs), condition=condition), seed))


@pytest.mark.parametrize("method", ["replacement", "repaint"])
def test_known_values_come_back_identical(samplers, method):
    last = run(path_methods(samplers)[method].sampler, Mask(KNOWN, MASK))[-1]
    assert torch.equal(last.x[:, 0], KNOWN[:1].expand(5))
    assert torch.equal(last.state["estimate"][:, 0], KNOWN[:1].expand(5))
    assert last.x[:, 1].std() > 0


@pytest.mark.parametrize("method", ["replacement", "repaint"])
def test_same_seed_same_filling(samplers, method):
    sampler = path_methods(samplers)[method].sampler
    frames, again = run(sampler, Mask(KNOWN, MASK)), run(sampler, Mask(KNOWN, MASK))
    assert all(torch.equal(a.x, b.x) for a, b in zip(frames, again, strict=True))
    times = [f.t for f in frames]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert times[-1] == 1


def test_generating_everything_is_plain_sampling(samplers):
    plain = run(next(iter(samplers.values())), None)
    everything = run(path_methods(samplers)["replacement"].sampler, Mask(KNOWN, torch.ones(2)))
    assert all(torch.equal(a.x, b.x) for a, b in zip(plain, everything, strict=True))


@pytest.mark.parametrize("method", ["replacement", "repaint"])
def test_without_a_condition_it_is_the_sampler(samplers, method):
    plain = run(next(iter(samplers.values())), None)
    assert torch.equal(plain[-1].x, run(path_methods(samplers)[method].sampler, None)[-1].x)


def test_weak_strength_stays_nearer_to_the_known_value(samplers):
    sampler = path_methods(samplers)["replacement"].sampler
    away = []
    for strength in (0.2, 0.6, 1.0):
        mask = Mask(KNOWN, torch.full((2,), strength))
        away.append(float((run(sampler, mask, n=400, steps=20)[-1].x - KNOWN).norm(dim=1).mean()))
    assert away[0] < away[1] < away[2]
    assert away[0] > 0


def test_repaint_nears_the_true_conditional_where_replacement_is_biased(samplers):
    """Given x1 = 1.3 the other is N(0.9 * 1.3, 1 - 0.9^2)."""
    truth = RHO * float(KNOWN[0])
    methods = path_methods(samplers)
    plain = run(methods["replacement"].sampler, Mask(KNOWN, MASK), n=2000, steps=20)[-1].x[:, 1]
    better = run(methods["repaint"].sampler, Mask(KNOWN, MASK), n=2000, steps=20, resamples=10)[-1].x[:, 1]
    assert abs(float(better.mean()) - truth) < 0.1
    assert abs(float(better.mean()) - truth) < abs(float(plain.mean()) - truth)
    assert float(better.std()) == pytest.approx(math.sqrt(1 - RHO**2), abs=0.15)


def test_one_way_to_meet_each_condition_is_careful_and_the_first_is_quick(samplers):
    methods = path_methods(samplers)
    for condition in ("mask", "observation"):
        names = [name for name, method in methods.items() if method.condition == condition]
        careful = [name for name in names if methods[name].careful]
        assert [name.removeprefix("restore-") for name in careful] == ["twisted"]
        assert careful != names[:1]


def test_filling_resumes_from_any_frame(samplers):
    sampler = path_methods(samplers)["repaint"].sampler
    steer = Steer(sampler.Knobs(steps=6), condition=Mask(KNOWN, MASK))
    frames = finish(trajectory(sampler, 4, steer, 9))
    assert torch.equal(sampler.step(frames[2], steer, rng_for(9, 3)).x, frames[3].x)
