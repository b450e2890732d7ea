"""Handwritten digits of 8x8 pixels: 1,797 pictures by 13 people, ten classes, learned in seconds.

The test set of "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998, doi:10.24432/C50P49, CC BY 4.0).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from dgm_studio.contract import DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.images import image_set
from dgm_studio.resources import resource

CLASSES = tuple("0123456789")
LEVELS = 17
"""Grey values 0 to 16: how many of 4 x 4 black and white pixels were black."""
Strokes = Literal["as written", "thin", "thick"]
_FINE, _BRUSH = 4, 5
"""Strokes are made thinner or thicker in a picture so many times larger, by a square so many of its pixels wide."""


class DigitParams(Settings):
    """How large the digits shall be, and of how many grey levels."""

    size: Literal[8, 16] = knob(8, help="Pixels per side: 8 as they were recorded, 16 smoothly enlarged.")
    ink: Literal["grey", "black and white"] = knob(
        "grey", help="Pixels as they were recorded, or cut at half: white where at least half of the ink is."
    )
    strokes: Strokes = knob(
        "as written",
        help="One half of the digits with thinner strokes, or the other half with thicker ones: data sets to go between.",
    )


def _restroked(x: Tensor, strokes: Strokes) -> Tensor:
    """Pictures (N, 1, 8, 8) of grey levels to 255 with thinner strokes, eroded, or thicker ones, dilated."""
    fine = interpolate(x, scale_factor=_FINE, mode="bicubic", align_corners=False).clamp(0, 255)
    sign = 1.0 if strokes == "thick" else -1.0
    return interpolate(sign * max_pool2d(sign * fine, _BRUSH, 1, _BRUSH // 2), x.shape[2:], mode="area")


def _digits(size: int, cut: bool = False, strokes: Strokes = "as written") -> tuple[Tensor, Tensor]:
    """Pictures (N, 1, size, size) uint8, all black and white where they are ``cut`` at half, and classes (N,)."""
    with np.load(resource("digits/digits.npz")) as file:
        grey, label = (torch.from_numpy(file[name]) for name in ("x", "y"))
    x = grey[:, None].float() * (255 / 16)
    if strokes != "as written":  # no digit is in both halves, so that nothing says which belong together
        half = slice(int(strokes == "thick"), None, 2)
        x, label = _restroked(x[half], strokes), label[half]
    if size != 8:
        x = interpolate(x, (size, size), mode="bicubic", align_corners=False)
    if cut:
        x = torch.where(x >= 127.5, 255.0, 0.0)
    return x.round().clamp(0, 255).to(torch.uint8), label.long()


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, DigitParams)
    yield Loading(0, 1797, "reading digits")
    cut = params.ink == "black and white"
    written, name = (
        params.strokes == "as written",
        "digits" if params.strokes == "as written" else f"{params.strokes} digits",
    )
    levels = 2 if cut else LEVELS if params.size == 8 and written else 256
    return image_set(name, *_digits(params.size, cut, params.strokes), CLASSES, levels=levels)


SOURCES = (
    Source(
        "digits",
        "Digits 8×8",
        "1,797 handwritten digits, so small that every image model learns them in seconds.",
        "images",
        DigitParams,
        _load,
        preview=lambda rng: image_set("digits", *_digits(8), CLASSES),
    ),
)
