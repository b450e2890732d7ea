"""Pictures from files of any kind: one reader for training, asking, measuring and painting, which says what it did.

A picture file, NPY, NPZ, IDX, or a table with a pixel in each column, becomes grey levels 0..255: clear parts white, numbers
on the scale of their set. `DataError` names the file and the cure.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .arrays import MAX_BYTES, beside, read_npy, read_npz
from .idx import read_idx
from .layout import Event, arranged
from .packed import suffix_of
from .picture_file import SUFFIXES, DecodedPicture, decoded, on_white
from .pixel_table import is_pixel_table, read_pixel_table
from .scale import Numbers, Pixels, Scale, Scales, scale_of, span_of

TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".asc", ".tra", ".tes")
_AT_ONCE = 1 << 19
"""Numbers of pictures that are turned into grey levels in a slice."""
ANY: Scales = MappingProxyType({})
"""No scales that are known before."""


@dataclass(frozen=True)
class Picture:
    """Grey levels (H, W) or (H, W, 3), or with transparency (H, W, 4), and what was done to the file's, in words."""

    pixels: Pixels
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pictures:
    """Grey levels ``x`` (n, H, W) or (n, H, W, 3), the file's ``labels`` (n, ...) if any, the ``scales`` of their numbers by
    kind, and what was done, in words.
    """

    x: Pixels
    labels: Numbers | None = None
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def read_picture(file: Path | bytes, where: str, scales: Scales = ANY, *, paint: bool = False) -> Picture:
    """A single picture, on the scale a run has kept for its kind of numbers; as ``paint`` it keeps what is clear in it."""
    if where.lower().endswith((".npy", ".npz")) and isinstance(file, Path):
        several = read_pictures(file, scales)
        if len(several.x) > 1:
            raise DataError(tr("{where} holds {x} pictures: save a single one", where=where, x=len(several.x)))
        return Picture(several.x[0], several.said)
    found = decoded(file, where)
    span = span_of(where, found.values)
    scale = scale_of(where, span, scales, alone=True)
    return scaled(found, scale, paint=paint)


def scaled(found: DecodedPicture, scale: Scale, *, paint: bool = False) -> Picture:
    """A decoded file on the scale of its set; as ``paint`` (H, W, 4)."""
    pixels, said = scale.levels(found.values), (*found.said, *filter(None, (scale.said,)))
    if found.values.ndim == 3 and found.values.shape[2] in (2, 4):
        pixels[..., -1] = found.values[..., -1]
    if paint:
        return Picture(_painted(pixels), said)
    flat, ground = on_white(pixels)
    return Picture(flat, (*said, *filter(None, (ground,))))


def _painted(pixels: Pixels) -> Pixels:
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return pixels
    if pixels.ndim == 3 and pixels.shape[2] == 2:
        return np.concatenate([np.repeat(pixels[..., :1], 3, 2), pixels[..., 1:]], 2)
    colour = np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels
    return np.concatenate([colour, np.full((*pixels.shape[:2], 1), 255, np.uint8)], 2)


def read_pictures(path: Path, scales: Scales = ANY, event: Event | None = None) -> Pictures:
    """The pictures in a file, as `reading_pictures` gives them, at once."""
    return _at_once(reading_pictures(path, scales, event))


def reading_pictures(
    path: Path, scales: Scales = ANY, event: Event | None = None
) -> Generator[int, None, Pictures]:  # fmt: skip
    """The pictures in a file; yields how many were read where it takes long. Raises `DataError`.

    ``event`` is the (C, H, W) that a run knows, which settles an order of axes that is open.
    """
    suffix = suffix_of(path)
    if suffix in SUFFIXES:
        one = read_picture(path, str(path), scales)
        return Pictures(one.pixels[None], said=one.said)
    labels: Numbers | None = None
    more: tuple[str, ...] = ()
    if suffix == ".npy":
        array: Numbers = read_npy(path)
        found_beside = beside(path)
        labels = None if found_beside is None else read_npy(found_beside)
        if labels is not None and len(labels) != len(array):
            labels = None
    elif suffix == ".npz":
        archive = read_npz(path)
        array, labels, more = archive.examples, archive.labels, archive.said
    elif suffix in TABLES:
        if not is_pixel_table(path):
            raise DataError(
                tr("{path} is a table without a pixel in each column: choose a file of pictures", path=path)
            )
        array, labels, more = yield from read_pixel_table(path)
    else:
        array = read_idx(path, MAX_BYTES)
        if array.ndim == 1:
            raise DataError(tr("{path} holds labels: choose the images file beside it", path=path))
        found_beside = beside(path)
        labels = None if found_beside is None else read_idx(found_beside, MAX_BYTES)
    found = yield from _in_greys(str(path), array, scales, event)
    return Pictures(found.x, labels, found.scales, (*more, *found.said))


def from_array(where: str, array: Numbers, scales: Scales = ANY, event: Event | None = None) -> Pictures:
    """Pictures from an array of any usual type and order of axes. Raises `DataError`."""
    return _at_once(_in_greys(where, array, scales, event))


def _in_greys(where: str, array: Numbers, scales: Scales, event: Event | None) -> Generator[int, None, Pictures]:
    """Pictures from an array, some at a time: first from where to where their numbers go, then their grey levels."""
    pictures, said = arranged(where, array, event)
    clear = pictures.ndim == 4 and pictures.shape[-1] == 4
    colours = pictures[..., :3] if clear else pictures
    size = max(1, _AT_ONCE * len(pictures) // max(1, pictures.size))
    blocks = [slice(i, i + size) for i in range(0, len(pictures), size)]
    span = span_of(where, colours[blocks[0]])
    for block in blocks[1:]:
        span = span | span_of(where, colours[block])
        yield len(pictures)
    scale = scale_of(where, span, scales, alone=len(pictures) == 1)
    opacity = scale_of(where, span_of(where, pictures[..., 3:]), ANY, alone=True) if clear else None
    x = np.empty(colours.shape, np.uint8)
    words: dict[str, None] = {}
    for block in blocks:
        x[block] = scale.levels(colours[block])
        if opacity is not None:
            flat = [on_white(each) for each in np.concatenate([x[block], opacity.levels(pictures[block][..., 3:])], -1)]
            x[block] = np.stack([pixels for pixels, _ in flat])
            words |= {word: None for _, word in flat if word}
        yield len(pictures)
    return Pictures(x, None, {span.kind: (scale.low, scale.high)}, (*said, *words, *filter(None, (scale.said,))))


def _at_once(work: Generator[int, None, Pictures]) -> Pictures:
    while True:
        try:
            next(work)
        except StopIteration as stop:
            found: Pictures = stop.value
            return found
