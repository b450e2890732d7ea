"""Small pictures of data sets for a gallery: a raster of points, a mosaic of images, some strings, sounds or paths.

A raster holds intensities only, so that whoever shows it can tint it: more points in a cell are brighter, as the square
root, since eyes and histograms disagree about factors of ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from dgm_studio.contract import DataSet, to_pixels
from dgm_studio.protocol.strings import text_of

MARGIN = 1.12
"""The raster's window is this much larger than what 99.5 % of the points need."""
_LINES = 4
"""Strings on a thumbnail."""
_WAVES = 3
"""Sounds on a thumbnail."""
FINEST = 64
"""Cells per side of the raster; larger thumbnails are smoothly enlarged."""

Thumbnail = NDArray[np.uint8]


def thumbnail(data: DataSet, size: int) -> Thumbnail:
    """A picture of a data set, in a few milliseconds: (size, size) uint8 intensities for points, strings, sounds and paths,
    (size, size[, 3]) pixels for images. A source that is not loaded is shown by its ``preview``."""
    if data.spec.alphabet:
        return _lines([text_of(row, data.spec.alphabet) for row in data.train.x[:_LINES].tolist()], size)
    if data.spec.is_sound:
        return _waves(data.train.x[:_WAVES, 0].float(), size)
    if data.spec.data_kind == "paths":
        return _walks(data.train.x, size)
    return _mosaic(data.train.x, size) if data.spec.is_image else _raster(data.train.x, size)


def _lines(texts: Sequence[str], size: int) -> Thumbnail:
    """Strings one below the other, as wide as there is room."""
    sheet = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(sheet)
    pitch = size / (_LINES + 1)
    for i, text in enumerate(texts):
        height = 1.1 * pitch
        wide = pen.textlength(text, ImageFont.load_default(height))
        font = ImageFont.load_default(height * min(1.0, 0.88 * size / max(1.0, wide)))
        pen.text((size / 2, (i + 1) * pitch), text, 255, font, anchor="mm")
    return np.asarray(sheet)


def _waves(x: Tensor, size: int) -> Thumbnail:
    """Sounds (n, T) one below the other, each as loud as there is room for."""
    sheet = torch.zeros(size, size, dtype=torch.uint8)
    pitch = size / len(x)
    for i, sound in enumerate(x / x.abs().amax(1, keepdim=True).clamp_min(1)):
        middle, reach = (i + 0.5) * pitch, 0.42 * pitch
        for column, part in enumerate(sound.tensor_split(size)):
            top, foot = (round(middle - float(value) * reach) for value in (part.max(), part.min()))
            sheet[max(0, top) : min(size, foot + 1), column] = 255
    return sheet.numpy()


def _walks(x: Tensor, size: int) -> Thumbnail:
    """Paths (n, L, 2) as thin lines, about the middle of all."""
    sheet = Image.new("L", (2 * size, 2 * size), 0)  # twice as large, since lines have hard edges
    pen = ImageDraw.Draw(sheet)
    low, high = x.amin((0, 1)), x.amax((0, 1))
    reach = float((high - low).max()) * MARGIN / 2
    for path in ((x - (low + high) / 2) / reach * torch.tensor([1.0, -1.0]) + 1) * size:
        pen.line([(float(a), float(b)) for a, b in path], 170, 2)
    return np.asarray(sheet.resize((size, size), Image.Resampling.BOX))


def _raster(x: Tensor, size: int) -> Thumbnail:
    cells = min(size, FINEST)
    middle = (x.quantile(0.0025, dim=0) + x.quantile(0.9975, dim=0)) / 2
    reach = max(float((x - middle).abs().quantile(0.9975)) * MARGIN, 1e-6)
    place = ((x - middle) / reach + 1) * (cells / 2)
    column, row = place[:, 0].floor(), (cells - place[:, 1]).floor()
    inside = (column >= 0) & (column < cells) & (row >= 0) & (row < cells)
    index = (row * cells + column)[inside].long()
    counts = torch.bincount(index, minlength=cells * cells).float().view(1, 1, cells, cells)
    kernel = torch.tensor([0.25, 0.5, 0.25])
    soft = torch.nn.functional.conv2d(counts, (kernel[:, None] * kernel).view(1, 1, 3, 3), padding=1)
    bright = (soft / soft.flatten().quantile(0.985).clamp(min=soft.max() * 0.25)).clamp(0, 1).sqrt()
    if size != cells:
        bright = torch.nn.functional.interpolate(bright, (size, size), mode="bicubic", align_corners=False)
    return (bright[0, 0] * 255).round().clamp(0, 255).to(torch.uint8).numpy()


def _mosaic(x: Tensor, size: int) -> Thumbnail:
    """The first pictures, up to four to a side, a thin black gap between them; enlarged by whole pixels if small."""
    side = max(1, min(4, math.isqrt(len(x))))
    gap = max(1, size // 48)
    tile = max(1, (size - gap * (side + 1)) // side)
    tiles = _resized(x[: side * side].float(), tile)
    start = (size - side * tile - (side - 1) * gap) // 2
    sheet = torch.zeros(1, tiles.shape[1], size, size, dtype=torch.uint8)
    for i, picture in enumerate(tiles.round().to(torch.uint8)):
        row, column = (start + place * (tile + gap) for place in divmod(i, side))
        sheet[0, :, row : row + tile, column : column + tile] = picture
    mosaic: Thumbnail = to_pixels(sheet)[0]
    return mosaic


def _resized(tiles: Tensor, size: int) -> Tensor:
    """Pictures (n, c, h, w) as (n, c, size, size): averaged when shrinking, blocks of equal pixels when growing."""
    mode = "area" if size < tiles.shape[-1] else "nearest-exact"
    return torch.nn.functional.interpolate(tiles, (size, size), mode=mode)
