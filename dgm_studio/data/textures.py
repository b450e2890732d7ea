"""Textures: bricks, checks, waves, wood, cells, weave, each drawn by a formula with some disorder, endless in variety.

What repeats without being equal is what texture synthesis (Efros & Leung 1999) is about; for networks it is a set whose
pictures share statistics and no outline. The cells are those of Worley (1996, doi:10.1145/237170.237267).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.images import image_set

SLICE = 25
_FINE = 2
"""Pictures are drawn this much larger and reduced, which smooths their edges."""


class TextureParams(Settings):
    """How many textures, and how large."""

    size: Literal[32, 64] = knob(32, help="Pixels per side.")
    count: int = knob(600, 12, 6000, scale="log", help="How many pictures are drawn, as many of each kind.")


def _between(low: float, high: float, rng: Rng) -> float:
    return low + (high - low) * float(torch.rand((), generator=rng))


def _grid(side: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Coordinates x, y (side, side) in pictures of width 1, shifted at random."""
    axis = (torch.arange(side) + 0.5) / side
    return axis[None, :] + _between(0, 1, rng), axis[:, None] + _between(0, 1, rng)


def _smooth(side: int, cells: int, rng: Rng) -> Tensor:
    """Smooth noise (side, side) with about ``cells`` bumps a side, mean 0, standard deviation about 1/2."""
    coarse = torch.randn(1, 1, cells + 3, cells + 3, generator=rng)
    return F.interpolate(coarse, (side, side), mode="bicubic", align_corners=True)[0, 0] * 0.6


def _bricks(side: int, rng: Rng) -> Tensor:
    x, y = _grid(side, rng)
    rows, columns = int(_between(5, 8, rng)), int(_between(2, 4, rng))
    row = (y * rows).floor()
    across, down = x * columns + 0.5 * (row % 2), y * rows
    tone = torch.rand(4 * rows, 4 * columns, generator=rng)
    shade = 0.55 + 0.3 * tone[row.long() % (2 * rows), across.floor().long() % (2 * columns)]
    gap = 0.07
    joint = (across % 1 < gap * 1.2) | (down % 1 < gap * 2.4)
    return torch.where(joint, torch.tensor(0.15), shade) + 0.05 * torch.randn(side, side, generator=rng)


def _checks(side: int, rng: Rng) -> Tensor:
    x, y = _grid(side, rng)
    count = int(_between(5, 8, rng))
    lean = 0.04 * _smooth(side, 4, rng)
    on = ((x + lean) * count).floor() + ((y + lean.T) * count).floor()
    return 0.12 + 0.75 * (on % 2) + 0.04 * torch.randn(side, side, generator=rng)


def _waves(side: int, rng: Rng) -> Tensor:
    x, y = _grid(side, rng)
    angle, count = _between(0, math.pi, rng), _between(4, 8, rng)
    along = x * math.cos(angle) + y * math.sin(angle)
    return 0.5 + 0.45 * torch.sin(2 * math.pi * count * along + 1.2 * _smooth(side, 3, rng))


def _wood(side: int, rng: Rng) -> Tensor:
    x, y = _grid(side, rng)
    bend = 0.25 * _smooth(side, 2, rng)
    rings = (x + 0.3 * y + bend) * _between(5, 9, rng)
    grain = _smooth(side, side // 3, rng)[:, : side // 4].repeat_interleave(4, 1)[:, :side]
    return 0.35 + 0.45 * (rings % 1) + 0.08 * grain.T


def _cells(side: int, rng: Rng) -> Tensor:
    """Light cells between dark walls: the distance to the second nearest of random points less that to the nearest."""
    count = int(_between(16, 36, rng))
    points = torch.rand(count, 2, generator=rng)
    around = torch.cartesian_prod(torch.arange(-1.0, 2.0), torch.arange(-1.0, 2.0))
    axis = (torch.arange(side) + 0.5) / side
    place = torch.cartesian_prod(axis, axis)
    near = torch.cdist(place, (points[:, None] + around).view(-1, 2)).topk(2, largest=False).values
    return 0.1 + 0.8 * ((near[:, 1] - near[:, 0]) * math.sqrt(count) * 2.5).clamp(0, 1).view(side, side)


def _weave(side: int, rng: Rng) -> Tensor:
    x, y = _grid(side, rng)
    count = 2 * int(_between(3, 5, rng))
    across, down = x * count, y * count
    over = (across.floor() + down.floor()) % 2 == 0
    thread = torch.where(over, (across % 1) - 0.5, (down % 1) - 0.5)
    arch = torch.where(over, (down % 1) - 0.5, (across % 1) - 0.5)
    shade = torch.cos(math.pi * thread) * (0.55 + 0.45 * torch.cos(math.pi * arch))
    return 0.08 + 0.85 * shade + 0.03 * torch.randn(side, side, generator=rng)


_KINDS: dict[str, Callable[[int, Rng], Tensor]] = {
    "bricks": _bricks,
    "checks": _checks,
    "waves": _waves,
    "wood": _wood,
    "cells": _cells,
    "weave": _weave,
}
CLASSES = tuple(_KINDS)


def draw(kind: str, size: int, rng: Rng) -> Tensor:
    """One texture (1, size, size) uint8."""
    fine = _KINDS[kind](size * _FINE, rng)[None, None]
    return (255 * F.avg_pool2d(fine, _FINE)[0].clamp(0, 1)).round().to(torch.uint8)


def _textures(count: int, size: int, rng: Rng) -> Generator[Loading, None, DataSet]:
    """All kinds in turn."""
    pictures = []
    for i in range(count):
        if i % SLICE == 0:
            yield Loading(i, count, "drawing textures")
        pictures.append(draw(CLASSES[i % len(CLASSES)], size, rng))
    return image_set("textures", torch.stack(pictures), torch.arange(count) % len(CLASSES), CLASSES)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, TextureParams)
    return (yield from _textures(params.count, params.size, rng))


def _preview(rng: Rng) -> DataSet:
    """Eighteen textures."""
    pictures = torch.stack([draw(CLASSES[i % len(CLASSES)], 32, rng) for i in range(18)])
    return image_set("textures", pictures, torch.arange(18) % len(CLASSES), CLASSES)


SOURCES = (
    Source(
        "textures",
        "Textures",
        "Bricks, checks, waves, wood, cells and weave: what repeats without being equal.",
        "images",
        TextureParams,
        _load,
        preview=_preview,
    ),
)
