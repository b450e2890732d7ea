"""Gradient descent with momentum by hand: torch's optimisers import its compiler, which takes seconds and 115 MB.

For small classifiers that are learned once, beside what a run trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

_MOMENTUM, _DECAY = 0.9, 1e-4


class Momentum:
    """Descends along gradients clipped to ``clip``, with weight decay, at a rate that falls to 0 in ``steps``."""

    def __init__(self, weights: Iterable[Tensor], rate: float, steps: int, clip: float) -> None:
        self.weights = list(weights)
        self._speed = [torch.zeros_like(w) for w in self.weights]
        self._rate, self._steps, self._clip = rate, steps, clip

    def step(self, number: int, gradients: Sequence[Tensor]) -> None:
        """Step ``number``, from 0."""
        rate = self._rate * (1 - number / self._steps)
        with torch.no_grad():
            for w, v, g in zip(self.weights, self._speed, gradients, strict=True):
                v.mul_(_MOMENTUM).add_(g.clamp(-self._clip, self._clip) + _DECAY * w)
                w.sub_(rate * v)
