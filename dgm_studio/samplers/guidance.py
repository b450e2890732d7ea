"""Classifier-free guidance: walk past the class-conditional prediction, away from the unconditional one.

``u + w (c - u)``: w = 0 ignores the class, 1 is the conditional model, more trades variety for likeness to the class
(Ho & Salimans 2022, arXiv:2207.12598). Being linear it means the same for denoisers, velocities and scores. What comes
out for w > 1 is not a sample of ``p(x) p(y | x)^w``, though it is often drawn as if it were.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Conditional = Callable[[Tensor, float, Tensor | None], Tensor]


def guided(f: Conditional, label: Tensor | None, weight: float) -> Callable[[Tensor, float], Tensor]:
    """A prediction (x, level) guided towards ``label`` (n,); with no label, or weight 1, a single pass without guidance.

    ``f(x, level, label)`` takes labels of -1 for "no class"; such rows come out unguided.
    """
    if label is None or weight == 1:
        return lambda x, level: f(x, level, label)
    nobody = torch.full_like(label, -1)
    if weight == 0:
        return lambda x, level: f(x, level, nobody)
    both = torch.cat((label, nobody))

    def predict(x: Tensor, level: float) -> Tensor:
        c, u = f(torch.cat((x, x)), level, both).chunk(2)
        return torch.lerp(u, c, weight)

    return predict
