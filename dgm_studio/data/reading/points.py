"""Points of the plane from CSV, NPY and NPZ files: one reader for training, measuring and asking.

Coordinates stay float64, so that what lies far from zero, such as seconds since 1970 or metres of a map, loses nothing
before it is centred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr
from dgm_studio.peek import Peek

from .arrays import Archive, in_rows, read_npy, read_npz, to_labels
from .columns import Meaning, meaning, names_class
from .numbers import LARGEST
from .packed import suffix_of
from .table import Table, read_table, table_of_array
from .text import read_text

_MISSING = frozenset({"na", "n/a", "#n/a", "nan", "null"})
_RESOLVED = 64
"""Steps of the number format that a spread must have to be more than rounding."""


@dataclass(frozen=True)
class Points:
    """Points ``x`` (n, 2) float64 and, where a file has them, the ``classes`` and their numbers ``label`` (n,).

    ``names`` are those of the two coordinates, empty where the file has none; ``said`` is what was done to read them, and
    ``table`` shows the columns, where there are more than these two.
    """

    x: NDArray[np.float64]
    label: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    names: tuple[str, str] = ("", "")
    said: tuple[str, ...] = ()
    table: Peek | None = None


def read_points(path: Path, columns: str = "") -> Points:
    """The points in a file, all finite. ``columns`` says which are meant where the file does not decide, like
    ``x=height,y=3,class=none``. Raises `DataError`, and its kind `Unclear` where it must be said.
    """  # fmt: skip
    if not path.is_file():
        raise DataError(tr("{path} does not exist: check the name and the folder", path=path))
    classes: NDArray[np.generic] | None = None
    said: tuple[str, ...]
    step = float(np.finfo(np.float64).eps)
    if (suffix := suffix_of(path)) in (".npy", ".npz"):
        found_in = Archive(read_npy(path)) if suffix == ".npy" else read_npz(path)
        classes, said, array = found_in.labels, found_in.said, in_rows(found_in.examples)
        table = _table(path, array, found_in.names)
        if array.dtype.kind == "f":
            step = float(np.finfo(array.dtype.name).eps)
    else:
        text, said = read_text(path)
        table = read_table(path, text)
    found = meaning(str(path), table, columns)
    x = _coordinates(path, found)
    said = (*said, *table.said, *found.said, *_coarseness(path, found, x, step))
    points = Points(x, names=(found.x.name, found.y.name), said=said, table=_seen(table, found))
    if classes is not None and not names_class(columns):
        return _labelled(path, points, classes)
    if found.label is not None:
        column = found.label
        written = column.numbers if column.numbers is not None and not column.flaw else np.array(list(column.words))
        if column.gap:
            raise DataError(column.gap)
        return _labelled(path, points, written)
    return points


def _seen(table: Table, found: Meaning) -> Peek | None:
    """What a person sees who would rather have other columns; None where there are no others."""
    chosen = [found.x, found.y, *([found.label] if found.label is not None else [])]
    return table.peek(chosen) if len(table.columns) > 2 else None


def _table(path: Path, array: NDArray[np.generic], names: tuple[str, ...] = ()) -> Table:
    """The columns of an array of points. Raises `DataError`."""
    if array.dtype.names and array.ndim == 1:
        fields: Mapping[str, tuple[Any, ...]] = array.dtype.fields or {}
        nested = [name for name in array.dtype.names if fields[name][0].shape]
        if nested:
            raise DataError(
                tr(
                    "{path} holds several numbers in its field {nested!r}: save each in a field of its own",
                    path=path,
                    nested=nested[0],
                )
            )
        table = table_of_array(array)
    elif (turned := array.ndim == 2 and len(array) == 2 < array.shape[1]) or array.ndim != 2 or array.shape[1] < 2:
        cure = "save its transpose" if turned else "save one row for each point"
        raise DataError(
            tr(
                "{path} holds an array of shape {shape}: points need the shape (n, 2); {cure}",
                path=path,
                shape=array.shape,
                cure=cure,
            )
        )
    elif array.dtype.kind not in "fiu":
        raise DataError(
            tr("{path} holds {dtype} values: save the points as numbers, such as float64", path=path, dtype=array.dtype)
        )
    else:
        table = table_of_array(array, names)
    if not len(array):
        raise DataError(tr("{path} holds no points: save at least one row", path=path))
    return table


def _coordinates(path: Path, found: Meaning) -> NDArray[np.float64]:
    for column in (found.x, found.y):
        if column.numbers is None:
            raise DataError(
                tr(
                    "{path}: {title} holds words such as {words!r}: choose columns of numbers",
                    path=path,
                    title=column.title,
                    words=column.words[0],
                )
            )
        if column.flaw:
            raise DataError(column.flaw)
        bad = np.flatnonzero(~(np.abs(column.numbers) <= LARGEST))
        if len(bad):
            raise DataError(
                tr(
                    "{path}: row {bad} holds NaN or a number that is infinite or beyond {largest:.0e}: "
                    "remove or repair that row",
                    path=path,
                    bad=bad[0],
                    largest=LARGEST,
                )
            )
    assert found.x.numbers is not None
    assert found.y.numbers is not None
    return np.stack([found.x.numbers, found.y.numbers], axis=-1).astype(np.float64, copy=False)


def _coarseness(path: Path, found: Meaning, x: NDArray[np.float64], step: float) -> tuple[str, ...]:
    """What to say where numbers are so far from zero that their format hardly tells them apart. Raises `DataError`."""
    said = []
    for j, column in enumerate((found.x, found.y)):
        largest, spread = float(np.abs(x[:, j]).max()), float(x[:, j].std())
        if not 0 < spread < _RESOLVED * step * largest:
            continue
        finest = f"numbers near {largest:.3g} are kept in steps of {step * largest:.1g}"
        finest += f", and {column.title} spreads {spread:.1g}"
        if spread < 2 * step * largest:
            raise DataError(tr("{path}: {finest}: subtract a constant before saving", path=path, finest=finest))
        said.append(f"{finest}; subtract a constant before saving to keep more")
    return tuple(said)


def _labelled(path: Path, points: Points, written: NDArray[np.generic]) -> Points:
    """Points with their classes; a single one for all tells nothing apart and is left aside. Raises `DataError`."""
    label, classes = to_labels(path, written, len(points.x))
    missing = [name for name in classes if name.lower() in _MISSING]
    said = (*points.said, *(f"took {name!r} for a class, not for a missing one" for name in missing))
    if len(classes) < 2:
        return replace(points, said=(*said, f"left the class aside, which is {classes[0]!r} everywhere"))
    return replace(points, label=label, classes=classes, said=said)
