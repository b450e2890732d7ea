"""Ink: what a brush or a filled shape leaves on a layer, given how far it covers each pixel.

On the mask a stroke of strength s draws values towards s: with the coverage c of a pixel its value is clipped to
``[s c, 1 - (1 - s) c]``. With s = 1 that is max(before, c), with s = 0, the eraser, min(before, 1 - c); where c = 1 it
is s. Laying the same ink twice changes nothing more, so the order of the dabs of a stroke does not matter.

On the colour layer it is the "over" of straight alpha: a = c + b (1 - c), rgb = (colour c + before b (1 - c)) / a
(Porter and Duff, 1984, "Compositing digital images").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dgm_studio.protocol.messages import Array

from .canvas_steps import Layer, Mask

Cover = NDArray[np.float32]
"""(h, w) in [0, 1]."""
Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


def levels(values: Array) -> Mask:
    """Rounded to multiples of 1/255, which a PNG holds exactly."""
    rounded: Mask = (np.rint(values * 255) / 255).astype(np.float32)
    return rounded


class Ink(Protocol):
    """Something that can be laid on one layer."""

    @property
    def layer(self) -> Layer:
        """Where it goes."""
        ...

    @property
    def erases(self) -> bool:
        """Whether it takes away what is there."""
        ...

    def over(self, before: Array, cover: Cover) -> Array:
        """The layer (h, w[, 4]) after it was laid on ``before`` with a coverage."""
        ...


@dataclass(frozen=True)
class MaskInk:
    """Mask of a strength in [0, 1]: 1 generates, 0 erases, between acts in part."""

    strength: float = 1.0
    layer: Layer = "mask"

    @property
    def erases(self) -> bool:
        return self.strength == 0

    def over(self, before: Array, cover: Cover) -> Array:
        clipped: Mask = np.clip(before, levels(self.strength * cover), levels(1 - (1 - self.strength) * cover))
        return clipped


@dataclass(frozen=True)
class ColourInk:
    """Colour over the picture; None takes away what was painted."""

    colour: Colour | None
    layer: Layer = "colour"

    @property
    def erases(self) -> bool:
        return self.colour is None

    def over(self, before: Array, cover: Cover) -> Array:
        c, b = cover[..., None], before[..., 3:].astype(np.float32) / 255
        rest = b * (1 - c)
        after = before.copy()
        if self.colour is None:
            alpha = rest
        else:
            alpha = c + rest
            mixed = np.asarray(self.colour, np.float32) * c + before[..., :3] * rest
            after[..., :3] = np.rint(mixed / np.maximum(alpha, 1e-6))
        after[..., 3:] = np.rint(alpha * 255)
        after[after[..., 3] == 0] = 0  # one way to say "nothing", so that states compare
        return after


MASK, ERASER = MaskInk(), MaskInk(0.0)
"""The two inks of a plain mask brush."""


def flatten(image: Array, colour: Array) -> Array:
    """A picture (h, w) or (h, w, 3) with a colour layer (h, w, 4) over it; a grey picture takes its luma (ITU-R 601)."""
    alpha = colour[..., 3].astype(np.uint32)
    if not alpha.any():
        return image.copy()
    rgb = colour[..., :3].astype(np.uint32)
    if image.ndim == 2:
        over = (rgb @ np.array((299, 587, 114), np.uint32) + 500) // 1000
    else:
        over, alpha = rgb, alpha[..., None]
    flat: Array = ((image * (255 - alpha) + over * alpha + 127) // 255).astype(np.uint8)
    return flat
