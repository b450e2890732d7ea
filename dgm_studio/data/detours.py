"""Demonstrations of how to pass an obstacle: smooth paths from a start to a goal, half of them on either side of it.

With u the way along the line from start to goal and f where the obstacle lies along it, a path leaves the line by

    v(u) = A (u / f)^(k f) ((1 - u) / (1 - f))^(k (1 - f)),

which is A beside the obstacle and 0 at both ends. Its side is a coin's; how far it stays away and how early it turns are drawn.
Paths that come too near are drawn anew, so that none collides. The mean of all does: what passes on the left and on the right
passes, on average, through the middle, which is where a net with squared error goes (Bishop 1994; for policies Florence et al.
2021, arXiv:2109.00137; Chi et al. 2023, arXiv:2303.04137).

Some demonstrations begin on the way, as those of somebody who takes over would: a policy that plans anew as it goes must have
seen such starts (Ross, Gordon & Bagnell 2011, arXiv:1011.0686).
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import torch
from pydantic import Field, field_validator
from torch import Tensor

from dgm_studio.contract import Batch, ContextSlot, DataSet, DataSpec, Loading, Rng, Settings, Source, knob
from dgm_studio.contract.context import encoded
from dgm_studio.data.shared.density import streams, uniform
from dgm_studio.protocol.paths import GOAL_X, RADIUS, WAYPOINTS, Floats, Situation, collides, evenly

NAME = "detours"
CONTEXT = (
    ContextSlot("start_x", -1.0, 0.9, help="Where the path begins, from left to right; the goal is at 1."),
    ContextSlot("start_y", -1.0, 1.0, help="Where the path begins, from below to above."),
    ContextSlot("goal_y", -0.3, 0.3, help="How high the goal lies on the right."),
    ContextSlot("obstacle_x", -0.5, 0.5, help="Where the middle of the obstacle lies, from left to right."),
    ContextSlot("obstacle_y", -0.6, 0.6, help="Where the middle of the obstacle lies, from below to above."),
)
_ENDS = 0.3
"""How far up and down starts and goals are."""
_ROOM = (0.06, 0.2)
"""How far from the obstacle a path passes."""
_TURN = (5.0, 9.0)
"""k: the larger, the later a path leaves the line."""
_BETWEEN = (0.35, 0.65)
"""Where along the line obstacles lie."""
_FINE = 96
_LATEST = 0.8
"""Of its length, after which no demonstration begins."""
MOST_DRAWN = 500


class DetourParams(Settings):
    """How many demonstrations, of what, and those drawn by hand."""

    examples: int = knob(2000, 100, 20_000, scale="log", help="Demonstrations to learn from.")
    aside: float = knob(
        0.2,
        0.0,
        0.45,
        step=0.05,
        help="How far from the straight line the obstacle lies at most; up to 0.25 it is always in the way.",
    )
    begun: float = knob(
        0.5,
        0.0,
        1.0,
        step=0.1,
        help="Share of demonstrations that begin somewhere on the way: what a policy that plans anew must have seen.",
    )
    drawn: str = Field(
        "",
        title="Drawn",
        description="Demonstrations drawn by hand: JSON, a list of paths and where the obstacle was.",
        json_schema_extra={"hidden": True},
    )
    weight: int = knob(
        20, 1, 200, scale="log", help="How many times each demonstration drawn by hand is among the examples."
    )

    @field_validator("drawn", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        return json.dumps(value) if isinstance(value, Sequence) and not isinstance(value, str) else value

    @field_validator("drawn")
    @classmethod
    def _sound(cls, value: str) -> str:
        read_drawn(value)
        return value


def read_drawn(text: str) -> tuple[Floats, Floats]:
    """Paths (n, 16, 2) drawn by hand and the obstacles (n, 2) they passed. Raises ValueError with a sentence."""
    if not text:
        return np.zeros((0, WAYPOINTS, 2)), np.zeros((0, 2))
    try:
        found = json.loads(text)
        obstacles = np.array([one["obstacle"] for one in found], np.float64).reshape(-1, 2)
        paths = np.array([evenly(one["path"]) for one in found], np.float64).reshape(-1, WAYPOINTS, 2)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"drawn demonstrations are a list of paths with their obstacles, as JSON ({error})") from None
    if len(paths) > MOST_DRAWN:
        raise ValueError(f"{len(paths)} demonstrations are drawn; {MOST_DRAWN} are the most: take some away")
    if not (np.isfinite(paths).all() and np.isfinite(obstacles).all()) or np.abs(paths).max(initial=0) > 2:
        raise ValueError("drawn demonstrations lie within -2 and 2: draw nearer to the obstacle")
    return paths, obstacles


def drawn_situations(paths: Floats, obstacles: Floats) -> Situation:
    """What paths (n, 16, 2) drawn around obstacles (n, 2) were drawn for: from where they begin to where they end."""
    goal = np.stack([np.full(len(paths), GOAL_X), paths[:, -1, 1]], 1)
    return Situation(paths[:, 0], goal, obstacles)


def demonstrate(n: int, aside: float, begun: float, rng: Rng) -> tuple[Tensor, Situation]:
    """Paths (n, 16, 2), none of which collides, and what each was made for."""
    paths, starts, goals, obstacles = [], [], [], []
    missing = n
    while missing > 0:
        path, situation = _attempt(missing, aside, begun, rng)
        good = ~collides(path, situation.obstacle, RADIUS + 0.01)
        paths.append(path[good])
        starts.append(situation.start[good])
        goals.append(situation.goal[good])
        obstacles.append(situation.obstacle[good])
        missing -= int(good.sum())
    made = Situation(np.concatenate(starts), np.concatenate(goals), np.concatenate(obstacles))
    return torch.from_numpy(np.concatenate(paths)).float(), made


def _attempt(n: int, aside: float, begun: float, rng: Rng) -> tuple[Floats, Situation]:
    u = uniform(n, rng, 9).double().numpy()

    def between(column: int, low: float, high: float) -> Floats:
        return low + (high - low) * u[:, column, None]

    start = np.concatenate([np.full((n, 1), -GOAL_X), between(0, -_ENDS, _ENDS)], 1)
    goal = np.concatenate([np.full((n, 1), GOAL_X), between(1, -_ENDS, _ENDS)], 1)
    ahead = goal - start
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1) / np.linalg.norm(ahead, axis=1, keepdims=True)
    f, away = between(2, *_BETWEEN), between(3, -aside, aside)
    obstacle = start + f * ahead + away * normal
    side = np.where(u[:, 4, None] < 0.5, -1.0, 1.0)
    far = away + side * (RADIUS + between(5, *_ROOM))
    k = between(6, *_TURN)
    t = np.linspace(0, 1, _FINE)[None]
    bump = (t / f) ** (k * f) * ((1 - t) / (1 - f)) ** (k * (1 - f))
    fine = start[:, None] + t[..., None] * ahead[:, None] + (far * bump)[..., None] * normal[:, None]
    begin = np.where(u[:, 7, None] < begun, _LATEST * u[:, 8, None], 0.0)
    path = _walked(fine, begin)
    return path, Situation(path[:, 0], goal, obstacle)


def _walked(fine: Floats, begin: Floats) -> Floats:
    """Fine paths (n, k, 2) from a share (n, 1) of their length on, in 16 waypoints at equal distances."""
    far = np.linalg.norm(np.diff(fine, axis=1), axis=2).cumsum(1)
    far = np.concatenate([np.zeros((len(fine), 1)), far], 1)
    at = (begin + (1 - begin) * np.linspace(0, 1, WAYPOINTS)) * far[:, -1:]
    last = np.clip((far[:, None, :] < at[:, :, None]).sum(2), 1, far.shape[1] - 1)
    low, high = np.take_along_axis(far, last - 1, 1), np.take_along_axis(far, last, 1)
    share = np.clip((at - low) / np.maximum(high - low, 1e-12), 0, 1)[..., None]
    row = np.arange(len(fine))[:, None]
    walked: Floats = (1 - share) * fine[row, last - 1] + share * fine[row, last]
    return walked


def contexts(situation: Situation) -> Tensor:
    """The context (n, width) of situations of n paths."""
    return encoded(CONTEXT, {name: torch.from_numpy(value) for name, value in situation.values.items()})


def _batch(path: Tensor, situation: Situation) -> Batch:
    return Batch.of(path, context=contexts(situation))


def _set(train: Batch, held_out: Batch) -> DataSet:
    spec = DataSpec((WAYPOINTS, 2), context=CONTEXT)
    return DataSet(NAME, spec, train, held_out)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, DetourParams)
    train, held = streams(rng, 2)
    yield Loading(0, params.examples, "walking around")
    learned = _batch(*demonstrate(params.examples, params.aside, params.begun, train))
    yield Loading(params.examples, params.examples, "walking around")
    held_out = _batch(*demonstrate(max(500, params.examples // 4), params.aside, params.begun, held))
    paths, obstacles = read_drawn(params.drawn)
    if len(paths):
        own = torch.from_numpy(np.repeat(paths, params.weight, 0)).float()
        told = contexts(drawn_situations(paths, obstacles)).repeat_interleave(params.weight, 0)
        assert learned.context is not None
        learned = Batch.of(torch.cat([own, learned.x]), context=torch.cat([told, learned.context]))
    return _set(learned, held_out)


def _preview(rng: Rng) -> DataSet:
    few = _batch(*demonstrate(24, 0.2, 0.0, rng))
    return _set(few, few)


SOURCES = (
    Source(
        NAME,
        "Detours",
        "Demonstrations that pass an obstacle on either side: what a policy learns that imitates them.",
        "paths",
        DetourParams,
        _load,
        preview=_preview,
    ),
)
