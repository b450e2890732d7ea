"""What follows from any model with a velocity: exact densities and codes, by its ODE."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from dgm_studio.contract import Latent, LogDensity, PlaneField, Rng, Work
from dgm_studio.samplers import ode
from dgm_studio.samplers.path import Space

_KEPT = 4096
_CHUNK = 512  # points per slice of the density: one of 256 takes two thirds of its time


def times(start: float, end: float, steps: int) -> list[float]:
    """``steps + 1`` evenly spaced times."""
    return [start + (end - start) * i / steps for i in range(steps + 1)]


def normal_log_density(z: Tensor, std: Tensor | float) -> Tensor:
    """Nats (n,) of codes (n, ...) under N(0, std^2), one standard deviation or one per dimension."""
    flat = z.flatten(1)
    deviation = torch.as_tensor(std, dtype=z.dtype, device=z.device).flatten().expand(flat.shape[1])
    return (
        -0.5 * (flat / deviation).square().sum(1) - deviation.log().sum() - 0.5 * flat.shape[1] * math.log(2 * math.pi)
    )


def _labelled(velocity: PlaneField, label: Tensor | None, x: Tensor, t: float) -> Tensor:
    return velocity(x, t, label)


TOLERANCE = 0.005
"""Nats by which a value may be off before it is computed in twice as many steps."""
DOUBLINGS = 3
"""From 16 steps to 128 at most."""


def ode_density(velocity: PlaneField, steps: int, std: float, size: int, shown: PlaneField | None = None) -> LogDensity:
    """The density of points (n, size) under the ODE of ``velocity``, by RK4 and the exact trace.

    Every value is computed in ``steps`` and in twice as many, and again in twice as many where the two are apart, up to
    `DOUBLINGS` times. By Richardson's rule RK4 in 2N steps errs by a fifteenth of what it differs from N; a fifth is what
    is stated and held against `TOLERANCE`. The note says what is left. A sketch takes ``steps`` and no more, half as many
    on the way; a quick one takes half of the traces, and two thirds of the work. ``shown`` is the velocity of what a sampler
    shows on the way, where that is another one.

    Each evaluation is one pass forward and one backward per dimension.
    """

    def base(z: Tensor) -> Tensor:
        return normal_log_density(z, std)

    def by(
        field: PlaneField, x: Tensor, label: Tensor | None, along: list[float], *, rough: bool = False
    ) -> Work[Tensor]:
        parts = []
        for i, part in enumerate(x.split(_CHUNK)):
            rows = None if label is None else label[i * _CHUNK :][: len(part)]
            v = partial(_labelled, field, rows)
            if rough:
                parts.append((yield from ode.rough_log_density_by_ode(v, part, along, base)))
            else:
                parts.append((yield from ode.log_density_by_ode(ode.rk4, v, part, along, base)))
        return torch.cat(parts)

    state = _Convergence()

    def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        n = steps
        nats = yield from by(velocity, x, label, times(1.0, 0.0, n))
        error = torch.full_like(nats, torch.inf)
        left = torch.arange(len(x), device=x.device)
        for _ in range(DOUBLINGS):
            n *= 2
            finer = yield from by(velocity, x[left], None if label is None else label[left], times(1.0, 0.0, n))
            # where a value has run off, so has its error
            error[left] = ((finer - nats[left]).abs() / 5).nan_to_num(torch.inf, posinf=torch.inf)
            nats[left] = finer
            left = left[error[left] > TOLERANCE]
            if not len(left):
                break
        state.add(error)
        return nats

    def sketch(x: Tensor, t: float, label: Tensor | None, quick: bool) -> Work[Tensor]:
        field = velocity if t >= 1 or shown is None else shown
        n = steps if t >= 1 else max(4, steps // 2)
        along = times(min(max(t, 1e-3), 1.0), 0.0, n)
        return (yield from by(field, x, label, along, rough=quick))

    return LogDensity(
        "exact", work, passes=4 * steps * (1 + size), note=state.note, numerical=state.mean, sketch=sketch
    )


class _Convergence:
    """How far computed values are from what more steps would give: of the last `_KEPT`."""

    def __init__(self) -> None:
        self._error = torch.zeros(0)

    def add(self, error: Tensor) -> None:
        self._error = torch.cat([self._error, error.detach().cpu()])[-_KEPT:]

    def mean(self) -> float:
        """Nats by which the mean may be off; values that did not converge count as the worst that did."""
        finite = self._error[self._error.isfinite()]
        return float(self._error.clamp(max=float(finite.max())).mean()) if len(finite) else 0.0

    def note(self) -> str:
        if not len(self._error):
            return ""
        off = self._error > TOLERANCE
        if not bool(off.any()):
            return f"Steps halved, the values move by less than {5 * float(self._error.max()):.2g} nats."
        worst = float(self._error.max())
        how = f"by up to {worst:.2g} nats" if math.isfinite(worst) else "by an unknown amount"
        return f"Estimates: {int(off.sum())} of {len(off)} values have not converged and may be off {how}."


def ode_latent(velocity: PlaneField, space: Space, steps: int, std: Tensor) -> Latent:
    """Codes (n, size) of unit variance as the start of the ODE of ``velocity``, both ways by RK4."""
    size = math.prod(space.shape)

    def decode(z: Tensor, label: Tensor | None) -> Work[Tensor]:
        return (yield from part_way(z, 1.0, label))

    def part_way(z: Tensor, t: float, label: Tensor | None) -> Work[Tensor]:
        x = std * z.view(-1, *space.shape)
        if t > 0:
            parts = times(0.0, t, max(1, math.ceil(t * steps)))
            x = yield from ode.integrate(ode.rk4, partial(_labelled, velocity, label), x, parts)
        return space.decode(x)

    def encode(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        velocity_of = partial(_labelled, velocity, label)
        z = yield from ode.integrate(ode.rk4, velocity_of, space.encode(x), times(1.0, 0.0, steps))
        return z.flatten(1) / std

    def prior(n: int, rng: Rng) -> Tensor:
        return torch.randn((n, size), generator=rng, device=rng.device)

    return Latent(size, prior, decode, encode, cheap=False, classes="optional", part_way=part_way)
