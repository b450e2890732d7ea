"""Objectives where the answer is known: a Gaussian pulled by a linear number is the same Gaussian elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from dgm_studio.conditions.ascent import Ascent, AscentKnobs, ascents
from dgm_studio.conditions.objective import Objective, Uphill
from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.contract import DataSpec, Settings, Steer, extend, finish, trajectory
from dgm_studio.families.energy.methods import image_methods
from dgm_studio.families.latent.search import LatentSearch, search_methods
from dgm_studio.samplers.flow_samplers import flow_samplers
from dgm_studio.samplers.path import Direct, Path

S, PULL = 0.8, 2.0
ALONG = torch.tensor([0.6, -0.3])
"""p(x) exp(w a x) of a Gaussian with deviation s has the mean w s^2 a."""
CPU = torch.device("cpu")
LINEAR = Objective(lambda x: x.flatten(1) @ ALONG)


def last(sampler: object, n: int, condition: Objective | None, **knobs: object) -> Tensor:
    steer = Steer(sampler.Knobs(**knobs), condition=condition)
    return finish(trajectory(sampler, n, steer, 3))[-1].x.flatten(1)


def on_the_path() -> Uphill:
    def velocity(x: Tensor, t: float, label: Tensor | None) -> Tensor:
        return (t * S**2 - (1 - t)) / ((t * S) ** 2 + (1 - t) ** 2) * x

    flow = flow_samplers(Path(lambda t: (t, 1 - t), Direct((2,)), torch.tensor(S), CPU), velocity, None)
    return path_methods(flow)["uphill"].sampler


def test_a_path_is_led_to_the_tilted_gaussian() -> None:
    n = 4000
    x = last(on_the_path(), n, LINEAR, pull=PULL, steps=60)
    assert (x.mean(0) - PULL * S**2 * ALONG).abs().max() < 6 * S / n**0.5 + 0.02  # and what 60 steps leave
    assert (x.std(0) - S).abs().max() < 0.06
    plain = last(on_the_path(), n, LINEAR, pull=0.0, steps=60)
    assert plain.mean(0).abs().max() < 6 * S / n**0.5


def test_chains_are_led_to_the_tilted_gaussian() -> None:
    def grad(z: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        return 0.5 * (z / S).square().flatten(1).sum(1), z / S**2

    def begin(n: int, steer: Steer, rng: torch.Generator) -> Tensor:
        return S * torch.randn(n, 2, generator=rng)

    n = 2000
    sampler = image_methods(grad, Direct((2,)), begin)["uphill"].sampler
    x = last(sampler, n, LINEAR, pull=PULL, steps=60, moves=20, size=0.1)
    assert (x.mean(0) - PULL * S**2 * ALONG).abs().max() < 6 * S / n**0.5 + 0.02


def test_latents_go_where_the_decoder_makes_most_of_it() -> None:
    """Of a linear decoder x = W z the best of w a W z - |z|^2 / 2 is W^T a w, and each is moved by its own doubt."""
    w = torch.tensor([[1.0, 0.5], [0.0, 2.0]])
    spec = DataSpec((1, 1, 2), value_range=(-1, 1))
    search = LatentSearch(lambda z, given: z @ w.T, spec, 2)
    method = search_methods(search, "Help.")["objective-search"].sampler
    z = finish(trajectory(method, 8, Steer(method.Knobs(pull=PULL, variety=0.0, steps=60), condition=LINEAR), 0))[
        -1
    ].state["latent"]
    torch.testing.assert_close(z, (PULL * w.T @ ALONG).expand(8, -1), atol=0.05, rtol=0.05)


def test_pixels_climb_to_the_top_and_stay_in_range() -> None:
    spec = DataSpec((1, 8, 8), value_range=(-1, 1))
    goal = torch.linspace(-0.9, 0.9, 64).view(1, 8, 8)
    near = Objective(lambda x: -(x - goal).flatten(1).square().sum(1))
    for ascent in ascents(spec, CPU).values():
        away = (last(ascent, 3, near).view(3, 1, 8, 8) - goal).abs().mean()
        begun = (last(ascent, 3, None).view(3, 1, 8, 8) - goal).abs().mean()
        assert away < 0.5 * begun
    far = Objective(lambda x: x.flatten(1).sum(1))
    assert torch.equal(last(ascents(spec, CPU)["pixels"], 2, far), torch.ones(2, 64))


def test_pixels_begin_where_they_are_told() -> None:
    spec = DataSpec((3, 8, 8), value_range=(-1, 1))
    start = torch.linspace(-1, 1, 192).view(3, 8, 8)
    first = Ascent(spec, CPU, "title", "Help.", AscentKnobs).start(
        2, Steer(condition=replace(LINEAR, start=start)), torch.Generator().manual_seed(0)
    )
    assert (first.x - start).abs().max() < 0.2
    assert not torch.equal(first.x[0], first.x[1])


def test_a_coarse_octave_moves_neighbours_together() -> None:
    spec = DataSpec((1, 8, 8), value_range=(-1, 1))
    weight = torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(1))
    rough = Objective(lambda x: (x * weight).flatten(1).sum(1))
    knobs: type[Settings] = extend(AscentKnobs, octaves=3)
    ascent = Ascent(spec, CPU, "title", "Help.", knobs)
    frames = finish(trajectory(ascent, 1, Steer(ascent.Knobs(), condition=rough), 0))

    def roughness(a: int, b: int) -> float:
        moved = frames[b].x - frames[a].x
        return float(moved.diff(dim=3).abs().mean() / moved.abs().mean())

    assert roughness(0, 5) < 0.7 * roughness(len(frames) - 6, len(frames) - 1)
    assert math.isfinite(roughness(0, 5))
