"""What usual formats make of the same pictures: the bits as they are, zlib, and one PNG of all of them."""

from __future__ import annotations

import io
import math
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def packed(levels_of: Pixels, levels: int) -> bytes:
    """Whole numbers below ``levels``, of any shape, in as few whole bits each as serve, up to four to a byte's worth."""
    bits = max(1, math.ceil(math.log2(levels)))
    each = np.unpackbits(levels_of.reshape(-1, 1), axis=1)[:, 8 - bits :]
    return np.packbits(each).tobytes()


def sizes(levels_of: Pixels, pixels: Pixels, levels: int) -> dict[str, int]:
    """Bytes of pictures (n, H, W) or (n, H, W, 3) as "raw" bits, by "zlib" and as "png"; ``levels_of`` are their levels."""
    raw = packed(levels_of, levels)
    return {"raw": len(raw), "zlib": len(zlib.compress(raw, 9)), "png": len(_png(_sheet(pixels), levels))}


def _sheet(pixels: Pixels) -> Pixels:
    """All pictures on one sheet, black where there are none left."""
    n, height, width = pixels.shape[:3]
    columns = math.ceil(math.sqrt(n))
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, *pixels.shape[1:]), np.uint8)
    sheet[:n] = pixels
    parts = sheet.reshape(rows, columns, *pixels.shape[1:]).swapaxes(1, 2)
    return np.ascontiguousarray(parts.reshape(rows * height, columns * width, *pixels.shape[3:]))


def _png(sheet: Pixels, levels: int) -> bytes:
    picture = Image.fromarray(sheet)
    buffer = io.BytesIO()
    (picture.convert("1") if levels == 2 else picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
