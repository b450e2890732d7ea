"""About 7,300 grey icons of 32x32 pixels: the Material Design Icons font (Pictogrammers, Apache 2.0).

The font comes with the package QtAwesome; its file is found and drawn without importing that package, which would
import Qt. Drawing all of them takes less than a second, so nothing is cached.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from dgm_studio.contract import DataError, DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.images import image_set
from dgm_studio.language import tr

SIZE = 32
FINE = 4
SLICE = 50
_VERSION = re.compile(r"\d+")


class IconParams(Settings):
    """Which icons."""

    outlined: bool = knob(True, help="Include the variants drawn as outlines; without them about half remain.")


def font_files() -> tuple[Path, Path]:
    """The newest Material Design font and the table of its characters. Raises `DataError` where there is none."""
    package = find_spec("qtawesome")
    for folder in (package.submodule_search_locations or ()) if package else ():
        found = sorted(
            Path(folder, "fonts").glob("materialdesignicons*-webfont-[0-9]*.ttf"),
            key=lambda file: [int(number) for number in _VERSION.findall(file.name)],
        )
        for font in reversed(found):
            table = font.with_name(font.name.replace("webfont-", "webfont-charmap-")).with_suffix(".json")
            if table.is_file():
                return font, table
    raise DataError(tr("the package qtawesome has no Material Design font: install qtawesome 1.4.2 or newer"))


def characters(table: Path) -> list[tuple[str, str]]:
    """Names and characters of all icons, in order of name, each character once."""
    named = json.loads(table.read_text("utf-8"))
    return sorted({code: (name, chr(int(code, 16))) for name, code in sorted(named.items(), reverse=True)}.values())


def draw(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.uint8]:
    """One icon, white on black, (SIZE, SIZE) uint8, centred, antialiased by averaging FINE x FINE dots."""
    side = SIZE * FINE
    image = Image.new("L", (side, side))
    left, top, right, bottom = font.getbbox(character)
    corner = ((side - left - right) / 2, (side - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, fill=255, font=font)
    return np.asarray(image.reduce(FINE))


def _font(file: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), round(SIZE * FINE * 0.98))


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, IconParams)
    file, table = font_files()
    listed = [pair for pair in characters(table) if params.outlined or not pair[0].endswith("outline")]
    face = _font(file)
    x = np.empty((len(listed), 1, SIZE, SIZE), np.uint8)
    for i, (name, character) in enumerate(listed):
        if i % SLICE == 0:
            yield Loading(i, len(listed), f"drawing {name}")
        x[i, 0] = draw(face, character)
    return image_set("icons", torch.from_numpy(x))


def _preview(rng: Rng) -> DataSet:
    """Sixteen icons."""
    font, table = font_files()
    listed, face = characters(table), _font(font)
    some: Tensor = torch.randperm(len(listed), generator=rng)[:16]
    x = np.stack([draw(face, listed[int(i)][1]) for i in some])
    return image_set("icons", torch.from_numpy(x)[:, None])


SOURCES = (
    Source(
        "icons",
        "Icons 32×32",
        "Some 7,300 small pictograms: sharp shapes of every kind, no two alike.",
        "images",
        IconParams,
        _load,
        preview=_preview,
    ),
)
