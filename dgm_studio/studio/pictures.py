"""Pictures: uint8 arrays (H, W) or (H, W, 3) to and from files, and made to fit a model."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, UnidentifiedImageError

from .state import Array

LARGEST = 2048
"""Longest side of an image in pixels; larger pictures are refused before they are decoded."""


def to_png(pixels: Array) -> bytes:
    """uint8 (H, W) or (H, W, 3) as the bytes of a PNG file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def from_png(data: bytes, name: str) -> Array:
    """The picture in a PNG, JPEG, ... file: uint8 (H, W) when it is grey, else (H, W, 3) over black.

    Raises ValueError that names the file, its problem and the cure.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if max(picture.size) > LARGEST:
                w, h = picture.size
                raise ValueError(f"{name} is {w} x {h} pixels: take one of at most {LARGEST} x {LARGEST}")
            grey = picture.mode in ("1", "L", "LA", "I", "I;16", "F")
            if picture.mode in ("I", "I;16"):
                return np.ascontiguousarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
            return np.array(picture.convert("L" if grey else "RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{name} is not a picture that can be read ({error}): save it as PNG or JPEG") from error


def fitted(picture: Array, event: tuple[int, ...]) -> Array:
    """A picture made to fit a model's images, (C, H, W): the middle square, resized, made grey or colour."""
    channels, height, width = event
    image = Image.fromarray(picture).convert("L" if channels == 1 else "RGB")
    scale = max(height / image.height, width / image.width)
    size = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.array(image.crop((left, top, left + width, top + height)))
