"""Langevin moves of binary units: all propose at once, each as its gradient says, to stay or to flip.

The discrete Langevin proposal (Zhang, Liu & Liu 2022, arXiv:2206.09914) of a log-density f over units h in {0, 1}^k flips unit
i with the log-odds

    -(2 h_i - 1) df/dh_i / 2 - 1 / (2 s),

which is what a Gaussian step of variance s along the gradient would say of its two values. Accepting with the probability of
Metropolis & Hastings makes the density exp(f) the limit. A large s flips many at once and is refused more often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Rng

LogDensity = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Units (n, k) to f (n,) in nats and its gradient (n, k)."""


@dataclass(frozen=True)
class UnitStates:
    """Units (n, k) with f (n,) and its gradient (n, k), so that a refused move costs nothing."""

    h: Tensor
    value: Tensor
    grad: Tensor

    @classmethod
    def at(cls, f: LogDensity, h: Tensor) -> UnitStates:
        return cls(h, *f(h))

    def odds(self, size: float) -> Tensor:
        """Log-odds (n, k) of a flip."""
        return -0.5 * (2 * self.h - 1) * self.grad - 0.5 / size


def flip_move(f: LogDensity, here: UnitStates, size: float, rng: Rng) -> tuple[UnitStates, Tensor]:
    """One move, accepted or refused; where the units are then, and who moved (n,), a bool."""
    odds = here.odds(size)
    flips = torch.bernoulli(torch.sigmoid(odds), generator=rng)
    there = UnitStates.at(f, (here.h - flips).abs())
    # log of the chance to flip back, less that of the flips made
    forth, back = (
        F.binary_cross_entropy_with_logits(o, flips, reduction="none").sum(1) for o in (odds, there.odds(size))
    )
    gain = there.value - here.value + forth - back
    moved = torch.rand(len(gain), generator=rng, device=rng.device).to(gain).log() < gain
    wide = moved[:, None]
    chosen = UnitStates(
        torch.where(wide, there.h, here.h),
        torch.where(moved, there.value, here.value),
        torch.where(wide, there.grad, here.grad),
    )
    return chosen, moved
