"""Canvas tools: what the pointer paints with, as one immutable value. Each layer has a brush of its own, remembered."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from .brush import Brush
from .canvas_ink import Colour, ColourInk, Ink, MaskInk

Tool = Literal["brush", "lasso", "rectangle", "flood", "pick"]
Target = Literal["mask", "colour"]

LARGEST_BRUSH = 128
_BROAD, _FINE = Brush(6), Brush(3)


@dataclass(frozen=True)
class Tools:
    """``strength`` is what the mask tools lay on, ``tolerance`` how different a fill's pixels may look, both in [0, 1].

    ``colour`` is painted with, ``spare`` waits to be swapped in.
    """

    tool: Tool = "brush"
    target: Target = "mask"
    erasing: bool = False
    mask_brush: Brush = _BROAD
    colour_brush: Brush = _FINE
    strength: float = 1.0
    tolerance: float = 0.2
    colour: Colour = (255, 255, 255)
    spare: Colour = (0, 0, 0)

    @property
    def brush(self) -> Brush:
        """The brush of the layer that is painted on."""
        return self.mask_brush if self.target == "mask" else self.colour_brush

    def ink(self, erase: bool = False) -> Ink:
        """What a stroke lays on; ``erase`` is the right button or the back of a pen."""
        erase = erase or self.erasing
        if self.target == "mask":
            return MaskInk(0.0 if erase else self.strength)
        return ColourInk(None if erase else self.colour)

    def with_(self, **changes: Any) -> Tools:
        return dataclasses.replace(self, **changes)

    def with_brush(self, size: int | None = None, hardness: float | None = None) -> Tools:
        """Another brush for the layer that is painted on; sizes out of reach are brought into it."""
        old = self.brush
        brush = Brush(
            old.size if size is None else min(LARGEST_BRUSH, max(1, size)),
            old.hardness if hardness is None else min(1.0, max(0.0, hardness)),
        )
        return self.with_(**{f"{self.target}_brush": brush})

    def painting(self, target: Target) -> Tools:
        """The brush on a layer."""
        return self.with_(tool="brush", target=target, erasing=False)

    def resized(self, larger: bool) -> Tools:
        """One step larger or smaller, at least a pixel."""
        step = max(1, round(self.brush.size * 0.2))
        return self.with_brush(self.brush.size + (step if larger else -step))

    def swapped(self) -> Tools:
        """The two colours in each other's place."""
        return self.with_(colour=self.spare, spare=self.colour)

    def picked(self, colour: Colour) -> Tools:
        """Ready to paint with a colour that was taken from the picture."""
        return self.painting("colour").with_(colour=colour)
