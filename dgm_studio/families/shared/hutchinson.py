"""The density of pictures under an ODE, estimated: the trace of a large Jacobian from a few random probes.

For probes e of random signs ``E[e^T J e] = tr J`` (Hutchinson 1990; Grathwohl et al. 2018, FFJORD, arXiv:1810.01367), and
``e^T J`` is one backward pass. Each probe is kept along its whole path, so that every one gives an unbiased estimate of the
log-density, and the spread between them its error.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from dgm_studio.contract import PlaneField, Rng, Work
from dgm_studio.families.shared.gradients import gradients
from dgm_studio.families.shared.ode import RK4, labelled, normal_log_density, times
from dgm_studio.samplers import ode
from dgm_studio.samplers.flow.solver import Velocity

_CHUNK = 16
"""Pictures per slice."""


def with_estimated_divergence(v: Velocity, shape: tuple[int, ...], probes: Tensor) -> Velocity:
    """The flow of flat examples and of one estimate of their log-volume per probe: (n, D + K) to (n, D + K).

    ``probes`` (K, n, D) holds random signs.
    """

    def augmented(y: Tensor, t: float) -> Tensor:
        size = probes.shape[2]
        with gradients():
            x = y[:, :size].clone().requires_grad_()
            out = v(x.view(-1, *shape), t).flatten(1)
            signs = probes.clone()  # made in the caller's mode, perhaps as one that no gradient may pass
            rows = [torch.autograd.grad(out, x, e, retain_graph=True)[0] for e in signs]
        traces = [(row * e).sum(1) for row, e in zip(rows, probes, strict=True)]
        return torch.cat((out.detach(), torch.stack(traces, 1)), 1)

    return augmented


def estimate(
    velocity: PlaneField, x: Tensor, label: Tensor | None, steps: int, probes: int, rng: Rng, std: Tensor | float = 1.0
) -> Work[tuple[Tensor, Tensor]]:
    """Nats (n,) of examples (n, *shape) and their standard errors (n,), by RK4 from data to Gaussian noise of ``std``, one
    number or one per dimension.
    """
    nats, errors = [], []
    for i, part in enumerate(x.split(_CHUNK)):
        rows = None if label is None else label[i * _CHUNK :][: len(part)]
        flat = part.flatten(1)
        signs = torch.randint(2, (probes, *flat.shape), generator=rng, device=rng.device).to(flat) * 2 - 1
        v = with_estimated_divergence(partial(labelled, velocity, rows), part.shape[1:], signs)
        start = torch.cat((flat, flat.new_zeros(len(flat), probes)), 1)
        y = yield from ode.integrate(RK4, v, start, times(1.0, 0.0, steps))
        each = normal_log_density(y[:, : flat.shape[1]], std)[:, None] + y[:, flat.shape[1] :]
        nats.append(each.mean(1))
        errors.append(each.std(1) / probes**0.5)
    return torch.cat(nats), torch.cat(errors)
