"""Patches: the square neighbourhood of every pixel as one row, and pictures put together again from such rows.

Beyond the border a picture is continued by its mirror image, so every pixel has a whole neighbourhood.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Steer
from dgm_studio.families.shared.known import mask_of


def patches(x: Tensor, radius: int) -> Tensor:
    """Pictures (n, C, H, W) to the window of ``2 radius + 1`` pixels around each pixel (n, H W, C w w), row by row."""
    padded = F.pad(x, (radius,) * 4, mode="reflect")
    return F.unfold(padded, 2 * radius + 1).transpose(1, 2)


def whole(known: Tensor, radius: int) -> Tensor:
    """Where every pixel of the window is known: (n, 1, H, W) of zeros and ones to booleans (n, H W)."""
    return patches(known, radius).amin(-1) > 0.5


def put_together(rows: Tensor, weight: Tensor, shape: tuple[int, int], radius: int) -> Tensor:
    """The weighted mean (n, C, H, W) of overlapping windows (n, H W, C w w); weights (n, H W) above 0."""
    height, width = shape
    window = 2 * radius + 1
    size = (height + 2 * radius, width + 2 * radius)
    total = F.fold((rows * weight[..., None]).transpose(1, 2), size, window)
    one = weight[:, None].expand(-1, window * window, -1)
    count = F.fold(one, size, window)
    inside = (..., slice(radius, radius + height), slice(radius, radius + width))
    return total[inside] / count[inside]


def source_of(steer: Steer, exemplar: Tensor, radius: int, fewest: int = 8) -> tuple[Tensor, Tensor, Tensor]:
    """What a mask is filled from: pictures (n, C, H, W), where they are known (n, 1, H, W), and where to fill, alike.

    It is the known part of the picture itself; the exemplar (n, C, H, W), all of it known, where that part has fewer than
    ``fewest`` whole windows.
    """
    condition = mask_of(steer, exemplar)
    value, mask = condition.value.expand_as(exemplar), condition.mask.expand_as(exemplar)
    known = (mask == 0).all(1, keepdim=True).to(exemplar.dtype)
    enough = (whole(known, radius).sum(-1) >= fewest)[:, None, None, None]
    return torch.where(enough, value, exemplar), torch.where(enough, known, torch.ones_like(known)), 1 - known
