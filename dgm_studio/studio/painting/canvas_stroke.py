"""A stroke that is being painted: what was there, and the largest coverage so far, which makes order irrelevant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dgm_studio.protocol.messages import Array

from .brush import Brush, Point, Rect
from .canvas_ink import Cover, Ink, levels
from .canvas_steps import Patch, Step


@dataclass
class Stroke:
    """Ink on its way onto ``layer`` (H, W[, 4]), which is painted in place; ``dirty`` is what has changed of it."""

    brush: Brush
    ink: Ink
    layer: Array
    before: Array
    cover: Cover
    dirty: Rect
    at: Point
    pressure: float

    @classmethod
    def put_down(cls, point: Point, brush: Brush, ink: Ink, layer: Array, pressure: float) -> Stroke:
        """The brush stands at a point; nothing is painted before the first `pull`."""
        nothing = np.zeros(layer.shape[:2], np.float32)
        return cls(brush, ink, layer, layer.copy(), nothing, Rect(0, 0, 0, 0), brush.snap(point), pressure)

    def pull(self, to: Point, pressure: float) -> Rect:
        """Paint a straight line to a point; returns what changed."""
        to = self.brush.snap(to)
        height, width = self.cover.shape
        rect, alpha = self.brush.cover(self.at, to, height, width, (self.pressure, pressure))
        self.at, self.pressure = to, pressure
        if rect.empty:
            return rect
        where = rect.slices
        np.maximum(self.cover[where], levels(alpha), out=self.cover[where])
        self.layer[where] = self.ink.over(self.before[where], self.cover[where])
        self.dirty = self.dirty.join(rect)
        return rect

    def step(self) -> Step | None:
        """The whole stroke as one undo step, None when it changed nothing."""
        if self.dirty.empty:
            return None
        patch = Patch.of(self.ink.layer, self.dirty, self.before, self.layer)
        return None if patch is None else Step("erase" if self.ink.erases else "stroke", (patch,))
