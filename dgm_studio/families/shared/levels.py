"""Levels: examples as whole numbers in a row, as models of discrete numbers see them, and pictures as real numbers somewhere
within their grey levels, on which a density is bounded.

A picture (C, H, W) becomes a sequence of whole numbers, row by row, the colours of a pixel next to each other. Level k of
L stands for the value ``-1 + 2 k / (L - 1)``. Strings (L,) are such a sequence, and their levels the numbers of their letters.
Sounds (1, T) are companded first, so that what is soft has as many levels as what is loud (ITU-T G.711):

    f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu),    mu = L - 1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, rng_for

OF_SOUNDS = 256
"""Levels of companded sounds."""
_FEW = 17
"""Data with so many grey levels or fewer keep them."""


def grey_levels(asked: int, spec: DataSpec) -> int:
    """How many a model of whole numbers rounds pictures to: those asked for, at 0 the data's own where they are few, else 4; of
    strings, as many as there are letters; of sounds `OF_SOUNDS`."""
    if spec.alphabet:
        return len(spec.alphabet)
    if spec.is_sound:
        return OF_SOUNDS
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
    """Pictures (n, C, H, W) in [-1, 1] to the nearest of ``levels`` grey levels, strings (n, L) or sounds (n, 1, T): whole
    numbers (n, D)."""
    flat = in_order(x)
    if x.dim() == 2:
        return flat.round().clamp(0, levels - 1).long()
    flat = companded(flat, levels) if x.dim() == 3 else flat
    return ((flat + 1) * ((levels - 1) / 2)).round().clamp(0, levels - 1).long()


def from_levels(k: Tensor, levels: int, event: tuple[int, ...]) -> Tensor:
    """Whole numbers (n, D) to pictures (n, C, H, W) or sounds (n, 1, T) in [-1, 1], or to strings (n, L)."""
    if len(event) == 1:
        return k.to(torch.get_default_dtype())
    value = k.to(torch.get_default_dtype()) * (2 / (levels - 1)) - 1
    return as_event(expanded(value, levels) if len(event) == 2 else value, event)


def companded(x: Tensor, levels: int) -> Tensor:
    """Sounds of any shape within [-1, 1], what is soft made louder: again within [-1, 1]."""
    return x.sign() * torch.log1p((levels - 1) * x.abs()) / math.log(levels)


def expanded(y: Tensor, levels: int) -> Tensor:
    """The inverse of `companded`."""
    return y.sign() * torch.expm1(y.abs() * math.log(levels)) / (levels - 1)


def in_order(x: Tensor) -> Tensor:
    """Examples (n, C, H, W), sounds (n, 1, T) or strings (n, L), as sequences (n, D)."""
    return x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x.flatten(1)


def as_event(row: Tensor, event: tuple[int, ...]) -> Tensor:
    """Sequences (n, D) as pictures (n, C, H, W), as sounds (n, 1, T) or as strings (n, L)."""
    if len(event) < 3:
        return row.view(len(row), *event)
    channels, height, width = event
    return row.view(len(row), height, width, channels).permute(0, 3, 1, 2)


def not_there(spec: DataSpec) -> float:
    """What a frame shows, in model units, of numbers that are not drawn yet: grey, or a hidden letter."""
    return float(spec.hidden_letter) if spec.alphabet else 0.0
