"""Drawings of a turtle that follows a small random program: trees, spirals, rivers, and a walk of coin tosses.

A turtle goes forward and turns (Papert 1980, Mindstorms); how far and by how much are the latents, each of which has a name and
can be held. A tree splits in two again and again (Prusinkiewicz & Lindenmayer 1990); a walk goes straight or turns by the toss
of coins, z ~ Bernoulli. Some drawings do not tell their latents: a spiral of two arms looks the same after half a turn, and a
walk does not say at which end it began.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot, DataSet, Factors, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.drawing import PictureProgram
from dgm_studio.data.shared.fields import cover, pixel_grid, to_bytes

SIZE = 28
DEPTH, TOSSES = 5, 6
"""How often a tree splits, and how many coins a walk tosses."""
_SPIRAL, _RIVER = 48, 24
"""Strokes of a spiral's arm and of a river."""
_LEAST = 1e-6
Which = Literal["trees", "spirals", "rivers", "walk"]


class TurtleParams(Settings):
    """Which program, and how many drawings."""

    program: Which = knob("trees", help="What the turtle draws.")
    examples: int = knob(5000, 100, 40_000, scale="log", help="Number of training pictures.")


def strokes(begin: Tensor, end: Tensor, width: Tensor) -> Tensor:
    """Pictures (n, 1, 28, 28) uint8 of strokes from ``begin`` to ``end`` (n, k, 2) in [-1, 1], y pointing down, of half widths
    (n, k) in pixels; a width of 0 is no stroke."""
    x, y = pixel_grid(SIZE)
    at = torch.stack([x, y], -1).view(-1, 2)
    ink = torch.zeros(len(begin), len(at))
    for k in range(begin.shape[1]):
        a, stroke = begin[:, k, None], (end - begin)[:, k, None]
        along = (((at - a) * stroke).sum(-1) / stroke.square().sum(-1).clamp_min(_LEAST)).clamp(0, 1)[..., None]
        away = (at - a - along * stroke).norm(dim=-1) * (SIZE / 2)
        there = (width[:, k, None] > 0).float()
        ink = torch.maximum(ink, there * cover(width[:, k, None] - away))
    return to_bytes(ink.view(-1, 1, SIZE, SIZE))


def _turned(angle: Tensor) -> Tensor:
    """The way (n, ..., 2) of a turtle that looks ``angle`` to the right of up."""
    return torch.stack([angle.sin(), -angle.cos()], -1)


def _uniform(n: int, rng: Rng, **ranges: tuple[float, float]) -> dict[str, Tensor]:
    return {name: low + (high - low) * torch.rand(n, generator=rng) for name, (low, high) in ranges.items()}


# --- trees --------------------------------------------------------------------------------------------------------------

_TREE = {"angle": (10.0, 50.0), "shrink": (0.6, 0.82), "lean": (-20.0, 20.0), "trunk": (0.35, 0.52)}
_TREE_SLOTS = {
    "angle": ContextSlot(
        "angle", *_TREE["angle"], unit="degrees", help="Between a branch and either of those it splits into."
    ),
    "shrink": ContextSlot("shrink", *_TREE["shrink"], help="How long these are beside it."),
    "lean": ContextSlot("lean", *_TREE["lean"], unit="degrees", help="By how much all branches turn to the right."),
    "trunk": ContextSlot("trunk", *_TREE["trunk"], help="Length of the trunk, in half pictures."),
    "splits": ContextSlot("splits", values=tuple("2345"), help="How often it splits."),
}


def _tree_factors(n: int, rng: Rng) -> Factors:
    return {
        **_uniform(n, rng, **_TREE),
        "splits": torch.randint(4, (n,), generator=rng),
        "wind": torch.randn(n, 2 ** (DEPTH + 1), generator=rng),
    }


def _tree(factors: Factors) -> Tensor:
    n = len(factors["angle"])
    turn, lean = factors["angle"][:, None] * math.pi / 180, factors["lean"][:, None] * math.pi / 180
    at, look = torch.tensor([0.0, 0.9]).expand(n, 1, 2), torch.zeros(n, 1)
    length = factors["trunk"][:, None]
    begins, ends, widths, first = [], [], [], 0
    for level in range(DEPTH + 1):
        count = 2**level
        to = at + length[..., None] * _turned(look + 0.06 * factors["wind"][:, first : first + count])
        there = (level <= factors["splits"] + 2).float()[:, None].expand(n, count)
        begins.append(at)
        ends.append(to)
        widths.append(there * (1.15 - 0.17 * level))
        first += count
        at = to.repeat_interleave(2, 1)
        side = torch.tensor([-1.0, 1.0]).repeat(count)
        look = look.repeat_interleave(2, 1) + side * turn + lean
        length = length * factors["shrink"][:, None]
    return strokes(torch.cat(begins, 1), torch.cat(ends, 1), torch.cat(widths, 1))


# --- spirals ------------------------------------------------------------------------------------------------------------

_SPIRALS = {"turns": (0.8, 2.2), "phase": (0.0, 360.0), "reach": (0.6, 0.92)}
_SPIRAL_SLOTS = {
    "turns": ContextSlot("turns", *_SPIRALS["turns"], help="How often an arm goes around."),
    "phase": ContextSlot("phase", *_SPIRALS["phase"], unit="degrees", periodic=True, help="Where the first arm ends."),
    "reach": ContextSlot("reach", *_SPIRALS["reach"], help="How far arms go, in half pictures."),
    "arms": ContextSlot("arms", values=("1", "2"), help="Two arms look the same after half a turn."),
    "hand": ContextSlot("hand", values=("left", "right"), help="The way around."),
}


def _spiral_factors(n: int, rng: Rng) -> Factors:
    arms, hand = (torch.randint(2, (n,), generator=rng) for _ in range(2))
    return {**_uniform(n, rng, **_SPIRALS), "arms": arms, "hand": hand}


def _spiral(factors: Factors) -> Tensor:
    u = torch.linspace(0, 1, _SPIRAL + 1)
    sense = (factors["hand"] * 2 - 1)[:, None]
    angle = factors["phase"][:, None] * math.pi / 180 - sense * 2 * math.pi * factors["turns"][:, None] * (1 - u)
    points = (factors["reach"][:, None] * u)[..., None] * _turned(angle)
    both = torch.cat([points, -points], 1)
    width = torch.full((len(points), _SPIRAL), 0.9)
    second = width * (factors["arms"] == 1)[:, None]
    begin = torch.cat([both[:, :_SPIRAL], both[:, _SPIRAL + 1 : -1]], 1)
    end = torch.cat([both[:, 1 : _SPIRAL + 1], both[:, _SPIRAL + 2 :]], 1)
    return strokes(begin, end, torch.cat([width, second], 1))


# --- rivers -------------------------------------------------------------------------------------------------------------

_RIVERS = {"source": (-0.7, 0.7), "bend": (0.0, 0.5), "bends": (0.6, 2.5), "swell": (0.3, 2.0)}
_RIVER_SLOTS = {
    "source": ContextSlot("source", *_RIVERS["source"], help="Where it comes from, from left to right."),
    "bend": ContextSlot("bend", *_RIVERS["bend"], help="How far it winds."),
    "bends": ContextSlot("bends", *_RIVERS["bends"], help="How often it winds."),
    "swell": ContextSlot("swell", *_RIVERS["swell"], help="How much wider it becomes, in pixels."),
    "first": ContextSlot("first bend", values=("left", "right"), help="The side of the first bend: a coin."),
}


def _river_factors(n: int, rng: Rng) -> Factors:
    first = torch.randint(2, (n,), generator=rng)
    return {**_uniform(n, rng, **_RIVERS), "first": first, "drift": torch.randn(n, _RIVER, generator=rng)}


def _river(factors: Factors) -> Tensor:
    u = torch.linspace(0, 1, _RIVER + 1)
    side = (factors["first"] * 2 - 1)[:, None]
    wave = side * factors["bend"][:, None] * (2 * math.pi * factors["bends"][:, None] * u).sin() * u.sqrt()
    drift = 0.04 * torch.cat([torch.zeros(len(wave), 1), factors["drift"].cumsum(1)], 1)
    points = torch.stack([factors["source"][:, None] + wave + drift, (2 * u - 1).expand_as(wave)], -1)
    width = 0.7 + factors["swell"][:, None] * u[1:]
    return strokes(points[:, :-1], points[:, 1:], width)


# --- the walk -----------------------------------------------------------------------------------------------------------

_WALK_SLOTS = {
    **{
        f"z{i + 1}": ContextSlot(
            f"z{i + 1}", values=("left", "right"), help=f"Toss number {i + 1}: where it turns next."
        )
        for i in range(TOSSES)
    },
    "heading": ContextSlot("heading", values=("up", "right", "down", "left"), help="Where it looks at first."),
}


def _walk_factors(n: int, rng: Rng) -> Factors:
    tosses = torch.randint(2, (TOSSES, n), generator=rng)
    return {**{f"z{i + 1}": z for i, z in enumerate(tosses)}, "heading": torch.randint(4, (n,), generator=rng)}


def _walk(factors: Factors) -> Tensor:
    tosses = torch.stack([factors[f"z{i + 1}"] for i in range(TOSSES)], 1) * 2 - 1
    quarter = torch.cat([factors["heading"][:, None], factors["heading"][:, None] + tosses.cumsum(1)], 1)
    steps = _turned(quarter * (math.pi / 2))
    points = torch.cat([torch.zeros(len(steps), 1, 2), steps.cumsum(1)], 1)
    low, high = points.amin(1, keepdim=True), points.amax(1, keepdim=True)
    points = (points - (low + high) / 2) * 0.28  # where it began is not to be seen
    return strokes(points[:, :-1], points[:, 1:], torch.full(steps.shape[:2], 0.8))


Parts = tuple[Callable[[int, Rng], Factors], Callable[[Factors], Tensor], dict[str, ContextSlot]]
_PARTS: dict[Which, Parts] = {
    "trees": (_tree_factors, _tree, _TREE_SLOTS),
    "spirals": (_spiral_factors, _spiral, _SPIRAL_SLOTS),
    "rivers": (_river_factors, _river, _RIVER_SLOTS),
    "walk": (_walk_factors, _walk, _WALK_SLOTS),
}
PROGRAMS = {name: PictureProgram(*parts) for name, parts in _PARTS.items()}


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, TurtleParams)
    return (yield from PROGRAMS[params.program].load(params.program, params.examples, rng))


SOURCES = (
    Source(
        "turtle",
        "Turtle 28×28",
        "Trees, spirals, rivers, a walk of coin tosses: drawings by a small program whose random numbers can be held.",
        "images",
        TurtleParams,
        _load,
        preview=lambda rng: PROGRAMS["trees"].preview("trees", rng),
    ),
)
