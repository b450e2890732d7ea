"""Runge-Kutta steps and densities carried by a flow, against closed forms and torchdiffeq."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import finish, rng_for
from dgm_studio.samplers import ode
from dgm_studio.samplers.solvers import flow_solvers

RK4 = flow_solvers()["rk4"].step


def start(n=64):
    return torch.randn(n, 2, generator=rng_for(1), dtype=torch.float64)


def grid(a, b, n):
    return [a + (b - a) * i / n for i in range(n + 1)]


@pytest.mark.parametrize(
    ("name", "order", "n"), [("euler", 1, 80), ("midpoint", 2, 80), ("heun", 2, 80), ("rk4", 4, 40)]
)
def test_order_of_convergence_is_the_one_that_is_claimed(mixture, name, order, n):
    step = flow_solvers()[name].step
    truth = finish(ode.integrate(RK4, mixture.velocity, start(), grid(0, 1, 1000)))
    errors = [
        (finish(ode.integrate(step, mixture.velocity, start(), grid(0, 1, k))) - truth).abs().mean() for k in (n, 2 * n)
    ]
    assert math.log2(float(errors[0] / errors[1])) == pytest.approx(order, abs=0.3)


def test_agrees_with_an_independent_solver(mixture):
    torchdiffeq = pytest.importorskip("torchdiffeq")
    theirs = torchdiffeq.odeint(
        lambda t, x: mixture.velocity(x, float(t)),
        start(),
        torch.tensor([0.0, 1.0], dtype=torch.float64),
        rtol=1e-9,
        atol=1e-9,
    )[-1]
    ours = finish(ode.integrate(RK4, mixture.velocity, start(), grid(0, 1, 60)))
    assert (ours - theirs).abs().max() < 1e-4


def test_density_along_the_flow_is_exact(mixture):
    x = mixture.means.repeat(30, 1) + 0.6 * torch.randn(90, 2, generator=rng_for(4), dtype=torch.float64)

    def base(z):
        return -0.5 * z.square().sum(1) - math.log(2 * math.pi)

    nats = finish(ode.log_density_by_ode(RK4, mixture.velocity, x, grid(1, 0, 60), base))
    assert (nats - mixture.log_density(x)).abs().max() < 1e-4


def test_a_rough_density_converges_to_the_exact_one_with_half_of_the_traces(mixture):
    x, base = start(), lambda z: torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
    traces = []

    def velocity(x, t):
        traces.append(x.requires_grad)
        return mixture.velocity(x, t)

    exact = finish(ode.log_density_by_ode(RK4, mixture.velocity, x, grid(1, 0, 800), base))
    errors = []
    for n in (10, 20, 40):
        traces.clear()
        found = finish(ode.rough_log_density_by_ode(velocity, x, grid(1, 0, n), base))
        assert (sum(traces), len(traces)) == (2 * n + 1, 4 * n + 1)
        errors.append(float((found - exact).abs().mean()))
    assert errors[2] < 0.01
    assert errors[2] < errors[1] / 3 < errors[0] / 9


def test_divergence_is_the_trace_of_the_jacobian(mixture):
    x = start(5)
    y = torch.cat((x, torch.zeros(5, 1, dtype=torch.float64)), 1)
    trace = ode.with_divergence(mixture.velocity)(y, 0.6)[:, 2]
    for row, value in zip(x, trace, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda p: mixture.velocity(p[None], 0.6)[0], row)
        assert float(value) == pytest.approx(float(jacobian.trace()), abs=1e-10)


def test_there_and_back_again(mixture):
    there = finish(ode.integrate(RK4, mixture.velocity, start(), grid(0, 1, 50)))
    back = finish(ode.integrate(RK4, mixture.velocity, there, grid(1, 0, 50)))
    assert (back - start()).abs().max() < 1e-4
