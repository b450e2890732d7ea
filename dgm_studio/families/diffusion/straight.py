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

from dgm_studio.contract import Batch, PlaneField, Rng
from dgm_studio.families.diffusion.noisy_net import NoisyNet, across, posterior_means, stratified

Predict = Callable[[Tensor, float, Tensor | None], Tensor]
"""(mix (n, *shape), progress t, label (n,) or None) -> F (n, *shape)."""


def turn(t: Tensor, spread: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shares of unit-variance data and noise in ``x_t``, and the standard deviation of ``x_t``: cos, sin, norm."""
    data = t * spread
    norm = torch.hypot(data, 1 - t)
    return data / norm, (1 - t) / norm, norm


def clock(t: Tensor, times: int = 1, ahead: Tensor | None = None) -> Tensor:
    """Times (n,) as the network reads them, (n, times): of order one, and with a second how far ``ahead`` it shall see."""
    if times == 1:
        return (2 * t - 1)[:, None]
    return torch.stack((2 * t - 1, torch.zeros_like(t) if ahead is None else ahead), 1)


def match(net: NoisyNet, n: Tensor, u: Tensor, t: Tensor, label: Tensor | None, batch: Batch | None = None) -> Tensor:
    """One step on the squared error of F at times (B,) between noise and unit-variance latents (B, *shape); the loss.

    Where they are independent, ``batch`` (the one that the latents are of) takes the variance out of the target: each noisy
    point then goes to the mean of the examples that it may have come from.
    """
    mix, sin, target = line(net, n, u, t, label, batch)
    return net.learn(mix, sin, clock(t, net.times), label, target)


def line(
    net: NoisyNet, n: Tensor, u: Tensor, t: Tensor, label: Tensor | None, batch: Batch | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Mixes (B, *shape) at times (B,), their share of noise, and F there, of which the mean is to be learned; see `match`."""
    cos, sin, _ = turn(across(t, u), net.spread)
    mix = cos * u + sin * n
    target = sin * u - cos * n
    if batch is not None and net.means:
        target += (posterior_means(u, mix, cos, sin, label, batch.label) - u) / sin
    return mix, sin, target


def early_times(n: int, rng: Rng, device: torch.device) -> Tensor:
    """Times (n,): three in ten exactly 0, the rest even over (0, 1).

    A single step from 0 to 1 asks for the velocity at 0 and nowhere else: a network that only trains near it misses there.
    """
    return ((stratified(n, rng, device) - 0.3) / 0.7).clamp_min(0)


def straight_velocity(predict: Predict, spread: Tensor) -> PlaneField:
    """The mean velocity E[x1 - x0 | x_t = x] of latents (n, *shape) of standard deviation ``spread``."""

    def velocity(x: Tensor, t: float, label: Tensor | None) -> Tensor:
        cos, sin, norm = turn(torch.tensor(t, dtype=x.dtype, device=x.device), spread)
        mix = x / norm
        return (spread * cos - sin) * mix + (spread * sin + cos) * predict(mix, t, label)

    return velocity
