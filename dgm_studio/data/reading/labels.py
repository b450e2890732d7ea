"""Classes as the data name them: words or numbers, in the order a person would put them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr


def named(labels: NDArray[np.generic] | Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Class numbers (n,) and the names they stand for, of labels (n,) that are words or numbers.

    Numbers come in their order, words in that of the alphabet. A whole number is named without a fraction, whether it was
    written ``2`` or ``2.0``. Raises `DataError` for a label that is not finite.
    """
    array = np.asarray(labels)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    distinct, number = np.unique(array, return_inverse=True)
    numbers = _numbers(distinct)
    if numbers is None:
        return number.astype(np.int64), tuple(map(str, distinct))
    if not np.isfinite(numbers).all():
        raise DataError(tr("a class is NaN or infinite: give every example a class"))
    names = [_name(word, value) for word, value in zip(distinct, numbers, strict=True)]
    order = sorted(range(len(names)), key=lambda i: (numbers[i], names[i]))
    # "2" and "2.0" are one class
    place = {name: k for k, name in enumerate(dict.fromkeys(names[i] for i in order))}
    return np.array([place[name] for name in names], np.int64)[number], tuple(place)


def _numbers(distinct: NDArray[np.generic]) -> NDArray[np.float64] | None:
    """The labels as numbers, None where some are not or where writing them as numbers would lose something (``007``)."""
    try:
        values = distinct.astype(np.float64)
    except ValueError:
        return None
    if distinct.dtype.kind != "U":
        return values
    padded = any(len(w.lstrip("+-")) > 1 and w.lstrip("+-")[0] == "0" and w.lstrip("+-")[1].isdigit() for w in distinct)
    return None if padded or any("_" in w for w in distinct) else values


def _name(word: np.generic, value: float) -> str:
    if word.dtype.kind in "iu":
        return str(word)
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else str(word)
