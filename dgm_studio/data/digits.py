"""Handwritten digits of 8x8 pixels: 1,797 pictures by 43 people, ten classes.

They come with scikit-learn ("Optical Recognition of Handwritten Digits", Alpaydin and Kaynak 1998, UCI repository), so
they are there without a network; one digit is small enough to train on in seconds.
"""

from __future__ import annotations

import gzip
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from dgm_studio.contract import DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data._images import image_set
from dgm_studio.data._preview import Preview

CLASSES = tuple("0123456789")
LEVELS = 17
"""Grey values 0 to 16: how many of 4 x 4 black and white pixels were black."""


class DigitParams(Settings):
    """How large the digits shall be."""

    size: Literal[8, 16] = knob(8, help="Pixels per side: 8 as they were recorded, 16 smoothly enlarged.")


def _table() -> np.ndarray:
    """Rows of 64 grey values 0..16 and the class (1797, 65).

    Read from the file inside the scikit-learn package, since importing its data sets takes a second or two; a
    scikit-learn that keeps the file elsewhere is asked instead.
    """
    package = find_spec("sklearn")
    folders = package.submodule_search_locations if package else None
    file = Path(next(iter(folders or ["."]))) / "datasets" / "data" / "digits.csv.gz"
    if file.is_file():
        with gzip.open(file) as lines:
            return np.loadtxt(lines, delimiter=",", dtype=np.float32)
    from sklearn.datasets import load_digits

    data = load_digits()
    return np.column_stack([data.data, data.target]).astype(np.float32)


def _digits(size: int, limit: int | None = None) -> tuple[Tensor, Tensor]:
    """Pictures (N, 1, size, size) uint8 and classes (N,)."""
    table = torch.from_numpy(_table()[:limit])
    x = table[:, :64].reshape(-1, 1, 8, 8) * (255 / 16)
    if size != 8:
        x = interpolate(x, (size, size), mode="bicubic", align_corners=False)
    return x.round().clamp(0, 255).to(torch.uint8), table[:, 64].long()


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, DigitParams)
    yield Loading(0, 1797, "reading digits")
    return image_set("digits", *_digits(params.size), CLASSES, levels=LEVELS if params.size == 8 else 256)


SOURCES = (
    Source(
        "digits",
        "Digits 8×8",
        "1,797 handwritten digits, so small that every image model learns them in seconds.",
        "images",
        DigitParams,
        _load,
    ),
)
PREVIEWS = (Preview("digits", lambda rng: image_set("digits", *_digits(8), CLASSES)),)
