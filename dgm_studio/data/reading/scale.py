"""Which numbers of pictures are black and white: numbers of any type to grey levels 0..255.

8 bits, bits, whole numbers and fractions are kinds of their own. All pictures of a kind in a set have one scale, found over
the whole set: two pictures of unlike brightness stay unlike. A run keeps the scales of its data, so that a picture that
comes later is read as those were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

Numbers = NDArray[np.generic]
Pixels = NDArray[np.uint8]
Scales = Mapping[str, tuple[float, float]]
"""(black, white) by kind."""

_FEW = 16
"""Whole numbers up to here count levels, 0..16 as sums of 4 x 4 bits: the largest is white."""
_WHITE = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
_DARK = 0.25
_OVER = 1e-3
"""How far fractions may leave their range by rounding."""
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Span:
    """From where to where the numbers of pictures go, of what kind they are, and whether all are ``whole``."""

    kind: str
    low: float
    high: float
    whole: bool

    def __or__(self, other: Span) -> Span:
        return Span(
            self.kind, min(self.low, other.low), max(self.high, other.high), self.whole and other.whole
        )  # fmt: skip


def span_of(where: str, values: Numbers) -> Span:
    """The span of an array of numbers, not empty. Raises `DataError` for what are no numbers, or not finite ones."""
    kinds = {"b": "bits", "u": "whole", "i": "whole", "f": "fractions"}
    if values.dtype.kind not in kinds:
        raise DataError(
            tr(
                "{where} holds {dtype} values: save pixels as uint8, or as numbers in [0, 1]",
                where=where,
                dtype=values.dtype,
            )
        )
    kind = "8 bits" if values.dtype == np.uint8 else kinds[values.dtype.kind]
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise DataError(
            tr(
                "{where} holds values outside those of a picture (NaN or infinite ones): save it with "
                "values from 0 to 1",
                where=where,
            )
        )
    whole = kind != "fractions" or all(bool((part % 1 == 0).all()) for part in _chunks(values))
    return Span(kind, low, high, whole)


@dataclass(frozen=True)
class Scale:
    """``low`` is black and ``high`` white; ``said`` is what that does, in words for people, empty where it is nothing."""

    low: float
    high: float
    said: str = ""

    def levels(self, values: Numbers) -> Pixels:
        """Numbers (...) as grey levels."""
        if values.dtype == np.uint8 and (self.low, self.high) == (0, 255):
            return np.array(values, np.uint8)
        out = np.empty(values.shape, np.uint8)
        flat, into = values.reshape(-1), out.reshape(-1)
        for i in range(0, len(flat), _CHUNK):
            part = (flat[i : i + _CHUNK].astype(np.float64) - self.low) * (255 / (self.high - self.low))
            into[i : i + _CHUNK] = np.rint(part).clip(0, 255)
        return out


def scale_of(where: str, span: Span, kept: Scales, *, alone: bool) -> Scale:
    """The scale of pictures of a span: that which a run has ``kept`` where it fits, else what the numbers themselves tell.

    A picture that is ``alone`` does not tell the range of its kind. Raises `DataError` where it is anyone's guess.
    """
    given = kept.get(span.kind)
    if given is not None and _belongs(span, *given, alone=alone):
        return Scale(*given, _words(span, *given))
    ends = _ends(span)
    if ends is None:
        if alone or span.low == span.high:
            raise DataError(
                tr(
                    "{where} holds values outside those of a picture ({low:g} to {high:g}), so which is "
                    "black and which is white cannot be told: scale them, and save it with values from 0 to "
                    "1, or as an 8-bit PNG",
                    where=where,
                    low=span.low,
                    high=span.high,
                )
            )
        ends = span.low, span.high
    return Scale(*ends, _words(span, *ends))


def _belongs(span: Span, low: float, high: float, *, alone: bool) -> bool:
    """Whether numbers were written on a scale: within it, and not on a smaller one."""
    over = _OVER * (high - low)
    if span.low < low - over or span.high > high + over or (low < 0 <= span.low):
        return False
    if span.high <= 1 < high and (span.high > 0 or not alone):
        return False
    return alone or span.high > high / _FEW


def _ends(span: Span) -> tuple[float, float] | None:
    """Black and white of numbers on one of the usual scales, None for others."""
    if span.kind == "bits":
        return 0.0, 1.0
    if span.kind == "fractions" and span.high <= 1 + _OVER:
        if span.low >= -_OVER:
            return 0.0, 1.0
        return (-1.0, 1.0) if span.low >= -1 - _OVER and span.high > 0 else None
    if span.low < 0:
        return None
    if span.whole:
        if 0 < span.high <= _FEW:
            return 0.0, span.high
        return next(((0.0, white) for white in _WHITE if span.high <= white), None)
    return (0.0, 255.0) if 64 < span.high <= 255 else None


def _words(span: Span, low: float, high: float) -> str:
    if span.kind == "bits":
        return ""
    if high == 65535:
        said = "16 bits scaled by 1/257"
    elif (low, high) == (0, 255):
        said = ""
    else:
        said = f"{low:g}..{high:g} stretched to 0..255"
    if 0 < span.high - low < _DARK * (high - low):
        dark = f"the brightest pixel is {span.high:g}, where {high:g} is white"
        said = f"{said}; {dark}" if said else dark
    return said


def _chunks(values: Numbers) -> Iterable[Numbers]:
    flat = values.reshape(-1)
    return (flat[i : i + _CHUNK] for i in range(0, len(flat), _CHUNK))
