"""Masks from pictures: white is generated, black is known; whatever else people have is understood, with a word.

0 and 1, bits, 16 bits, coloured labels, the paint on a clear ground, a hole in a picture, and the grey that JPEG leaves beside
black and white: what is known must be known exactly.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .arrays import read_npy, read_npz
from .layout import arranged
from .packed import suffix_of
from .picture_file import DecodedPicture, decoded, is_grey
from .pictures import Picture
from .scale import Numbers, Pixels, Scale, scale_of, span_of

_FAINT = 0.1
_HALF = 128
_BESIDE = 32
"""Grey levels by which a lossy format may miss black or white beside an edge."""
_FEW = 64
_MOST_LABELS = 32


def read_mask(file: Path | bytes, where: str) -> Picture:
    """A mask (H, W), 255 where something is to be generated. Raises `DataError`."""
    if isinstance(file, Path) and suffix_of(file) in (".npy", ".npz"):
        array = read_npy(file) if suffix_of(file) == ".npy" else read_npz(file).examples
        found = DecodedPicture(_one(where, array))
    else:
        found = decoded(file, where)
    clear = found.values.ndim == 3 and found.values.shape[2] in (2, 4)
    if clear and (found.values[..., -1] != found.values.flat[-1]).any():
        grey, said = _of_paint(found.values.astype(np.uint8))
    elif found.values.ndim == 3:
        colours = found.values[..., : 1 if found.values.shape[2] == 2 else 3].astype(np.uint8)
        grey, said = _of_colours(colours if colours.shape[2] == 3 else colours[..., 0], found, where)
    elif _are_labels(found.values):
        grey, said = np.where(found.values != 0, 255, 0).astype(np.uint8), ("every label but 0 is generated",)
    else:
        scale = scale_of(where, span_of(where, found.values), {}, alone=True)
        grey, said = scale.levels(found.values), tuple(filter(None, (scale.said.partition(";")[0],)))
    grey, settled = _settled(grey, found.lossy)
    grey, stretched = _strong(grey)
    return Picture(grey, tuple(word for word in (*found.said, *said, *settled, *stretched) if word))


def _one(where: str, array: Numbers) -> Numbers:
    """The mask (H, W) or picture (H, W, C) in an array. Raises `DataError`."""
    if array.ndim == 2:
        return np.array(array)
    several, _ = arranged(where, array)
    if len(several) != 1:
        raise DataError(tr("{where} holds {several} masks: save a single one", where=where, several=len(several)))
    one = np.array(several[0])
    if one.ndim == 3 and one.dtype != np.uint8:
        return scale_of(where, span_of(where, one), {}, alone=True).levels(one)
    return one


def _of_paint(pixels: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """From what is clear and what is painted, (H, W, 2) or (H, W, 4)."""
    alpha = pixels[..., -1]
    colours = pixels[..., :-1][alpha > _HALF]
    if not len(colours) or (np.ptp(colours.astype(int), axis=0) <= 8).all():
        return alpha, ("what is painted is generated, what is clear is known",)
    grey = colours.max(1)
    if ((grey <= 8) | (grey >= 247)).mean() > 0.95:
        levels = pixels[..., :-1].max(2).astype(int) * alpha
        return np.rint(levels / 255).astype(np.uint8), ("what is clear is known",)
    return 255 - alpha, ("what is clear in the picture is generated",)


def _are_labels(values: Numbers) -> bool:
    """Whether whole numbers (H, W) count labels, 0 for what belongs to none: more than two of them, and few."""
    return values.dtype.kind in "ui" and 1 < int(values.max()) <= _MOST_LABELS and len(np.unique(values)) > 2


def _of_colours(colours: Pixels, found: DecodedPicture, where: str) -> tuple[Pixels, tuple[str, ...]]:
    """From grey (H, W), or from colours (H, W, 3) that stand for labels: all but black is generated. Raises `DataError`
    where there are several and none is black.
    """
    if colours.ndim == 2 or is_grey(colours):
        grey = colours if colours.ndim == 2 else colours[..., 0]
        return grey, ()
    brightest = colours.max(2)
    distinct = len(np.unique(colours.reshape(-1, 3), axis=0))
    if distinct > 1 and brightest.min() > _BESIDE:
        raise DataError(
            tr(
                "{where} has colours and no black, so what is known cannot be told: paint what is known black",
                where=where,
            )
        )
    if found.lossy or distinct <= _FEW:
        return np.where(brightest > _BESIDE, 255, 0).astype(np.uint8), ("every colour but black is generated",)
    return brightest, ("its colours taken by their brightness",)


def _settled(grey: Pixels, lossy: bool) -> tuple[Pixels, tuple[str, ...]]:
    """Black and white where a lossy format has missed them."""
    inside = (grey > 0) & (grey < 255)
    if not inside.any() or grey.max() < _HALF:
        return grey, ()
    near = (grey <= _BESIDE) | (grey >= 255 - _BESIDE)
    only = ((grey <= 8) | (grey >= 247)).all()
    if only or (lossy and near.mean() > 0.9):
        return np.where(grey >= _HALF, 255, 0).astype(np.uint8), ("its greys taken for black or white",)
    if lossy:
        settled = np.where(grey <= 8, 0, np.where(grey >= 247, 255, grey)).astype(np.uint8)
        return settled, ("its greys beside black and white taken for these",)
    return grey, ()


def _strong(grey: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """Stretched where it would hardly generate anything, or where its two greys can only mean no and yes."""
    high = int(grey.max())
    two = len(np.unique(grey)) == 2 and grey.min() == 0
    if not high or high >= _HALF or not (two or high <= _FAINT * 255):
        return grey, ()
    stretched = Scale(0.0, high).levels(grey)
    return stretched, (f"nowhere above {high / 255:.0%} white: stretched, so that its brightest parts are generated",)
