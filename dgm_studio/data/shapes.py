"""Sprites with known factors: one coloured shape on a dark ground, after dSprites (Matthey et al. 2017).

Shape, place, size, angle and colour are independent and uniform, so that it can be measured what a latent has
understood. Distances follow Quilez, "2D distance functions".
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot, DataSet, Factors, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.drawing import PictureProgram
from dgm_studio.data.shared.fields import cover, hue, paint, pixel_grid, rgb, to_bytes

CLASSES = ("disc", "square", "triangle", "star", "heart")


SLOTS = {
    "label": ContextSlot("shape", values=CLASSES, help="What it is."),
    "x": ContextSlot("x", -0.45, 0.45, help="How far right of the middle, in half pictures."),
    "y": ContextSlot("y", -0.45, 0.45, help="How far below the middle, in half pictures."),
    "size": ContextSlot("size", 0.27, 0.5, help="In half pictures."),
    "angle": ContextSlot(
        "angle", 0.0, 2 * math.pi, periodic=True, help="In radians; a square looks the same after a quarter."
    ),
    "hue": ContextSlot("hue", 0.0, 1.0, periodic=True, help="Once around the colours."),
}


class ShapeParams(Settings):
    """How large, how many, in colour or grey."""

    size: Literal[16, 24, 32] = knob(32, help="Pixels per side.")
    colour: bool = knob(True, help="Random colours; without them every shape is white.")
    examples: int = knob(10_000, 100, 60_000, scale="log", help="Number of training pictures.")


def _folded(u: Tensor, v: Tensor, sides: int) -> Tensor:
    """Angle from the nearest of ``sides`` directions, the first of which is up."""
    sector = 2 * math.pi / sides
    return (torch.remainder(torch.atan2(u, -v) + sector / 2, sector) - sector / 2).abs()


def _polygon(u: Tensor, v: Tensor, sides: int, apothem: float) -> Tensor:
    return apothem - torch.hypot(u, v) * (math.pi / sides - _folded(u, v, sides)).cos()


def _star(u: Tensor, v: Tensor, outer: float = 1.1, inner: float = 0.5) -> Tensor:
    """Distance to the line through a tip (outer, 0) and the next notch, in the folded sector."""
    angle, r = _folded(u, v, 5), torch.hypot(u, v)
    along, across = outer - inner * math.cos(math.pi / 5), inner * math.sin(math.pi / 5)
    return (across * (outer - r * angle.cos()) - along * r * angle.sin()) / math.hypot(along, across)


def _heart(u: Tensor, v: Tensor, scale: float = 0.62) -> Tensor:
    x, y = (scale * u).abs(), 0.55 - scale * v
    lobe = torch.hypot(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    foot = (x + y).clamp(min=0) / 2
    edge = torch.minimum(torch.hypot(x, y - 1), torch.hypot(x - foot, y - foot)) * (x - y).sign()
    return -torch.where(x + y > 1, lobe, edge) / scale


def _factors(n: int, rng: Rng) -> Factors:
    u = torch.rand(n, 5, generator=rng)
    return {
        "label": torch.randint(len(CLASSES), (n,), generator=rng),
        "x": u[:, 0] * 0.9 - 0.45,
        "y": u[:, 1] * 0.9 - 0.45,
        "size": 0.27 + 0.23 * u[:, 2],
        "angle": u[:, 3] * 2 * math.pi,
        "hue": u[:, 4],
    }


def program(size: int, colour: bool) -> PictureProgram:
    """The program that draws shapes of ``size`` pixels."""
    x, y = pixel_grid(size)

    def render(factors: Factors) -> Tensor:
        angle, scale = factors["angle"][:, None, None], factors["size"][:, None, None]
        dx, dy = x - factors["x"][:, None, None], y - factors["y"][:, None, None]
        u, v = (angle.cos() * dx + angle.sin() * dy) / scale, (angle.cos() * dy - angle.sin() * dx) / scale
        every = torch.stack(
            [0.9 - torch.hypot(u, v), _polygon(u, v, 4, 0.8), _polygon(u, v, 3, 0.58), _star(u, v), _heart(u, v)], 1
        )
        distance = every[torch.arange(len(u)), factors["label"]] * scale * (size / 2)
        ink = hue(factors["hue"]) if colour else rgb(1, 1, 1)
        canvas = rgb(0.06, 0.07, 0.09).expand(len(u), 3, size, size)
        painted = paint(canvas, ink, cover(distance))
        return to_bytes(painted if colour else painted[:, :1])

    def factors(n: int, rng: Rng) -> Factors:
        every = _factors(n, rng)
        return every if colour else {key: value for key, value in every.items() if key != "hue"}

    slots = SLOTS if colour else {key: slot for key, slot in SLOTS.items() if key != "hue"}
    return PictureProgram(factors, render, slots, CLASSES)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, ShapeParams)
    return (yield from program(params.size, params.colour).load("shapes", params.examples, rng))


SOURCES = (
    Source(
        "shapes",
        "Shapes",
        "One coloured shape at a random place, size and angle: five causes to find again in a latent.",
        "images",
        ShapeParams,
        _load,
        preview=lambda rng: program(32, True).preview("shapes", rng),
    ),
)
