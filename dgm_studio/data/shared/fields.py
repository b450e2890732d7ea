"""Drawing many pictures at once: shapes as signed distances, mixed by their edges.

A signed distance (positive inside, in pixels) gives an antialiased edge of one pixel by clamping, and lets a shape grow
or shrink by adding to it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def pixel_grid(size: int) -> tuple[Tensor, Tensor]:
    """Coordinates of pixel centres: x and y (1, size, size) in [-1, 1], y pointing down."""
    side = (torch.arange(size) + 0.5) * (2 / size) - 1
    y, x = torch.meshgrid(side, side, indexing="ij")
    return x[None], y[None]


def cover(distance: Tensor) -> Tensor:
    """How much of each pixel lies inside, from the signed distance in pixels: 0 outside, 1 inside, a ramp between."""
    return (distance + 0.5).clamp(0, 1)


def paint(canvas: Tensor, colour: Tensor, alpha: Tensor) -> Tensor:
    """``canvas`` (n, 3, h, w) with ``colour`` (n, 3, h, w) or (n, 3, 1, 1) laid over by ``alpha`` (n, h, w)."""
    return torch.lerp(canvas, colour.expand_as(canvas), alpha[:, None])


def rgb(*channels: float) -> Tensor:
    """One colour as (1, 3, 1, 1)."""
    return torch.tensor(channels, dtype=torch.float32).view(1, 3, 1, 1)


def to_bytes(canvas: Tensor) -> Tensor:
    """Pixels in [0, 1] to uint8."""
    return (canvas * 255).round().clamp(0, 255).to(torch.uint8)


def hue(turn: Tensor, saturation: float = 0.72, value: float = 1.0) -> Tensor:
    """Colours (n, 3, 1, 1) once around the colour circle for ``turn`` (n,) in [0, 1]."""
    k = (torch.tensor([5.0, 3.0, 1.0]) + turn[:, None] * 6) % 6
    dip = torch.minimum(k, 4 - k).clamp(0, 1)
    return (value - value * saturation * dip)[:, :, None, None]
