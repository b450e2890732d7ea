"""Samples as one small picture: what a notebook shows of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dgm_studio.protocol.sounds import LOUDEST

_SIDE, _GAP = 320, 1


def drawn(x: NDArray[np.generic]) -> Image.Image:
    """Points (n, 2) and the waypoints of paths (n, L, 2) as dark dots on white, images uint8 (n, H, W[, 3]) as tiles."""
    if x.ndim == 3 and x.dtype != np.uint8:
        x = x.reshape(-1, 2)
    return _dots(np.asarray(x, np.float64)) if x.ndim == 2 else _tiles(np.asarray(x, np.uint8))


def listed(texts: Sequence[str], columns: int = 4) -> Image.Image:
    """Strings in columns, dark on white."""
    rows = -(-len(texts) // columns)
    widest = max(map(len, texts), default=1)
    cell, line = 9 * widest + 12, 18
    sheet = Image.new("L", (columns * cell, rows * line + 4), 255)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for i, text in enumerate(texts):
        column, row = divmod(i, rows)
        pen.text((column * cell + 6, row * line + 2), text, 40, font)
    return sheet


def waves(x: NDArray[np.generic], columns: int = 2) -> Image.Image:
    """Sounds (n, T) int16 as waves in columns, dark on white."""
    wide, high = 2 * _SIDE // columns, 48
    rows = -(-len(x) // columns)
    sheet = Image.new("L", (columns * wide, rows * high), 255)
    pen = ImageDraw.Draw(sheet)
    for i, sound in enumerate(np.asarray(x, np.float64) / LOUDEST):
        column, row = divmod(i, rows)
        middle, parts = row * high + high / 2, np.array_split(sound, wide - 8)
        for at, part in enumerate(parts):
            top, foot = middle - part.max() * (high / 2 - 2), middle - part.min() * (high / 2 - 2)
            pen.line((column * wide + 4 + at, top, column * wide + 4 + at, foot), 40)
    return sheet


def _dots(x: NDArray[np.float64]) -> Image.Image:
    x = x[np.isfinite(x).all(1)]
    pixels = np.full((_SIDE, _SIDE), 255, np.uint8)
    if len(x):
        low, high = np.quantile(x, 0.005, axis=0), np.quantile(x, 0.995, axis=0)
        middle, reach = (low + high) / 2, max(float((high - low).max()) * 0.6, 1e-12)
        at = np.round((x - middle) / reach * _SIDE / 2 + _SIDE / 2).astype(int)
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            columns, rows = at[:, 0] + dx, _SIDE - 1 - at[:, 1] + dy
            seen = (columns >= 0) & (columns < _SIDE) & (rows >= 0) & (rows < _SIDE)
            pixels[rows[seen], columns[seen]] = 40
    return Image.fromarray(pixels)


def _tiles(x: NDArray[np.uint8]) -> Image.Image:
    n, height, width = x.shape[:3]
    columns = max(1, math.isqrt(n))
    rows = -(-n // columns)
    sheet = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, *x.shape[3:]), 255, np.uint8)
    for i, image in enumerate(x):
        row, column = divmod(i, columns)
        top, left = row * (height + _GAP), column * (width + _GAP)
        sheet[top : top + height, left : left + width] = image
    scale = max(1, _SIDE // max(sheet.shape[:2]))
    return Image.fromarray(sheet).resize((sheet.shape[1] * scale, sheet.shape[0] * scale), Image.Resampling.NEAREST)
