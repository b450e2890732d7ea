"""Letters and digits of 28x28 pixels with random font, slant, thickness, size, turn and warp: every factor is known.

Each character of each font is turned once into a map of signed distances to its outline; a picture samples that map
through a random affine map and a smooth warp and thresholds it at a random level, which is its thickness. So ten
thousand pictures take about a second and need no cache. Digits are the default: ten classes are learned within minutes
on any machine, sixty-two are not.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import grid_sample

from dgm_studio.contract import ContextSlot, DataSet, Factors, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.drawing import PictureProgram
from dgm_studio.data.shared.fields import cover, pixel_grid, to_bytes
from dgm_studio.resources import resource

SIZE = 28
MAP = 56
"""Side of a distance map; it spans [-1, 1] and the character's height or width fills 1.3 of the 2."""
FINE = 4
CHARACTERS = {
    "digits": "0123456789",
    "capitals": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "all": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}


_MAPS: dict[tuple[Path, str], Tensor] = {}
"""Distance maps that were measured once: of 13 fonts with 62 characters they take 10 MB."""


class GlyphParams(Settings):
    """Which characters, in which font, and how many pictures of them."""

    which: Literal["digits", "capitals", "letters", "all"] = knob("digits", help="Which characters: each is a class.")
    font: Literal[
        "all", "BodoniModa", "Caveat", "CourierPrime", "CrimsonPro", "Fredoka", "Kalam", "Nunito", "Oswald", "Pacifico",
        "RobotoSlab", "Rubik", "SpaceMono", "SpecialElite",
    ] = knob("all", help="One font alone: two of them are data sets to go between.")  # fmt: skip
    examples: int = knob(12_000, 100, 60_000, scale="log", help="Number of training pictures.")
    warp: float = knob(
        1.0, 0.0, 3.0, step=0.1, help="Strength of slant, turn and warp; 0 leaves the fonts as they are."
    )


def fonts(family: str = "all") -> list[Path]:
    """The font files, or that of one family, in order of name; a picture's factor ``font`` counts in this list."""
    return sorted(resource("fonts/glyphs").glob("*.ttf" if family == "all" else f"{family}-*.ttf"))


def distance_map(font: ImageFont.FreeTypeFont, character: str) -> Tensor:
    """Signed distance (MAP, MAP) to the character's outline in units of 1/28 of the picture, positive inside.

    A character wider or higher than the map is drawn smaller.
    """
    from scipy.ndimage import distance_transform_edt  # 0.3 s to import, not to be spent on listing the data sets

    side = MAP * FINE
    left, top, right, bottom = font.getbbox(character)
    largest = max(right - left, bottom - top)
    if largest > 0.94 * side:
        font = font.font_variant(size=font.size * 0.94 * side / largest)
        left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (side, side))
    corner = ((side - left - right) / 2, (side - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, fill=255, font=font)
    inside = np.asarray(image) > 127
    signed = distance_transform_edt(inside) - distance_transform_edt(~inside)
    small = signed.reshape(MAP, FINE, MAP, FINE).mean((1, 3))
    return torch.from_numpy((small * SIZE / side).astype(np.float32))


@cache
def fitted(path: Path) -> ImageFont.FreeTypeFont:
    """The font at the size where capitals and digits are, on average, equally high in every font."""
    side = MAP * FINE
    trial = ImageFont.truetype(str(path), side)
    boxes = [trial.getbbox(character) for character in "H0"]
    height = sum(bottom - top for _, top, _, bottom in boxes) / 2
    return ImageFont.truetype(str(path), round(0.62 * side * side / height))


def render(maps: Tensor, factors: Factors) -> Tensor:
    """Pictures (n, 1, 28, 28) uint8 from distance maps (n, MAP, MAP) and the factors of each."""
    x, y = pixel_grid(SIZE)
    size, angle, slant = (factors[key][:, None, None] for key in ("size", "turn", "slant"))
    phase, warp = factors["phase"], factors["warp"][:, None, None]
    x, y = x - factors["x"][:, None, None], y - factors["y"][:, None, None]
    bend_x = (2.6 * y + 1.1 * x + phase[:, :1, None]).sin() + 0.6 * (4.1 * y - 2.0 * x + phase[:, 1:2, None]).sin()
    bend_y = (2.6 * x - 0.9 * y + phase[:, 2:3, None]).sin() + 0.6 * (4.3 * x + 1.7 * y + phase[:, 3:, None]).sin()
    x, y = x + warp * bend_x, y + warp * bend_y
    u = (angle.cos() * x + angle.sin() * y) / size
    v = (angle.cos() * y - angle.sin() * x) / size
    grid = torch.stack([u + slant * v, v], -1)
    distance = grid_sample(maps[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    return to_bytes(cover(distance * size + factors["thickness"][:, None, None]))[:, None]


def _factors(n: int, shape: tuple[int, int], strength: float, rng: Rng) -> Factors:
    """Causes of n pictures of ``shape`` (fonts, characters)."""

    def normal(scale: float) -> Tensor:
        return scale * torch.randn(n, generator=rng).clamp(-2.2, 2.2)

    return {
        "font": torch.randint(shape[0], (n,), generator=rng),
        "label": torch.randint(shape[1], (n,), generator=rng),
        "slant": normal(0.18) * strength,
        "turn": normal(0.09) * strength,
        "warp": torch.rand(n, generator=rng) * 0.045 * strength,
        "thickness": 0.25 + normal(0.22),
        "size": 1.08 * normal(0.07).exp(),
        "x": normal(0.05),
        "y": normal(0.05),
        "phase": torch.rand(n, 4, generator=rng) * 2 * math.pi,
    }


def program(maps: Tensor, characters: str, strength: float) -> PictureProgram:
    """The program that draws ``characters`` from their maps (fonts, characters, MAP, MAP)."""
    fonts_and_characters = (maps.shape[0], maps.shape[1])
    slots = {
        "label": ContextSlot("character", values=tuple(characters), help="What is written."),
        "slant": ContextSlot("slant", -0.4, 0.4, help="How far it leans; normal."),
        "turn": ContextSlot("turn", -0.2, 0.2, help="How far it is turned, in radians; normal."),
        "thickness": ContextSlot("thickness", -0.25, 0.75, help="How thick strokes are; normal."),
    }
    return PictureProgram(
        lambda n, rng: _factors(n, fonts_and_characters, strength, rng),
        lambda factors: render(maps[factors["font"], factors["label"]], factors),
        slots,
        tuple(characters),
    )


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, GlyphParams)
    characters, files = CHARACTERS[params.which], fonts(params.font)
    maps = torch.empty(len(files), len(characters), MAP, MAP)
    for i, file in enumerate(files):
        for j, character in enumerate(characters):
            if (file, character) not in _MAPS:
                yield Loading(i * len(characters) + j, len(files) * len(characters), "measuring the fonts, once")
                _MAPS[file, character] = distance_map(fitted(file), character)
            maps[i, j] = _MAPS[file, character]
    name = "glyphs" if params.font == "all" else f"glyphs in {params.font}"
    return (yield from program(maps, characters, params.warp).load(name, params.examples, rng))


def _preview(rng: Rng) -> DataSet:
    """Sixteen pictures of a few digits in two fonts."""
    files = [fonts()[i] for i in torch.randperm(len(fonts()), generator=rng)[:2]]
    digits = [CHARACTERS["digits"][i] for i in torch.randperm(10, generator=rng)[:6]]
    maps = torch.stack([torch.stack([distance_map(font, digit) for digit in digits]) for font in map(fitted, files)])
    return program(maps, "".join(digits), 1.0).preview("glyphs", rng)


SOURCES = (
    Source(
        "glyphs",
        "Glyphs 28×28",
        "Digits and letters in many fonts, slanted, bent and thickened at random, with every factor known.",
        "images",
        GlyphParams,
        _load,
        preview=_preview,
    ),
)
