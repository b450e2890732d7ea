"""Tables with one picture in each line: a pixel in each column, and the class in one more, as MNIST goes round as CSV.

The first line may hold names. The class is the column of that name, else the first or the last one where the others are the
pixels of a square picture; of these two the one that is not the same in all lines, as the pixel in a corner often is.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from dgm_studio.data_error import DataError

from .columns import CLASS_NAMES
from .layout import side_of
from .scale import Numbers

_HEAD = 1 << 16
_SEPARATORS = (",", ";", "\t", None)
_MOST_NAMES = 100


def _head(path: Path) -> tuple[str | None, list[str], list[str]] | None:
    """The separator and the cells of the first two lines, None where the file is no text with two lines of that form."""
    with path.open("rb") as file:
        start = file.read(_HEAD)
    try:
        lines = start.decode("utf-8-sig", "strict" if len(start) < _HEAD else "ignore").splitlines()
    except UnicodeDecodeError:
        return None
    lines = [line for line in lines[: 2 if len(start) < _HEAD else len(lines)] if line.strip()][:2]
    for separator in _SEPARATORS:
        cells = [line.strip().split(separator) for line in lines]
        if cells and len({len(line) for line in cells}) == 1 and len(cells[0]) > 1:
            return separator, cells[0], cells[-1]
    return None


def is_pixel_table(path: Path) -> bool:
    """Whether a table has a column for each pixel of a square picture, and perhaps one for its class."""
    head = _head(path)
    if head is None:
        return False
    columns = len(head[1])
    square = (side_of(columns) or side_of(columns - 1)) is not None
    return square and all(_is_number(cell) and -1 <= float(cell) <= 255 for cell in head[2][1:-1])


def read_pixel_table(path: Path) -> tuple[Numbers, Numbers | None, tuple[str, ...]]:
    """Pictures (n, pixels), their labels (n,) if there, and what was done. Raises `DataError`."""
    head = _head(path)
    if head is None:
        raise DataError(f"{path} is no table: save a picture in each line")
    separator, first, second = head
    names = (
        [cell.strip().strip('"') for cell in first]
        if not all(map(_is_number, first[1:-1])) or first[0].isalpha()
        else []
    )
    worded = not all(map(_is_number, (second[0], second[-1])))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            table = np.loadtxt(
                path, dtype=np.str_ if worded else np.float32, delimiter=separator, skiprows=int(bool(names)), ndmin=2,
                encoding="utf-8-sig",
            )  # fmt: skip
    except (ValueError, UserWarning) as error:
        raise DataError(f"{path} cannot be read as a table of pixels ({error}): repair that line") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check that it may be read") from None
    place = _class_column(names, table)
    if place is None:
        return _numbers(path, table), None, ()
    labels = table[:, place]
    pixels = _numbers(path, np.delete(table, place, axis=1))
    where = f"column {names[place]!r}" if names else "the first column" if place == 0 else "the last column"
    whole = labels.dtype.kind == "f" and bool((labels.astype(np.float64) % 1 == 0).all())
    return pixels, labels.astype(np.int64) if whole else labels, (f"{where} taken for the class",)


def _class_column(names: list[str], table: Numbers) -> int | None:
    columns = table.shape[1]
    if side_of(columns) is not None and side_of(columns - 1) is None:
        return None
    named = [i for i, name in enumerate(names) if name.lower() in CLASS_NAMES]
    if named:
        return named[0]
    ends = (0, columns - 1)
    distinct = [len(np.unique(table[:2000, i])) for i in ends]
    likely = [i for i, count in zip(ends, distinct, strict=True) if 1 < count <= _MOST_NAMES]
    return (likely or ends)[0]


def _numbers(path: Path, table: Numbers) -> Numbers:
    try:
        return table.astype(np.float32)
    except ValueError as error:
        raise DataError(
            f"{path} holds something else than numbers among its pixels ({error}): repair that cell"
        ) from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
