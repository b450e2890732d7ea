"""In which order the axes of an array of pictures come: to (n, height, width[, channels]), with a word where it is a guess."""

from __future__ import annotations

import math

import numpy as np

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .scale import Numbers

CHANNELS = (1, 3, 4)
SMALLEST = 8
"""Pixels along a side of pictures that are told from the shape alone."""
Event = tuple[int, ...]


def side_of(numbers: int) -> tuple[int, int] | None:
    """(channels, side) of a square picture that is written as a row of so many numbers, None where it is none."""
    for channels in (1, 3):
        side = math.isqrt(numbers // channels)
        if channels * side * side == numbers and side >= SMALLEST:
            return channels, side
    return None


def arranged(where: str, array: Numbers, event: Event | None = None) -> tuple[Numbers, tuple[str, ...]]:
    """Pictures (n, H, W) or (n, H, W, 3 or 4), and what was done. ``event`` is the (C, H, W) that is expected, if any.

    Raises `DataError` for other shapes.
    """
    shape = array.shape
    if 0 in shape or not shape:
        raise DataError(
            tr(
                "{where} holds an empty array of shape {shape}: save at least one picture with pixels",
                where=where,
                shape=shape,
            )
        )
    if array.ndim == 2:
        return _rows(where, array, event)
    if array.ndim == 3:
        if event is not None and event == shape and event[0] > 1:
            return _last(np.moveaxis(array, 0, -1)[None]), ("channels first",)
        if shape[2] in CHANNELS and min(shape[:2]) >= SMALLEST:
            return _last(array[None]), ("one picture",)
        if shape[0] == shape[1] != shape[2] and shape[0] >= SMALLEST and (event is None or event[1:] != shape[1:]):
            return np.moveaxis(array, -1, 0), ("pictures along the last axis",)
        return array, ()
    if array.ndim == 4:
        return _four(where, array, event)
    raise DataError(
        tr(
            "{where} holds an array of shape {shape}: pictures need (n, height, width[, 1, 3 or 4])",
            where=where,
            shape=shape,
        )
    )


def _rows(where: str, array: Numbers, event: Event | None) -> tuple[Numbers, tuple[str, ...]]:
    """One picture (H, W), or a picture in each row."""
    rows, columns = array.shape
    square = (event[0], event[1]) if event is not None and math.prod(event) == columns else side_of(columns)
    height = event[1] if event is not None else None
    if (
        square is None
        or (event is None and rows == columns)
        or (height == rows and event is not None and event[2] == columns)
    ):
        if min(rows, columns) < 2:
            raise DataError(
                tr(
                    "{where} holds an array of shape {shape}: pictures need (n, height, width[, 1, 3 or 4])",
                    where=where,
                    shape=array.shape,
                )
            )
        return array[None], ("one picture",)
    channels, side = square
    width = columns // (channels * side)
    said = (f"each row of {columns} numbers a picture of {width} x {side}",)
    if channels == 1:
        return array.reshape(rows, side, width), said
    return np.moveaxis(array.reshape(rows, channels, side, width), 1, -1), (*said, "channels first")


def _four(where: str, array: Numbers, event: Event | None) -> tuple[Numbers, tuple[str, ...]]:
    last, first = array.shape[3] in CHANNELS, array.shape[1] in CHANNELS
    if not last and not first:
        if array.shape[2] in CHANNELS and min(array.shape[:2]) >= SMALLEST:
            return _last(np.moveaxis(array, 3, 0)), ("pictures along the last axis",)
        raise DataError(
            tr(
                "{where} holds an array of shape {shape}: pictures need (n, height, width[, 1, 3 or 4])",
                where=where,
                shape=array.shape,
            )
        )
    said: tuple[str, ...] = ()
    if last and first:
        _, a, b, c = array.shape
        expected = None if event is None else (array.shape[1:] == event, (c, a, b) == event)
        if expected in ((True, False), (False, True)):
            first, last = expected
        elif abs(a - b) != abs(b - c):  # pictures are nearly square
            first, last = abs(b - c) < abs(a - b), abs(a - b) < abs(b - c)
        else:
            first, said = False, ("channels last, though they could come first",)
    if first:
        moved = _last(np.moveaxis(array, 1, -1))
        return moved, ("channels first",) if array.shape[1] > 1 else ()
    return _last(array), said


def _last(array: Numbers) -> Numbers:
    return array[..., 0] if array.shape[-1] == 1 else array
