"""Landscapes of 32x32 colour pixels from a small random program whose every choice is known.

The time of day is the class. The sun's place, the horizon and the hills are uniform; the river bends to one side or the
other by the toss of a coin; the colour of the grass is normal; the number of trees is uniform on 0 to 5.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot, DataSet, Factors, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.drawing import PictureProgram
from dgm_studio.data.shared.fields import cover, paint, pixel_grid, to_bytes

SIZE = 32
MAX_TREES = 5
CLASSES = ("day", "sunset", "night")

# One row for each time of day, red, green and blue in [0, 1].
ZENITH = torch.tensor([[0.22, 0.52, 0.90], [0.30, 0.22, 0.50], [0.02, 0.03, 0.12]])
SKYLINE = torch.tensor([[0.76, 0.88, 0.98], [1.00, 0.62, 0.30], [0.12, 0.16, 0.34]])
LIGHT = torch.tensor([[1.0, 1.0, 1.0], [0.95, 0.68, 0.58], [0.34, 0.41, 0.62]])
DISC = torch.tensor([[1.0, 0.95, 0.62], [1.0, 0.80, 0.42], [0.95, 0.95, 0.88]])
HILLS = torch.tensor([0.42, 0.50, 0.58])
STRAW, MEADOW = torch.tensor([0.72, 0.66, 0.28]), torch.tensor([0.20, 0.58, 0.24])
WATER = torch.tensor([0.30, 0.58, 0.86])
BARK, LEAVES = torch.tensor([0.34, 0.22, 0.14]), torch.tensor([0.10, 0.36, 0.16])


class SceneParams(Settings):
    """How many landscapes, and of which time of day."""

    time: Literal["all", "day", "sunset", "night"] = knob(
        "all", help="Landscapes of one time of day alone: two of them are data sets to go between."
    )
    examples: int = knob(10_000, 100, 60_000, scale="log", help="Number of training pictures.")


def _factors(n: int, rng: Rng) -> Factors:
    u = torch.rand(n, 5, generator=rng)
    return {
        "label": torch.randint(len(CLASSES), (n,), generator=rng),
        "sun_x": u[:, 0] * 1.5 - 0.75,
        "sun_height": u[:, 1],
        "horizon": u[:, 2] * 0.3 - 0.1,
        "hills": 0.06 + 0.3 * u[:, 3],
        "river_x": u[:, 4] * 0.7 - 0.35,
        "river_bends_right": torch.randint(2, (n,), generator=rng),
        "grass": torch.randn(n, generator=rng).clamp(-2.5, 2.5),
        "trees": torch.randint(MAX_TREES + 1, (n,), generator=rng),
        "ridge": torch.rand(n, 3, generator=rng) * 2 * math.pi,
        "tree_place": torch.rand(n, MAX_TREES, 3, generator=rng),
        "stars": torch.rand(n, SIZE, SIZE, generator=rng),
    }


def _flat(colour: Tensor) -> Tensor:
    """Colours (n, 3) or (3,) as (n, 3, 1, 1)."""
    return colour.reshape(-1, 3, 1, 1)


def _per_picture(value: Tensor) -> Tensor:
    """Numbers (n,) as (n, 1, 1)."""
    return value[:, None, None].float()


def render(factors: Factors) -> Tensor:
    """Landscapes (n, 3, 32, 32) uint8, painted from far to near."""
    x, y = pixel_grid(SIZE)
    scale, time = SIZE / 2, factors["label"]
    horizon = _per_picture(factors["horizon"])
    light = _flat(LIGHT[time])

    fade = ((y + 1) / (horizon + 1)).clamp(0, 1)[:, None]
    canvas = torch.lerp(_flat(ZENITH[time]), _flat(SKYLINE[time]), fade)
    night = _per_picture(time == 2)
    canvas = paint(canvas, torch.ones_like(light), night * (factors["stars"] > 0.99) * 0.8)

    height = _per_picture(torch.where(time == 1, 0.30 * factors["sun_height"], 0.45 + 0.35 * factors["sun_height"]))
    radius = torch.hypot(x - _per_picture(factors["sun_x"]), y - (horizon - height * (1 + horizon)))
    disc = _flat(DISC[time])
    canvas = paint(canvas, disc, 0.55 * (-(radius / 0.38).square()).exp() * (1 - 0.6 * night))
    canvas = paint(canvas, disc, cover((0.2 - radius) * scale))

    a, b, c = (_per_picture(phase) for phase in factors["ridge"].unbind(1))
    ridge = 0.6 + 0.5 * (2.3 * x + a).sin() + 0.3 * (4.9 * x + b).sin() + 0.1 * (9.7 * x + c).sin()
    top = horizon - _per_picture(factors["hills"]) * ridge.clamp(min=0)
    haze = torch.lerp(_flat(HILLS) * light, _flat(SKYLINE[time]), 0.25)
    canvas = paint(canvas, haze, cover((y - top) * scale))

    depth = ((y - horizon) / (1 - horizon)).clamp(0, 1)
    tint = torch.lerp(STRAW, MEADOW, torch.sigmoid(1.3 * factors["grass"] + 0.8)[:, None])
    grass = _flat(tint) * light * (1.08 - 0.28 * depth[:, None])
    canvas = paint(canvas, grass, cover((y - horizon) * scale))

    side = _per_picture(factors["river_bends_right"] * 2 - 1)
    middle = _per_picture(factors["river_x"]) + side * 0.55 * (math.pi * depth.sqrt()).sin() * (0.3 + 0.7 * depth)
    width = 0.03 + 0.24 * depth.square() + 0.06 * depth
    mirrored = torch.lerp(_flat(ZENITH[time]), _flat(SKYLINE[time]), 0.55)
    water = torch.lerp(_flat(WATER) * light, mirrored, 0.55)
    bank = torch.minimum((width - (x - middle).abs()) * scale, (y - horizon) * scale)
    canvas = paint(canvas, water, cover(bank))
    return to_bytes(_trees(canvas, factors, light, horizon, x, y))


def _trees(canvas: Tensor, factors: Factors, light: Tensor, horizon: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Round and pointed trees, far ones first; each stands on the ground and is as large as it is near."""
    scale = SIZE / 2
    place = factors["tree_place"]
    place = place.gather(1, place[:, :, :1].argsort(1).expand_as(place))
    for i in range(MAX_TREES):
        there = _per_picture(i < factors["trees"])
        depth, across, kind = (_per_picture(value) for value in place[:, i].unbind(1))
        near = 0.08 + 0.62 * depth
        foot, tall = horizon + near * (1 - horizon), 0.22 + 0.55 * near
        dx, up = x - (across * 1.8 - 0.9), foot - y
        trunk = torch.minimum(0.07 * tall - dx.abs(), torch.minimum(up, tall * 0.5 - up)) * scale
        canvas = paint(canvas, _flat(BARK) * light, there * cover(trunk))
        round_crown = 0.34 * tall - torch.hypot(dx, up - 0.66 * tall)
        fir = torch.minimum(up - 0.2 * tall, (0.36 * (1.08 * tall - up) - dx.abs()) * 0.94)
        crown = torch.where(kind < 0.5, fir, round_crown) * scale
        leaves = _flat(LEAVES) * light * (1.2 - 0.9 * (dx / tall)[:, None].clamp(-0.4, 0.4))
        canvas = paint(canvas, leaves, there * cover(crown))
    return canvas


SLOTS = {
    "label": ContextSlot("time of day", values=CLASSES, help="What lights it."),
    "sun_x": ContextSlot("sun x", -0.75, 0.75, help="Where the sun or the moon stands, from left to right."),
    "sun_height": ContextSlot("sun height", 0.0, 1.0, help="How high it stands."),
    "horizon": ContextSlot("horizon", -0.1, 0.2, help="How far below the middle the ground begins, in half pictures."),
    "hills": ContextSlot("hills", 0.06, 0.36, help="How high the hills are."),
    "river_x": ContextSlot("river x", -0.35, 0.35, help="Where the river comes from."),
    "river_bends_right": ContextSlot(
        "river bends", values=("left", "right"), help="The side to which it bends: a coin."
    ),
    "grass": ContextSlot("grass", -2.5, 2.5, help="From straw to meadow; normal."),
    "trees": ContextSlot("trees", values=tuple("012345"), help="How many trees there are."),
}
PROGRAM = PictureProgram(_factors, render, SLOTS, CLASSES)


def _of_time(time: int) -> PictureProgram:
    """The landscapes of one time of day, which have no classes."""
    others = {key: slot for key, slot in SLOTS.items() if key != "label"}
    return PictureProgram(lambda n, rng: {**_factors(n, rng), "label": torch.full((n,), time)}, render, others)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, SceneParams)
    if params.time == "all":
        return (yield from PROGRAM.load("scenes", params.examples, rng))
    return (yield from _of_time(CLASSES.index(params.time)).load(f"{params.time} scenes", params.examples, rng))


SOURCES = (
    Source(
        "scenes",
        "Landscapes 32×32",
        "Colour landscapes by day, sunset and night, with river, hills and trees; every cause of a picture is known.",
        "images",
        SceneParams,
        _load,
        preview=lambda rng: PROGRAM.preview("scenes", rng),
    ),
)
