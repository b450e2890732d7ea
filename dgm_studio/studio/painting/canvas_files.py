"""Canvas files: its layers as PNG members of a ``.dgm`` file, and masks from pictures. Nothing is lost in them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dgm_studio.data.reading.picture_file import fit
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array

from .canvas_ink import levels
from .canvas_steps import Layer, Layers, Mask
from .images import LARGEST, from_png, stretched, to_png

IMAGE_MEMBER = "canvas/image.png"
MASK_MEMBER = "canvas/mask.png"
COLOUR_MEMBER = "canvas/colour.png"
ORIGINAL_MEMBER = "canvas/original.png"
_IMAGES: tuple[tuple[str, Layer], ...] = ((COLOUR_MEMBER, "colour"), (ORIGINAL_MEMBER, "original"))


def blank(image: Array) -> Layers:
    """The layers of a canvas that has just been begun with a picture."""
    shape = image.shape[:2]
    return {
        "image": image,
        "original": image,
        "colour": np.zeros((*shape, 4), np.uint8),
        "mask": np.zeros(shape, np.float32),
    }


def checked(image: Array) -> Array:
    """A picture as the canvas holds it. Raises ValueError for what is none."""
    image = np.asarray(image)
    fits = image.dtype == np.uint8 and (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)) and image.size > 0
    if not fits or max(image.shape[:2]) > LARGEST:
        raise ValueError(
            tr(
                "an array of shape {shape} and type {dtype} is no picture for the canvas: it takes uint8 "
                "(H, W) or (H, W, 3) of at most {largest} pixels a side",
                shape=image.shape,
                dtype=image.dtype,
                largest=LARGEST,
            )
        )
    return np.ascontiguousarray(image)


def mask_to_png(mask: Mask) -> bytes:
    """Grey levels: white is generated, black is known."""
    return to_png(np.rint(mask * 255).astype(np.uint8))


def to_members(layers: Layers) -> dict[str, bytes]:
    """Layers as PNG files by member name; those that say nothing are left out."""
    members = {IMAGE_MEMBER: to_png(layers["image"]), MASK_MEMBER: mask_to_png(layers["mask"])}
    if layers["colour"].any():
        members[COLOUR_MEMBER] = to_png(layers["colour"])
    if layers["original"] is not layers["image"]:
        members[ORIGINAL_MEMBER] = to_png(layers["original"])
    return members


def from_members(members: Mapping[str, bytes]) -> Layers | None:
    """The layers in a file's members, None when it holds none. Raises ValueError that names the member."""
    if IMAGE_MEMBER not in members:
        return None
    layers = blank(from_png(members[IMAGE_MEMBER], IMAGE_MEMBER))
    if MASK_MEMBER in members:
        grey = from_png(members[MASK_MEMBER], MASK_MEMBER)
        _check(MASK_MEMBER, grey, layers["mask"].shape)
        layers["mask"] = levels(grey.astype(np.float32) / 255)
    for member, layer in _IMAGES:
        if member in members:
            found = from_png(members[member], member, alpha=layer == "colour")
            _check(member, found, layers[layer].shape)
            layers[layer] = found
    return layers


def _check(member: str, found: Array, wanted: tuple[int, ...]) -> None:
    if found.shape != wanted:
        raise ValueError(
            tr(
                "{member} has the shape {shape} but the image is {wanted}: the canvas was not restored",
                member=member,
                shape=found.shape,
                wanted=wanted,
            )
        )


def mask_from_image(image: Array, shape: tuple[int, int], over: tuple[int, int] | None = None) -> Mask:
    """A mask (H, W) of ``shape`` from grey levels (H, W): white is 1.

    One of another size is made to fit as pictures are, so that both stay aligned; ``over`` is the size (H, W) that the
    picture it belongs to had before that, to which it is stretched first.
    """
    if over is not None and image.shape[:2] != over:
        image = stretched(image, over)
    return levels(fit(image, shape).astype(np.float32) / 255)
