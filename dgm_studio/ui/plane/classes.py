"""Colours of classes: of points, places and bars alike. Up to eight are those that colour-blind people can tell apart (Okabe
and Ito 2008), darker on a light ground, the orange ones last, which samples have; of more, each has a hue of its own in
OKLCH (Ottosson 2020), neighbours differing in lightness as well.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

_COLOURS = {
    "dark": ("#56b4e9", "#00b386", "#cc79a7", "#f0e442", "#2f7fc9", "#9a9a9a", "#d55e00", "#e69f00"),
    "light": ("#0072b2", "#009e73", "#b3538c", "#a08a00", "#4aa3dc", "#6f6f6f", "#c25500", "#b87a00"),
}
_SYMBOLS = ("o", "s", "t", "d", "+", "star")
FEW = len(_COLOURS["dark"])
_LIGHTNESS = {"dark": (0.82, 0.66, 0.74), "light": (0.42, 0.64, 0.53)}
_CHROMA = 0.135


def colour(index: int, count: int = FEW, look: Literal["light", "dark"] = "dark") -> str:
    """``#rrggbb`` of a class number among ``count``."""
    return _COLOURS[look][index % FEW] if count <= FEW else _hues(count, look)[index % count]


def symbol(index: int) -> str:
    """pyqtgraph's symbol of a class number: changes when the colours come round again."""
    return _SYMBOLS[index // FEW % len(_SYMBOLS)]


@cache
def _hues(count: int, look: Literal["light", "dark"]) -> tuple[str, ...]:
    levels = _LIGHTNESS[look]
    return tuple(_hex(levels[i % len(levels)], _CHROMA, 2 * math.pi * i / count) for i in range(count))


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """A colour of OKLCH as sRGB, clipped to what can be shown."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _encoded(min(1.0, max(0.0, v)))):02x}" for v in linear)


def _encoded(v: float) -> float:
    return 12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055
