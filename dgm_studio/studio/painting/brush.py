"""Brush: how a round brush covers pixels, without a screen.

The coverage of a pixel whose centre lies at distance d from the brush's path is, with radius r and hardness h,
``clip((r - d) / (r - h r), 0, 1)``: full up to ``h r``, then falling linearly to 0 at r; with h = 1 it is 1 up to r.
The path is a chain of straight segments, so that the cover does not depend on how many events the mouse sent. Points
snap to pixel centres (odd sizes) or pixel corners (even sizes): size 1 is exactly one pixel, and a size has one shape.
A pen that is pressed less has a smaller radius, ``r p`` at pressure p, changing linearly along each segment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dgm_studio.language import tr

Point = tuple[float, float]
"""(x, y) in pixels; the first pixel reaches from 0 to 1."""


@dataclass(frozen=True)
class Rect:
    """Pixels ``top <= row < bottom`` and ``left <= column < right``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def empty(self) -> bool:
        return self.bottom <= self.top or self.right <= self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def join(self, other: Rect) -> Rect:
        """The smallest rectangle around both."""
        if self.empty or other.empty:
            return other if self.empty else self
        return Rect(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def clip(self, height: int, width: int) -> Rect:
        """The part inside an image."""
        return Rect(max(self.top, 0), max(self.left, 0), min(self.bottom, height), min(self.right, width))


@dataclass(frozen=True)
class Brush:
    """A round brush: ``size`` is the diameter in pixels, at least 1; ``hardness`` in [0, 1], 1 has a sharp edge."""

    size: int = 6
    hardness: float = 1.0

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(tr("brush size {size} is not possible: take 1 pixel or more", size=self.size))
        if not 0 <= self.hardness <= 1:
            raise ValueError(
                tr("brush hardness {hardness} is not possible: take a value from 0 to 1", hardness=self.hardness)
            )

    @property
    def radius(self) -> float:
        return self.size / 2

    def snap(self, point: Point) -> Point:
        """Where the brush sits when the pointer is at ``point``."""
        x, y = point
        if self.size % 2:
            return math.floor(x) + 0.5, math.floor(y) + 0.5
        return float(math.floor(x + 0.5)), float(math.floor(y + 0.5))

    def pressed(self, pressure: float) -> float:
        """The radius at a pressure in [0, 1]; light as a touch may be, it still reaches one pixel's centre."""
        least = 0.5 if self.size % 2 else math.sqrt(0.5)
        return min(self.radius, max(self.radius * pressure, least))

    def cover(
        self, start: Point, end: Point, height: int, width: int, pressure: tuple[float, float] = (1.0, 1.0)
    ) -> tuple[Rect, NDArray[np.float32]]:
        """What a straight pull from ``start`` to ``end`` covers of an image: a rectangle and its coverage in [0, 1].

        Both points are snapped already; ``pressure`` is that at each of them. The rectangle is clipped to the image
        and may be empty.
        """
        (x0, y0), (x1, y1) = start, end
        r0, r1 = map(self.pressed, pressure)
        r = max(r0, r1)
        rect = Rect(
            math.floor(min(y0, y1) - r), math.floor(min(x0, x1) - r),
            math.ceil(max(y0, y1) + r), math.ceil(max(x0, x1) + r),
        ).clip(height, width)  # fmt: skip
        if rect.empty:
            return rect, np.zeros((0, 0), np.float32)
        y = np.arange(rect.top, rect.bottom)[:, None] + 0.5 - y0
        x = np.arange(rect.left, rect.right)[None, :] + 0.5 - x0
        dx, dy = x1 - x0, y1 - y0
        length2 = dx * dx + dy * dy
        along = np.clip((x * dx + y * dy) / length2, 0, 1) if length2 else 0.0
        d = np.hypot(x - along * dx, y - along * dy)
        reach = r0 + along * (r1 - r0)
        soft = 1 - self.hardness
        # The small excess keeps pixels that lie on the rim by construction (3-4-5 distances) from rounding errors.
        alpha = (d <= reach + 1e-9) if soft < 1e-9 else np.clip((reach - d) / (reach * soft), 0, 1)
        return rect, alpha.astype(np.float32)
