"""Grey levels: pictures as whole numbers in a row, as models of discrete pixels see them, and as real numbers somewhere
within their levels, on which a density is bounded.

A picture (C, H, W) becomes a sequence of whole numbers, row by row, the colours of a pixel next to each other. Level k of
L stands for the value ``-1 + 2 k / (L - 1)``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, rng_for

_FEW = 17
"""Data with so many grey levels or fewer keep them."""


def grey_levels(asked: int, spec: DataSpec) -> int:
    """How many a model of whole numbers rounds pictures to: those asked for, at 0 the data's own where they are few, else 4."""
    if spec.kind == "binary":
        return 2
    if asked:
        return max(2, asked)
    return spec.levels if spec.levels <= _FEW else 4


def level_width(levels: int) -> float:
    """Of one grey level, in model units."""
    return 2 / (levels - 1)


def nearest_level(x: Tensor, levels: int) -> Tensor:
    """Pixels of any shape, in model units, at the nearest grey level."""
    steps = levels - 1
    return ((x.clamp(-1, 1) + 1) / 2 * steps).round() / steps * 2 - 1


def dequantised(x: Tensor, levels: int) -> Tensor:
    """Pictures (n, ...) with uniform noise as wide as a grey level, the same for every picture at every call, so that a
    density does not flicker (Theis et al. 2015, arXiv:1511.01844).
    """
    rng = rng_for(0, x.shape[1:].numel(), device=x.device)
    return x + level_width(levels) * (torch.rand(x.shape[1:], generator=rng, device=x.device) - 0.5)


def to_levels(x: Tensor, levels: int) -> Tensor:
    """Pictures (n, C, H, W) in [-1, 1] to the nearest of ``levels`` grey levels: whole numbers (n, H W C)."""
    flat = in_order(x)
    return ((flat + 1) * ((levels - 1) / 2)).round().clamp(0, levels - 1).long()


def from_levels(k: Tensor, levels: int, event: tuple[int, ...]) -> Tensor:
    """Whole numbers (n, H W C) to pictures (n, C, H, W) in [-1, 1]."""
    return as_image(k.to(torch.get_default_dtype()) * (2 / (levels - 1)) - 1, event)


def in_order(x: Tensor) -> Tensor:
    """Pictures (n, C, H, W) as sequences (n, H W C)."""
    return x.permute(0, 2, 3, 1).flatten(1)


def as_image(row: Tensor, event: tuple[int, ...]) -> Tensor:
    """Sequences (n, H W C) as pictures (n, C, H, W)."""
    channels, height, width = event
    return row.view(len(row), height, width, channels).permute(0, 3, 1, 2)
