"""What follows from any model with a velocity: exact densities and latents, by its ODE."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from dgm_studio.contract import Latent, LogDensity, PlaneField, Work
from dgm_studio.families.shared.latents import standard_normal
from dgm_studio.samplers import ode
from dgm_studio.samplers.flow.rk4 import RungeKutta4
from dgm_studio.samplers.path import Space

RK4 = RungeKutta4().step
_KEPT = 4096
_CHUNK = 512  # points per slice of the density: one of 256 takes two thirds of its time


def times(start: float, end: float, steps: int) -> list[float]:
    """``steps + 1`` evenly spaced times."""
    return [start + (end - start) * i / steps for i in range(steps + 1)]


def normal_log_density(z: Tensor, std: Tensor | float) -> Tensor:
    """Nats (n,) of latents (n, ...) under N(0, std^2), one standard deviation or one per dimension."""
    flat = z.flatten(1)
    deviation = torch.as_tensor(std, dtype=z.dtype, device=z.device).flatten().expand(flat.shape[1])
    return (
        -0.5 * (flat / deviation).square().sum(1) - deviation.log().sum() - 0.5 * flat.shape[1] * math.log(2 * math.pi)
    )


def labelled(velocity: PlaneField, label: Tensor | None, x: Tensor, t: float) -> Tensor:
    """A velocity of fixed classes (n,)."""
    return velocity(x, t, label)


TOLERANCE = 0.005
"""Nats by which a value may be off before it is computed in twice as many steps."""
DOUBLINGS = 3
"""From 16 steps to 128 at most."""


def ode_density(
    velocity: PlaneField,
    steps: int,
    std: float,
    size: int,
    shown: PlaneField | None = None,
    base: Callable[[Tensor], Tensor] | None = None,
) -> LogDensity:
    """The density of points (n, size) under the ODE of ``velocity``, by RK4 and the exact trace; see `OdeDensity`.

    Each evaluation is one pass forward and one backward per dimension. ``base`` is the density, in nats (n,), that the ODE
    starts from where that is not N(0, std^2).
    """
    found = OdeDensity(velocity, base or partial(normal_log_density, std=std), steps, shown or velocity)
    passes = 4 * steps * (1 + size)
    return LogDensity(
        "exact", found.work, passes, note=found.error.note, numerical=found.error.mean, sketch=found.sketch
    )


class Convergence:
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


@dataclass(frozen=True)
class OdeDensity:
    """Nats of points (n, d) that the ODE of ``velocity`` carries from those of ``base`` to data.

    Every value is computed in ``steps`` and in twice as many, and again in twice as many where the two are apart, up to
    `DOUBLINGS` times. By Richardson's rule RK4 in 2N steps errs by a fifteenth of what it differs from N; a fifth is what
    is stated and held against `TOLERANCE`. The note says what is left. ``shown`` is the velocity of what a sampler shows on
    the way, where that is another one.
    """

    velocity: PlaneField
    base: Callable[[Tensor], Tensor]
    steps: int
    shown: PlaneField
    error: Convergence = field(default_factory=Convergence)

    def work(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        n = self.steps
        nats = yield from self._by(self.velocity, x, label, times(1.0, 0.0, n))
        error = torch.full_like(nats, torch.inf)
        left = torch.arange(len(x), device=x.device)
        for _ in range(DOUBLINGS):
            n *= 2
            rows = None if label is None else label[left]
            finer = yield from self._by(self.velocity, x[left], rows, times(1.0, 0.0, n))
            # where a value has run off, so has its error
            error[left] = ((finer - nats[left]).abs() / 5).nan_to_num(torch.inf, posinf=torch.inf)
            nats[left] = finer
            left = left[error[left] > TOLERANCE]
            if not len(left):
                break
        self.error.add(error)
        return nats

    def sketch(self, x: Tensor, t: float, label: Tensor | None, quick: bool) -> Work[Tensor]:
        """In ``steps`` and no more, half as many on the way; a quick one takes half of the traces, and two thirds of the
        work."""
        v = self.velocity if t >= 1 else self.shown
        n = self.steps if t >= 1 else max(4, self.steps // 2)
        along = times(min(max(t, 1e-3), 1.0), 0.0, n)
        return (yield from self._by(v, x, label, along, rough=quick))

    def _by(
        self, velocity: PlaneField, x: Tensor, label: Tensor | None, along: list[float], *, rough: bool = False
    ) -> Work[Tensor]:
        """Nats (n,) by one integration along the times."""
        base, parts = self.base, []
        for i, part in enumerate(x.split(_CHUNK)):
            v = partial(labelled, velocity, None if label is None else label[i * _CHUNK :][: len(part)])
            if rough:
                parts.append((yield from ode.rough_log_density_by_ode(v, part, along, base)))
            else:
                parts.append((yield from ode.log_density_by_ode(RK4, v, part, along, base)))
        return torch.cat(parts)


def ode_latent(velocity: PlaneField, space: Space, steps: int, std: Tensor) -> Latent:
    """Latents (n, size) of unit variance as the start of the ODE of ``velocity``; see `OdeLatent`."""
    size, both = math.prod(space.shape), OdeLatent(velocity, space, steps, std)
    return Latent(
        size, standard_normal(size), both.decode, both.encode, cheap=False, classes="optional", part_way=both.part_way
    )


@dataclass(frozen=True)
class OdeLatent:
    """The ODE of ``velocity`` from noise (n, size), times ``std``, to examples and back, by RK4."""

    velocity: PlaneField
    space: Space
    steps: int
    std: Tensor

    def decode(self, z: Tensor, label: Tensor | None) -> Work[Tensor]:
        return self.part_way(z, 1.0, label)

    def part_way(self, z: Tensor, t: float, label: Tensor | None) -> Work[Tensor]:
        x = self.std * z.view(-1, *self.space.shape)
        if t > 0:
            along = times(0.0, t, max(1, math.ceil(t * self.steps)))
            x = yield from ode.integrate(RK4, partial(labelled, self.velocity, label), x, along)
        return self.space.decode(x)

    def encode(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        velocity, along = partial(labelled, self.velocity, label), times(1.0, 0.0, self.steps)
        z = yield from ode.integrate(RK4, velocity, self.space.encode(x), along)
        return z.flatten(1) / self.std
