"""Diffusion steps without noise: measured order of convergence."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.samplers.diffusion.solver import Move
from dgm_studio.samplers.noise import rho_schedule
from dgm_studio.samplers.solvers import diffusion_solvers

FROM, TO = 4.0, 0.1


def levels(n):
    return [rho_schedule(i / n, FROM, TO) for i in range(n + 1)]


def start(n=64):
    return FROM * torch.randn(n, 2, generator=rng_for(1), dtype=torch.float64)


def walk(name, denoise, n):
    solver, x, past = diffusion_solvers()[name], start(), None
    for a, b in itertools.pairwise(levels(n)):
        moved = solver.step(Move(denoise, x, a, b, solver.Knobs(), rng_for(0), past=past))
        x, past = moved.x, moved.past
    return x


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("ddim", 1), ("heun", 2), ("dpmpp-2m", 2)])
def test_order_of_convergence_is_the_one_that_is_claimed(mixture, name, order):
    truth = walk("heun", mixture.denoise, 4000)
    coarse, fine = [(walk(name, mixture.denoise, n) - truth).abs().mean() for n in (40, 80)]
    assert math.log2(float(coarse / fine)) == pytest.approx(order, abs=0.25)


def test_schedule_starts_and_ends_where_it_should_and_falls():
    grid = levels(20)
    assert grid[0] == pytest.approx(FROM)
    assert grid[-1] == pytest.approx(TO)
    assert all(a > b for a, b in itertools.pairwise(grid))


@pytest.mark.parametrize("name", list(diffusion_solvers()))
def test_a_step_to_no_noise_ends_at_the_denoised_picture(mixture, name):
    solver, x = diffusion_solvers()[name], start()
    moved = solver.step(Move(mixture.denoise, x, 0.1, 0.0, solver.Knobs(), rng_for(0)))
    assert torch.allclose(moved.x, mixture.denoise(x, 0.1))
    assert torch.allclose(moved.clean, moved.x)
