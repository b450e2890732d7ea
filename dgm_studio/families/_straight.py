"""The straight way from noise to data, ``x_t = (1 - t) n + t x``, as a network of unit-variance mixes sees it.

With data of standard deviation ``s`` the mix ``x_t / norm = cos u + sin n`` has unit variance, where ``u = x / s`` and
``norm = hypot(s t, 1 - t)``. The angle falls from a quarter turn at t = 0 to zero at t = 1, and the network predicts what it
loses per radian, ``F = sin u - cos n``. From F follows the velocity ``x - n``, the linear part of which is exact for
Gaussian data and needs no network.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import PlaneField, Rng
from dgm_studio.families._noisy import stratified

Predict = Callable[[Tensor, float, Tensor | None], Tensor]
"""(mix (n, *shape), progress t, label (n,) or None) -> F (n, *shape)."""


def turn(t: Tensor, spread: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shares of unit-variance data and noise in ``x_t``, and the standard deviation of ``x_t``: cos, sin, norm."""
    data = t * spread
    norm = torch.hypot(data, 1 - t)
    return data / norm, (1 - t) / norm, norm


def early_times(n: int, rng: Rng, device: torch.device) -> Tensor:
    """Times (n,): three in ten exactly 0, the rest even over (0, 1).

    A single step from 0 to 1 asks for the velocity at 0 and nowhere else: a network that only trains near it misses there.
    """
    return ((stratified(n, rng, device) - 0.3) / 0.7).clamp_min(0)


def straight_velocity(predict: Predict, spread: Tensor) -> PlaneField:
    """The mean velocity E[x1 - x0 | x_t = x] of codes (n, *shape) of standard deviation ``spread``."""

    def velocity(x: Tensor, t: float, label: Tensor | None) -> Tensor:
        cos, sin, norm = turn(torch.tensor(t, dtype=x.dtype, device=x.device), spread)
        mix = x / norm
        return (spread * cos - sin) * mix + (spread * sin + cos) * predict(mix, t, label)

    return velocity
