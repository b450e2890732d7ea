"""Pictures as grey levels in a row: what models of discrete pixels see.

A picture (C, H, W) becomes a sequence of whole numbers, row by row, the colours of a pixel next to each other. Level k of
L stands for the value ``-1 + 2 k / (L - 1)``.
"""

from __future__ import annotations

import torch
from torch import Tensor


def to_levels(x: Tensor, levels: int) -> Tensor:
    """Pictures (n, C, H, W) in [-1, 1] to the nearest of ``levels`` grey levels: whole numbers (n, H W C)."""
    flat = in_order(x)
    return ((flat + 1) * ((levels - 1) / 2)).round().clamp(0, levels - 1).long()


def from_levels(k: Tensor, levels: int, event: tuple[int, ...]) -> Tensor:
    """Whole numbers (n, H W C) to pictures (n, C, H, W) in [-1, 1]."""
    return as_picture(k.to(torch.get_default_dtype()) * (2 / (levels - 1)) - 1, event)


def in_order(x: Tensor) -> Tensor:
    """Pictures (n, C, H, W) as sequences (n, H W C)."""
    return x.permute(0, 2, 3, 1).flatten(1)


def as_picture(row: Tensor, event: tuple[int, ...]) -> Tensor:
    """Sequences (n, H W C) as pictures (n, C, H, W)."""
    channels, height, width = event
    return row.view(len(row), height, width, channels).permute(0, 3, 1, 2)
