"""Networks that say of every number in a sequence how likely each of its levels is, given those before it.

    p(k) = prod_i p(k_i | k_1 ... k_(i-1), class)

`CausalNet` is what they have in common. Read at once, ``logits`` scores all positions in one pass; written one by one, a
`Cursor` keeps the activations that a further position does not change, so that a whole sequence costs about one pass.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn


class Cursor(Protocol):
    """A place in a batch of growing sequences."""

    def read(self) -> Tensor:
        """Logits (n, L) of the next number."""
        ...

    def write(self, level: Tensor) -> None:
        """Fix the next number (n,) and move on."""
        ...


class CausalNet(Protocol):
    """``waves`` are sequences (n, D, F) as `LevelWaves` writes them, ``given`` classes one-hot (n, C).

    ``order`` (D,) lists the positions in the order in which they are read; None, and the only one most networks know, is
    first to last.
    """

    @property
    def waves(self) -> LevelWaves: ...
    def logits(self, waves: Tensor, given: Tensor, order: Tensor | None = None) -> Tensor:
        """(n, D, F) to (n, D, L), in the sequence's own positions, each from those that come before it in ``order``."""
        ...

    def cursor(self, level: Tensor, done: int, given: Tensor, order: Tensor | None = None) -> Cursor:
        """Behind the first ``done`` numbers in ``order`` of the sequences (n, D); the others are not looked at."""
        ...


class LevelWaves(nn.Module):
    """Levels 0 ... L - 1 as the first F cosines over them: (n, D) to (n, D, F).

    With F = L this is a rotated one-hot code; a few waves say nearly as much about many levels. A number that is absent
    is all zeros, which no level is: the first wave is constant.
    """

    table: Tensor

    def __init__(self, levels: int, most: int = 6) -> None:
        super().__init__()
        self.levels, self.count = levels, min(levels, most)
        at = (torch.arange(levels) + 0.5) / levels
        self.register_buffer("table", torch.cos(math.pi * at[:, None] * torch.arange(self.count)), persistent=False)

    def forward(self, level: Tensor) -> Tensor:
        return self.table[level]


def nats(logits: Tensor, level: Tensor) -> Tensor:
    """Log-probability (n, D) of sequences (n, D) under logits (n, D, L)."""
    return -nn.functional.cross_entropy(logits.flatten(0, 1), level.flatten(), reduction="none").view(level.shape)
