"""What is asked of a figure: the view, how wide it is printed, its look and its form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Extent, Opened

ENDINGS = (".svg", ".pdf", ".png")
VIEWS = ("samples", "loss", "quality")
"""Of a run: what it draws (the plane with its layers, a grid of images, strings or sounds, a fan of paths), and its curves."""
AS_SEEN = "as-seen"
"""The view in front of a window, as it is on screen."""
DOTS_PER_INCH = 300
UNITS_PER_INCH = 99
"""Of the layout: a letter of 11 units is then 8 points high."""
CM_PER_INCH = 2.54
NARROWEST, WIDEST = 3.0, 60.0


class BadFigure(ValueError):
    """What was asked of a figure cannot be done; the message says why and what can."""


@dataclass(frozen=True)
class FigureChoice:
    """``width`` and ``height`` in centimetres. ``theme`` paper is white with black letters. A PNG has 300 dots per inch, times
    ``scale``. ``t`` is the sampling time, ``step`` a kept step of training, None the newest.
    """

    view: str = "samples"
    width: float = 8.0
    height: float = 6.0
    theme: Literal["paper", "light", "dark"] = "paper"
    serif: bool = False
    scale: int = 1
    legend: bool = True
    t: float = 1.0
    step: int | None = None
    extent: Extent | None = None
    layers: tuple[str, ...] | None = None
    """Of the plane, by name; None for those that are on."""

    @property
    def layout(self) -> tuple[int, int]:
        """Width and height in units of the layout."""
        per_cm = UNITS_PER_INCH / CM_PER_INCH
        return round(self.width * per_cm), round(self.height * per_cm)

    @property
    def ratio(self) -> float:
        """Pixels of a PNG for each unit of the layout."""
        return DOTS_PER_INCH / UNITS_PER_INCH * self.scale

    def check(self, path: Path) -> None:
        """Raises BadFigure for what cannot be drawn, or not into a file of this name."""
        if path.suffix.lower() not in ENDINGS:
            raise BadFigure(
                tr(
                    "{name} does not end in {names} or {endings}: name it so.",
                    name=path.name,
                    names=", ".join(ENDINGS[:-1]),
                    endings=ENDINGS[-1],
                )
            )
        if not all(math.isfinite(side) and NARROWEST <= side <= WIDEST for side in (self.width, self.height)):
            raise BadFigure(
                tr(
                    "A figure is {narrowest:g} to {widest:g} cm wide and high, not {width:g} x {height:g} cm.",
                    narrowest=NARROWEST,
                    widest=WIDEST,
                    width=self.width,
                    height=self.height,
                )
            )
        if self.view not in (*VIEWS, AS_SEEN):
            raise BadFigure(tr("There is no view {view!r}: there is {names}.", view=self.view, names=", ".join(VIEWS)))


def length_of(text: str) -> float:
    """Centimetres from words like ``8cm``, ``80mm`` or ``3.3in``; a bare number is in centimetres. Raises BadFigure."""
    number, unit = text.strip().lower(), 1.0
    for name, size in (("cm", 1.0), ("mm", 0.1), ("in", CM_PER_INCH), ("pt", CM_PER_INCH / 72)):
        if number.endswith(name):
            number, unit = number.removesuffix(name), size
            break
    try:
        return float(number) * unit
    except ValueError:
        raise BadFigure(
            tr("A width is a number with cm, mm, in or pt behind it, such as 8cm, not {words!r}.", words=text)
        ) from None


def name_of(opened: Opened, view: str) -> str:
    """A name for the file of a figure of a run, without an ending."""
    return f"{Path(opened.spec.data.label).stem}-{opened.spec.family}-{view}"
