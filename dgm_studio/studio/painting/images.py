"""Pictures: uint8 arrays (H, W) or (H, W, 3) to and from files, and made to fit a model."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dgm_studio.data.reading.masks import read_mask
from dgm_studio.data.reading.picture_file import coloured, fit, on_white
from dgm_studio.data.reading.pictures import ANY, read_picture
from dgm_studio.data.reading.scale import Scales
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array

LARGEST = 2048
"""Longest side of the canvas in pixels."""
LARGEST_FILE = 1 << 16
"""Longest side of a picture in a file, which is made to fit the model."""


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


def taken(
    file: Path | bytes, name: str, scales: Scales = ANY, *, paint: bool = False, largest: int = LARGEST_FILE
) -> Taken:
    """The picture in a file, on white where it is clear; as ``paint`` (H, W, 4) with its transparency.

    ``scales`` are those of the data of a run. Raises ValueError that names the file, its problem and the cure.
    """
    found = read_picture(file, name, scales, paint=paint)
    height, width = found.pixels.shape[:2]
    if max(height, width) > largest:
        raise ValueError(
            tr(
                "{name} is {width} x {height} pixels: take one of at most {largest} x {largest}",
                name=name,
                width=width,
                height=height,
                largest=largest,
            )
        )
    return Taken(found.pixels, ", ".join(found.said))


def mask_taken(file: Path | bytes, name: str) -> Taken:
    """The mask in a picture file, (H, W), 255 where something is generated. Raises ValueError as `taken` does."""
    found = read_mask(file, name)
    return Taken(found.pixels, ", ".join(found.said))


def from_png(data: bytes, name: str, alpha: bool = False, largest: int = LARGEST) -> Array:
    """The pixels of a PNG that was written by `to_png`, as they are. Raises ValueError as `taken` does."""
    return taken(data, name, {"8 bits": (0.0, 255.0)}, paint=alpha, largest=largest).pixels


def without_clear(image: Array) -> Array:
    """A picture (H, W, 4) on the white ground on which all clear ones are seen, (H, W, 3)."""
    return on_white(image)[0]


def fitted(image: Array, event: tuple[int, ...]) -> Array:
    """A picture made to fit a model's images, (C, H, W): its middle, resized, made grey or colour; (H, W) or (H, W, 3).

    Strokes with transparency, (H, W, 4), keep it.
    """
    channels, height, width = event
    paint = image.ndim == 3 and image.shape[2] == 4
    found = fit(image, (height, width))
    return found if paint else coloured(found, channels == 3)


def stretched(image: Array, shape: tuple[int, int]) -> Array:
    """A picture pulled to (H, W) whole, whatever its proportions."""
    return np.array(Image.fromarray(image).resize((shape[1], shape[0]), Image.Resampling.BOX))


def told(image: Array, event: tuple[int, ...]) -> str:
    """What `fitted` does to a picture, in words for people; empty when it fits as it is."""
    channels, height, width = event
    changes = []
    if image.shape[:2] != (height, width):
        cut = image.shape[0] * width != image.shape[1] * height
        size = tr(
            "resized from {shape} × {shape_2} to {width} × {height} pixels",
            shape=image.shape[1],
            shape_2=image.shape[0],
            width=width,
            height=height,
        )
        changes.append(f"{'cut to its middle and ' if cut else ''}{size}")
    if image.shape[2:] != (4,) and (image.ndim == 3) != (channels == 3):
        changes.append(tr("made grey") if channels == 1 else tr("made colour"))
    return " and ".join(changes)
