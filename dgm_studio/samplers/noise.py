"""Gaussian noise, and how much of it there is on the way."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Rng


def noise_like(x: Tensor, rng: Rng) -> Tensor:
    """Standard normal noise of the shape, precision and device of ``x``."""
    return torch.randn(x.shape, generator=rng, device=rng.device, dtype=x.dtype).to(x.device)


def rho_schedule(t: float, largest: float, smallest: float, rho: float = 7.0) -> float:
    """The noise level at progress ``t``: evenly spaced in ``sigma^(1/rho)`` from ``largest`` to ``smallest``.

    Karras et al. 2022, arXiv:2206.00364.
    """
    high, low = largest ** (1 / rho), smallest ** (1 / rho)
    return float((high + t * (low - high)) ** rho)
