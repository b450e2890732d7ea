"""What follows from any model with a velocity: exact densities and codes, by its ODE."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from dgm_studio.contract import Latent, LogDensity, PlaneField, Rng, Work
from dgm_studio.samplers import ode
from dgm_studio.samplers.path import Space

_CHUNK = 256  # points per slice of the density: a slice is then a few milliseconds


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


def ode_density(velocity: PlaneField, steps: int, std: float, size: int) -> LogDensity:
    """The exact density of points (n, size) under the ODE of ``velocity``, by RK4 and the exact trace.

    Each evaluation is one pass forward and one backward per dimension.
    """

    def base(z: Tensor) -> Tensor:
        return normal_log_density(z, std)

    def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        parts = []
        for i, part in enumerate(x.split(_CHUNK)):
            rows = None if label is None else label[i * _CHUNK :][: len(part)]
            v = partial(_labelled, velocity, rows)
            nats = yield from ode.log_density_by_ode(ode.rk4, v, part, times(1.0, 0.0, steps), base)
            parts.append(nats)
        return torch.cat(parts)

    return LogDensity("exact", work, passes=4 * steps * (1 + size))


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
