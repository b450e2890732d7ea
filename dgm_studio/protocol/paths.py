"""Paths around an obstacle: which collide with it, on which side they pass, and how smooth they are.

A path is a row of waypoints (L, 2), joined by straight lines. What it was made for is a `Situation`: where it begins, where it
shall end, and the round obstacle between. No torch here, so that the window reads a path as the measures do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

WAYPOINTS = 16
"""Of a path."""
RADIUS = 0.25
"""Of the obstacle."""
GOAL_X = 1.0
"""All goals lie on this line."""
SLOTS = ("start_x", "start_y", "goal_y", "obstacle_x", "obstacle_y")
"""Names of the slots of a context by which a situation is given."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Situation:
    """Places in the plane (2,), or of n paths (n, 2), in data units."""

    start: Floats
    goal: Floats
    obstacle: Floats

    @property
    def values(self) -> dict[str, Floats]:
        """What a context says of it, by the names of its slots."""
        columns = (
            self.start[..., 0],
            self.start[..., 1],
            self.goal[..., 1],
            self.obstacle[..., 0],
            self.obstacle[..., 1],
        )
        return dict(zip(SLOTS, columns, strict=True))

    @classmethod
    def of(cls, values: Mapping[str, ArrayLike]) -> Situation:
        """From the values of all slots by name. Raises KeyError where one is missing."""
        start_x, start_y, goal_y, obstacle_x, obstacle_y = (np.asarray(values[name], np.float64) for name in SLOTS)
        goal = np.stack([np.full_like(goal_y, GOAL_X), goal_y], -1)
        return cls(np.stack([start_x, start_y], -1), goal, np.stack([obstacle_x, obstacle_y], -1))

    @property
    def blocked(self) -> NDArray[np.bool_]:
        """Whether the straight line from start to goal meets the obstacle."""
        line = np.stack([self.start, self.goal], -2)
        return collides(line, self.obstacle)


def clearance(paths: ArrayLike, obstacle: ArrayLike) -> Floats:
    """The distance (n,) of paths (n, L, 2), their lines included, from the middle of an obstacle (2,) or (n, 2)."""
    path, middle = np.asarray(paths, np.float64), np.asarray(obstacle, np.float64)[..., None, :]
    begin, step = path[..., :-1, :], np.diff(path, axis=-2)
    length = np.maximum((step**2).sum(-1), 1e-18)
    share = np.clip(((middle - begin) * step).sum(-1) / length, 0, 1)
    away: Floats = np.linalg.norm(begin + share[..., None] * step - middle, axis=-1).min(-1)
    return away


def collides(paths: ArrayLike, obstacle: ArrayLike, radius: float = RADIUS) -> NDArray[np.bool_]:
    """Which paths (n, L, 2) enter an obstacle (2,) or (n, 2)."""
    hit: NDArray[np.bool_] = clearance(paths, obstacle) < radius
    return hit


def sides(paths: ArrayLike, situation: Situation) -> NDArray[np.int64]:
    """On which side of the obstacle paths (n, L, 2) pass, seen from start to goal: 1 on the left, -1 on the right.

    It is the side of the obstacle on which the waypoint lies that is level with it, or nearest to level.
    """
    path, middle = np.asarray(paths, np.float64), situation.obstacle[..., None, :]
    ahead = situation.goal - situation.start
    ahead = (ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-9))[..., None, :]
    away = path - middle
    along = (away * ahead).sum(-1)
    across = ahead[..., 0] * away[..., 1] - ahead[..., 1] * away[..., 0]
    level = np.abs(along).argmin(-1)[..., None]
    found: NDArray[np.int64] = np.where(np.take_along_axis(across, level, -1)[..., 0] >= 0, 1, -1)
    return found


def roughness(paths: ArrayLike) -> Floats:
    """How far waypoints lie from the middle between their neighbours (n,): root mean square, as a share of the mean step; 0 for
    even steps along a straight line."""
    path = np.asarray(paths, np.float64)
    bend = np.diff(path, 2, axis=-2) / 2
    step = np.linalg.norm(np.diff(path, axis=-2), axis=-1).mean(-1)
    rough: Floats = np.sqrt((bend**2).sum(-1).mean(-1)) / np.maximum(step, 1e-9)
    return rough


def evenly(path: ArrayLike, count: int = WAYPOINTS) -> Floats:
    """A path (k, 2), k > 1, walked in ``count`` waypoints at equal distances (count, 2)."""
    points = np.asarray(path, np.float64)
    far = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    at = np.linspace(0, far[-1], count)
    return np.stack([np.interp(at, far, points[:, 0]), np.interp(at, far, points[:, 1])], 1)


def pairs_said(values: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Values of a situation as what a context is given by, rounded to a thousandth."""
    return tuple((name, round(float(values[name]), 3)) for name in SLOTS if name in values)


def complete(given: Mapping[str, float], slots: Sequence[str] = SLOTS) -> bool:
    """Whether all of a situation is given."""
    return all(name in given for name in slots)
