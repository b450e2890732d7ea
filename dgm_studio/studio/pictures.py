"""Pictures: uint8 arrays (H, W) or (H, W, 3) to and from files, and made to fit a model."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .state import Array

LARGEST = 2048
"""Longest side of an image in pixels; larger pictures are refused before they are decoded."""


_GREY_MODES = ("1", "L", "LA", "La")


def to_png(pixels: Array) -> bytes:
    """uint8 (H, W), (H, W, 3) or (H, W, 4) as the bytes of a PNG file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Taken:
    """A picture from a file: uint8 (H, W) when it is grey, else (H, W, 3) or (H, W, 4), and what was done to its values,
    in words for people; empty when they are as they were.
    """

    pixels: Array
    said: str = ""


def taken(data: bytes, name: str, alpha: bool = False, largest: int = LARGEST) -> Taken:
    """The picture in a PNG, JPEG, TIFF, ... file, over black where it is clear; with ``alpha`` with its transparency.

    Photographs are turned upright. Values of more than 8 bits are rounded, and this is said. Raises ValueError that names
    the file, its problem and the cure.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if max(picture.size) > largest:
                w, h = picture.size
                raise ValueError(f"{name} is {w} x {h} pixels: take one of at most {largest} x {largest}")
            said = ""
            upright = ImageOps.exif_transpose(picture)
            if upright.mode.startswith("I") or upright.mode == "F":
                grey, said = _rounded(np.asarray(upright), name, 65535.0 if upright.mode.startswith("I;16") else 0.0)
                upright = Image.fromarray(grey)
            if alpha:
                return Taken(np.array(upright.convert("RGBA")), said)
            mode = "L" if upright.mode in _GREY_MODES else "RGB"
            if upright.has_transparency_data:
                clear = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", clear.size, (0, 0, 0, 255)), clear)
            return Taken(np.array(upright.convert(mode)), said)
    except UnidentifiedImageError:
        raise ValueError(f"{name} is not a picture that can be read: save it as PNG or JPEG") from None
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} has too many pixels: make it smaller first") from error
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{name} is not a picture that can be read whole ({error}): save it again as PNG") from error


def _rounded(values: NDArray[np.generic], name: str, white: float) -> tuple[Array, str]:
    """Grey values of more than 8 bits as uint8, and what was done; ``white`` 0 leaves it to the values which one is white.

    Raises ValueError where that is anyone's guess.
    """
    grey = values.astype(np.float64)
    low, high = (float(grey.min()), float(grey.max())) if np.isfinite(grey).all() else (np.nan, np.nan)
    whole = np.issubdtype(values.dtype, np.integer)
    if not 0 <= low <= high <= (65535 if whole else 255):
        what = "some are no numbers" if np.isnan(low) else f"{low:g} to {high:g}"
        raise ValueError(
            f"{name} holds values outside those of a picture ({what}), so which is black and which is white cannot be told: "
            "save it with values from 0 to 1, or as an 8-bit PNG"
        )
    if not white:
        white = 1.0 if high <= 1 and not whole else 65535.0 if high > 255 else 255.0
    eight = np.rint(grey * (255 / white))
    said = "" if np.array_equal(eight, grey) else f"rounded from values of 0 to {white:g} to 256 levels"
    return np.ascontiguousarray(eight.astype(np.uint8)), said


def from_png(data: bytes, name: str, alpha: bool = False, largest: int = LARGEST) -> Array:
    """The pixels of `taken`. Raises ValueError alike."""
    return taken(data, name, alpha, largest).pixels


def fitted(picture: Array, event: tuple[int, ...]) -> Array:
    """A picture made to fit a model's images, (C, H, W): its middle, resized, made grey or colour; (H, W) or (H, W, 3).

    Strokes with transparency, (H, W, 4), keep it.
    """
    channels, height, width = event
    image = Image.fromarray(picture)
    if image.mode != "RGBA":
        image = image.convert("L" if channels == 1 else "RGB")
    scale = max(height / image.height, width / image.width)
    size = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    image = _resized(image, size)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.array(image.crop((left, top, left + width, top + height)))


def stretched(picture: Array, shape: tuple[int, int]) -> Array:
    """A picture pulled to (H, W) whole, whatever its proportions."""
    return np.array(_resized(Image.fromarray(picture), (shape[1], shape[0])))


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """To (width, height) by means of whole pixels: any smoother filter rings, and would leak a mask into what is known."""
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)


def told(picture: Array, event: tuple[int, ...]) -> str:
    """What `fitted` does to a picture, in words for people; empty when it fits as it is."""
    channels, height, width = event
    changes = []
    if picture.shape[:2] != (height, width):
        cut = picture.shape[0] * width != picture.shape[1] * height
        size = f"resized from {picture.shape[1]} × {picture.shape[0]} to {width} × {height} pixels"
        changes.append(f"{'cut to its middle and ' if cut else ''}{size}")
    if picture.shape[2:] != (4,) and (picture.ndim == 3) != (channels == 3):
        changes.append("made grey" if channels == 1 else "made colour")
    return " and ".join(changes)
