"""The Laplacian pyramid: a picture as its detail at every scale, and the distance that counts each scale alike.

Level j is what averaging 2x2 blocks and enlarging again loses; the last level is the small picture that remains. The
distance of Bojanowski et al. 2018 (arXiv:1707.05776), after Ling & Okada 2006,

    Lap(x, x') = sum_j 2^(2j) |L_j(x) - L_j(x')|_1,

asks for edges where squared error is content with blur. Since the pyramid is linear, it is taken of x - x'.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

SMALLEST = 4
"""Pixels per side below which nothing is halved any more."""


def laplacian_distance(off: Tensor) -> Tensor:
    """``Lap`` per pixel (n,) of differences (n, C, H, W) of pictures."""
    total, weight = off.new_zeros(len(off)), 1.0
    height, width = off.shape[-2:]
    pixels = off[0].numel()
    while min(height, width) >= 2 * SMALLEST and height % 2 == 0 and width % 2 == 0:
        small = F.avg_pool2d(off, 2)
        detail = off - F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        total = total + weight * detail.abs().flatten(1).sum(-1)
        off, weight = small, 4 * weight
        height, width = height // 2, width // 2
    return (total + weight * off.abs().flatten(1).sum(-1)) / pixels
