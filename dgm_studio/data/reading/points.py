"""Points of the plane from CSV, NPY and NPZ files.

A CSV has two columns of numbers and, if wanted, a third with the class; columns are separated by commas, semicolons,
tabs or blanks; one header line and comments after ``#`` are skipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgm_studio.contract import DataError
from dgm_studio.data.reading.arrays import read_npy, read_npz

_LARGEST = float(np.finfo(np.float32).max)
_BETWEEN = re.compile(r"\s*[,;\t]\s*|\s+")


@dataclass(frozen=True)
class Points:
    """Points ``x`` (n, 2) float32 and, where a file has them, the ``classes`` and their numbers ``label`` (n,)."""

    x: NDArray[np.float32]
    label: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()


def read_points(path: Path) -> Points:
    """The points in a file, all finite. Raises `DataError`."""
    if not path.is_file():
        raise DataError(f"{path} does not exist: check the name and the folder")
    if path.suffix.lower() == ".npy":
        return Points(_checked(path, read_npy(path)))
    if path.suffix.lower() == ".npz":
        return Points(_checked(path, read_npz(path)[0]))
    return _read_csv(path)


def _checked(path: Path, array: NDArray[np.generic]) -> NDArray[np.float32]:
    if array.ndim != 2 or array.shape[1] != 2:
        raise DataError(f"{path} holds an array of shape {array.shape}: points need the shape (n, 2)")
    if array.dtype.kind not in "fiu":
        raise DataError(f"{path} holds {array.dtype} values: save the points as numbers, such as float32")
    if not len(array):
        raise DataError(f"{path} holds no points: save at least one row")
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite and is named below
        x = array.astype(np.float32)
    if not np.isfinite(x).all():
        row = int(np.nonzero(~np.isfinite(x).all(axis=1))[0][0])
        raise DataError(
            f"{path}: row {row} holds NaN or a number that is infinite or beyond 3e38: remove or repair that row"
        )
    return x


def _read_csv(path: Path) -> Points:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file: points are read from CSV, NPY and NPZ files") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    rows: list[tuple[float, float]] = []
    words: list[str] = []
    columns = 0
    for number, line in enumerate(text.splitlines(), 1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        cells = [cell.strip("\"' ") for cell in _BETWEEN.split(content)]
        if not columns:
            columns = len(cells)
            if columns not in (2, 3):
                raise DataError(
                    f"{path}: line {number} has {_columns(columns)}: "
                    "points need two columns of numbers and may have a third with the class"
                )
            if not any(_is_number(cell) for cell in cells[:2]):
                continue
        if len(cells) != columns:
            raise DataError(
                f"{path}: line {number} has {_columns(len(cells))} where others have {columns}: repair that line"
            )
        rows.append((_number(path, number, cells[0]), _number(path, number, cells[1])))
        words += cells[2:]
    if not rows:
        raise DataError(f"{path} holds no points: it needs lines of two numbers")
    x = np.array(rows, np.float32)
    if not words:
        return Points(x)
    classes, label = np.unique(np.array(words), return_inverse=True)
    return Points(x, label.astype(np.int64), tuple(map(str, classes)))


def _columns(count: int) -> str:
    return f"{count} column{'s' * (count != 1)}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(path: Path, line: int, cell: str) -> float:
    if not _is_number(cell):
        what = f"{cell!r}, which is not a number" if cell else "an empty cell"
        raise DataError(f"{path}: line {line} holds {what}: keep numbers only (decimal point, not comma)")
    value = float(cell)
    if not abs(value) <= _LARGEST:
        raise DataError(f"{path}: line {line} holds {cell}: remove or repair that line")
    return value
