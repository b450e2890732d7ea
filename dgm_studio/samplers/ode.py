"""Following ``dx/dt = v(x, t)`` by the steps of a solver in `flow/`, and densities carried along.

The density follows the instantaneous change of variables ``d log p / dt = -tr(dv/dx)`` (Chen et al. 2018, arXiv:1806.07366).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from dgm_studio.contract import Work
from dgm_studio.samplers.flow.solver import Velocity

OdeStep = Callable[[Velocity, Tensor, float, float], tuple[Tensor, Tensor]]


def integrate(step: OdeStep, v: Velocity, x: Tensor, times: Sequence[float]) -> Work[Tensor]:
    """Follow the flow through ``times``, a slice per step."""
    for t, s in pairwise(times):
        yield
        x, _ = step(v, x, t, s)
    return x


def with_divergence(v: Velocity) -> Velocity:
    """The flow of points and of their log-volume: (n, d + 1) to (n, d + 1), the last column being ``tr(dv/dx)``.

    Exact, by one backward pass per dimension: for small ``d``. Works whatever gradient mode the caller is in.
    """

    def augmented(y: Tensor, t: float) -> Tensor:
        # not forward mode: its first use compiles scripts for seconds, and it needs more passes when d is 2
        with torch.inference_mode(False), torch.enable_grad():
            x = y[:, :-1].clone().requires_grad_()
            out = v(x, t)
            trace = torch.zeros_like(x[:, 0])
            for i in range(x.shape[1]):
                (row,) = torch.autograd.grad(out[:, i].sum(), x, retain_graph=True)
                trace = trace + row[:, i]
        return torch.cat((out.detach(), trace[:, None]), 1)

    return augmented


def rough_log_density_by_ode(
    v: Velocity, x: Tensor, times: Sequence[float], base: Callable[[Tensor], Tensor]
) -> Work[Tensor]:
    """As `log_density_by_ode` with RK4, but the trace, which costs several times a pass, is taken at the ends and in the
    middle of every step alone and summed by Simpson's rule: a little more than half the work.
    """
    both = with_divergence(v)

    def at(x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        y = both(torch.cat((x, torch.zeros_like(x[:, :1])), 1), t)
        return y[:, :-1], y[:, -1]

    k1, before = at(x, times[0])
    volume = torch.zeros_like(before)
    for t, s in pairwise(times):
        yield
        h = s - t
        k2 = v(x + 0.5 * h * k1, t + 0.5 * h)
        k3, middle = at(x + 0.5 * h * k2, t + 0.5 * h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + v(x + h * k3, s))
        k1, after = at(x, s)
        volume, before = volume + h / 6 * (before + 4 * middle + after), after
    return base(x) + volume


def log_density_by_ode(
    step: OdeStep, v: Velocity, x: Tensor, times: Sequence[float], base: Callable[[Tensor], Tensor]
) -> Work[Tensor]:
    """Nats (n,) of points (n, d), carried along ``times`` from data to noise, where ``base`` gives the density."""
    y = torch.cat((x, torch.zeros_like(x[:, :1])), 1)
    y = yield from integrate(step, with_divergence(v), y, times)
    return base(y[:, :-1]) + y[:, -1]
