"""Shapes: what a rectangle, a lasso and a fill cover of an image. Pixels are in or out; a pixel counts by its centre."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dgm_studio.protocol.messages import Array

from .brush import Point, Rect
from .canvas_ink import Cover

Covered = tuple[Rect, Cover]


def whole(height: int, width: int) -> Covered:
    """All of it."""
    return Rect(0, 0, height, width), np.ones((height, width), np.float32)


def rectangle(a: Point, b: Point, height: int, width: int) -> Covered:
    """Every pixel that a drag from corner to corner touches: a click is one pixel."""
    (xa, ya), (xb, yb) = a, b
    rect = Rect(
        math.floor(min(ya, yb)), math.floor(min(xa, xb)), math.floor(max(ya, yb)) + 1, math.floor(max(xa, xb)) + 1
    ).clip(height, width)
    return rect, np.ones((max(0, rect.bottom - rect.top), max(0, rect.right - rect.left)), np.float32)


def lasso(points: Sequence[Point], height: int, width: int) -> Covered:
    """The pixels whose centres a closed outline winds around; where it crosses itself no holes are left.

    Every edge adds its direction to each row of centres it passes, from the crossing to the right; the running sum
    along a row is the winding number (Sunday, 2001).
    """
    x, y = np.asarray(points, float).reshape(-1, 2).T
    rect = Rect(
        math.floor(y.min()), math.floor(x.min()), math.ceil(y.max()), math.ceil(x.max())
    ).clip(height, width)  # fmt: skip
    if rect.empty or len(x) < 3:
        return Rect(0, 0, 0, 0), np.zeros((0, 0), np.float32)
    rows, columns = rect.bottom - rect.top, rect.right - rect.left
    turns = np.zeros((rows, columns + 1), np.int32)
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        first, last = (math.ceil(v - 0.5 - rect.top) for v in sorted((y0, y1)))
        row = np.arange(max(first, 0), min(last, rows))
        if len(row):
            crossing = x0 + (row + 0.5 + rect.top - y0) * (x1 - x0) / (y1 - y0)
            column = np.clip(np.ceil(crossing - 0.5 - rect.left), 0, columns).astype(int)
            turns[row, column] += 1 if y1 > y0 else -1
    inside: Cover = (np.cumsum(turns[:, :columns], 1) != 0).astype(np.float32)
    return rect, inside


def flood(at: Point, image: Array, mask: Array, tolerance: float) -> Covered:
    """The connected pixels around a place that look like it and lie on the same side of the mask's edge.

    They look alike when no channel of ``image`` differs by more than ``tolerance`` of its range; 1 takes them all, so
    that only the mask bounds the area.
    """
    from scipy import ndimage  # half a second to import, and seldom needed

    height, width = mask.shape
    column, row = math.floor(at[0]), math.floor(at[1])
    if not (0 <= row < height and 0 <= column < width):
        return Rect(0, 0, 0, 0), np.zeros((0, 0), np.float32)
    far = np.abs(image.astype(np.int16) - image[row, column].astype(np.int16)).reshape(height, width, -1).max(2)
    side = mask >= 0.5
    alike = (far <= round(tolerance * 255)) & (side == side[row, column])
    areas, _ = ndimage.label(alike)
    area = areas == areas[row, column]
    rows, columns = np.flatnonzero(area.any(1)), np.flatnonzero(area.any(0))
    rect = Rect(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    return rect, area[rect.slices].astype(np.float32)
