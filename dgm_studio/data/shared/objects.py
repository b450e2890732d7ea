"""Small coloured objects on a dark ground, drawn from their attributes and read back from the pixels.

A shape is a signed distance in pixels, so that edges are antialiased. Reading is exact for what was drawn: objects are the
connected components of what is brighter than the ground, their colour is the nearest of the palette, their place the centre of
their mass, and their shape and size those whose drawing at that place differs least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from dgm_studio.data.shared.fields import cover, paint, pixel_grid, rgb, to_bytes

SHAPES = ("circle", "square", "triangle")
COLOURS = ("red", "green", "blue", "yellow")
PALETTE = torch.tensor([[0.93, 0.22, 0.20], [0.20, 0.78, 0.32], [0.26, 0.44, 0.98], [0.98, 0.85, 0.20]])
"""Of the colours, in [0, 1]."""
GROUND = (0.06, 0.07, 0.09)
_REACH = torch.tensor([1.0, 0.88, 1.1])
"""Of a shape, in radii: so they have about the same area."""
_TIP, _BASE = 1.15, 0.75
"""How far, in radii, the tip of a triangle is above its place, and its base, which is two wide, below."""
_INSIDE = 0.35
"""Coverage from which a pixel belongs to an object."""
_WORST = 0.6
"""Of its mass, by which an object may differ from the drawing that fits it best."""
_LEAST = 1.5
"""Pixels that a speck may cover without being an object."""


@dataclass(frozen=True)
class Objects:
    """``shape``, ``colour`` (n,) and centre ``x``, ``y`` in [-1, 1], y down, and ``radius`` in pixels, each (n,)."""

    shape: Tensor
    colour: Tensor
    x: Tensor
    y: Tensor
    radius: Tensor


def coverage(objects: Objects, size: int) -> Tensor:
    """How much of each pixel an object covers, (n, size, size) in [0, 1]."""
    x, y = pixel_grid(size)
    half = size / 2
    dx, dy = (x - objects.x[:, None, None]) * half, (y - objects.y[:, None, None]) * half
    r = (objects.radius * _REACH[objects.shape])[:, None, None]
    circle = r - torch.hypot(dx, dy)
    square = r - torch.maximum(dx.abs(), dy.abs())
    # its base below, and two sides that meet above
    side = ((dy + _TIP * r) - dx.abs() * (_TIP + _BASE)) / math.hypot(1, _TIP + _BASE)
    triangle = torch.minimum(_BASE * r - dy, side)
    every = torch.stack([circle, square, triangle], 1)
    return cover(every[torch.arange(len(dx)), objects.shape])


def drawn(layers: Sequence[Objects], size: int) -> Tensor:
    """Images (n, 3, size, size) uint8 of the objects of each layer, one over the other."""
    canvas = rgb(*GROUND).expand(len(layers[0].shape), 3, size, size)
    for objects in layers:
        canvas = paint(canvas, PALETTE[objects.colour][:, :, None, None], coverage(objects, size))
    return to_bytes(canvas)


@dataclass(frozen=True)
class Found:
    """An object that was read: the numbers of its shape and colour, its centre in [-1, 1] and its radius in pixels."""

    shape: int
    colour: int
    x: float
    y: float
    radius: float


def read(image: NDArray[np.uint8], radii: Sequence[float]) -> list[Found]:
    """The objects in an image (3, size, size), from left to right; their radius is one of ``radii``."""
    ground = np.array(GROUND)[:, None, None]
    pixels, palette = image / 255 - ground, PALETTE.numpy() - ground[:, :, 0].T
    # how much of its own colour a pixel has: objects of another colour are another component
    share = np.einsum("chw,kc->khw", pixels, palette) / np.square(palette).sum(1)[:, None, None]
    off = np.square(pixels[None] - share[:, None] * palette[:, :, None, None]).sum(1)
    own, alpha = off.argmin(0), np.clip(share, 0, 1)
    found = []
    for colour in range(len(PALETTE)):
        mine = (own == colour) & (alpha[colour] > _INSIDE)
        labels, count = ndimage.label(mine)
        for number in range(1, count + 1):
            component = _of_component(alpha[colour], labels, number, colour, radii)
            if component is not None:
                found.append(component)
    return sorted(found, key=lambda one: one.x)


def _of_component(
    alpha: NDArray[np.float64], labels: NDArray[np.int32], number: int, colour: int, radii: Sequence[float]
) -> Found | None:
    near = ndimage.binary_dilation(labels == number, iterations=1) & ((labels == number) | (labels == 0))
    weight = np.where(near, alpha, 0.0)
    mass, size = float(weight.sum()), alpha.shape[0]
    if mass < _LEAST:
        return None
    rows, columns = np.indices(alpha.shape)
    centre = torch.tensor([[(columns * weight).sum() / mass, (rows * weight).sum() / mass]])
    place = ((centre + 0.5) * (2 / size) - 1).float()
    every = [(shape, radius) for shape in range(len(SHAPES)) for radius in radii]
    shape, radius = torch.tensor([s for s, _ in every]), torch.tensor([r for _, r in every])
    n = len(every)
    guess = Objects(shape, torch.zeros(n).long(), place[:, 0].expand(n), place[:, 1].expand(n), radius)
    for _ in range(2):  # the centre of mass of a triangle is not where it is drawn from
        now = coverage(guess, size)
        at = torch.stack([(now * torch.from_numpy(columns)).sum((1, 2)), (now * torch.from_numpy(rows)).sum((1, 2))], 1)
        shift = (centre - at / now.sum((1, 2))[:, None]) * (2 / size)
        guess = Objects(shape, guess.colour, guess.x + shift[:, 0].float(), guess.y + shift[:, 1].float(), radius)
    miss = (coverage(guess, size) - torch.from_numpy(weight).float()).abs().sum((1, 2))
    best = int(miss.argmin())
    if float(miss[best]) > _WORST * mass:
        return None
    return Found(int(shape[best]), colour, float(guess.x[best]), float(guess.y[best]), float(radius[best]))
