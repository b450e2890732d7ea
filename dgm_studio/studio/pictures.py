"""Pictures: uint8 arrays (H, W) or (H, W, 3) to and from files, and made to fit a model."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .state import Array

LARGEST = 2048
"""Longest side of an image in pixels; larger pictures are refused before they are decoded."""


_GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "F")


def to_png(pixels: Array) -> bytes:
    """uint8 (H, W), (H, W, 3) or (H, W, 4) as the bytes of a PNG file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def from_png(data: bytes, name: str, alpha: bool = False, largest: int = LARGEST) -> Array:
    """The picture in a PNG, JPEG, ... file: uint8 (H, W) when it is grey, else (H, W, 3), over black where it is clear.

    With ``alpha`` it is (H, W, 4). Photographs are turned upright. Raises ValueError that names the file, its problem
    and the cure.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if max(picture.size) > largest:
                w, h = picture.size
                raise ValueError(f"{name} is {w} x {h} pixels: take one of at most {largest} x {largest}")
            if picture.mode in ("I", "I;16"):
                return np.ascontiguousarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
            upright = ImageOps.exif_transpose(picture)
            if alpha:
                return np.array(upright.convert("RGBA"))
            grey = "L" if upright.mode in _GREY_MODES else "RGB"
            if upright.has_transparency_data:
                clear = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", clear.size, (0, 0, 0, 255)), clear)
            return np.array(upright.convert(grey))
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


def told(picture: Array, event: tuple[int, ...]) -> str:
    """What `fitted` does to a picture, in words for people; empty when it fits as it is."""
    channels, height, width = event
    changes = []
    if picture.shape[:2] != (height, width):
        cut = picture.shape[0] * width != picture.shape[1] * height
        size = f"resized from {picture.shape[1]} × {picture.shape[0]} to {width} × {height} pixels"
        changes.append(f"{'cut to its middle and ' if cut else ''}{size}")
    if (picture.ndim == 3) != (channels == 3):
        changes.append("made grey" if channels == 1 else "made colour")
    return " and ".join(changes)
