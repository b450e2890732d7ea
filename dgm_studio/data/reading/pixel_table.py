"""Tables with one picture in each line: a pixel in each column, and the class in one more, as MNIST goes round as CSV.

The first line may hold names. The class is the column of that name, else the first or the last one where the others are the
pixels of a square picture; of these two the one that is not the same in all lines, as the pixel in a corner often is. Such
files are large, so that they are read some lines at a time.
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Generator
from itertools import islice
from pathlib import Path

import numpy as np

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .columns import CLASS_NAMES
from .layout import side_of
from .packed import opened
from .scale import Numbers

_HEAD = 1 << 20
_AT_ONCE = 100_000
"""Cells that are read in a slice: some ten milliseconds."""
_SEPARATORS = (",", ";", "\t", None)
_MOST_NAMES = 100


def _head(path: Path) -> tuple[str | None, list[str], list[str]] | None:
    """The separator and the cells of the first two lines, None where the file is no text with two lines of that form."""
    with opened(path) as file:
        start = file.read(_HEAD)
    try:
        lines = start.decode("utf-8-sig", "strict" if len(start) < _HEAD else "ignore").splitlines()
    except UnicodeDecodeError:
        return None
    lines = [line for line in lines[: 2 if len(start) < _HEAD else len(lines)] if line.strip()][:2]
    for separator in _SEPARATORS:
        cells = [_cut(line, separator) for line in lines]
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


def read_pixel_table(path: Path) -> Generator[int, None, tuple[Numbers, Numbers | None, tuple[str, ...]]]:
    """Pictures (n, pixels), their labels (n,) if there, and what was done; yields how many pictures were read.

    Raises `DataError`.
    """
    head = _head(path)
    if head is None:
        raise DataError(tr("{path} is no table: save a picture in each line", path=path))
    separator, first, second = head
    names = first if not all(map(_is_number, first[1:-1])) or first[0].isalpha() else []
    worded = not all(map(_is_number, (second[0], second[-1])))
    parts: list[Numbers] = []
    done = 0
    try:
        with opened(path) as packed, io.TextIOWrapper(packed, "utf-8-sig") as file:
            lines = ((number, line) for number, line in enumerate(file, 1) if line.strip())
            for _ in islice(lines, int(bool(names))):
                pass
            while some := list(islice(lines, max(1, _AT_ONCE // len(first)))):
                parts.append(cells_of(path, some, separator, worded, len(first)))
                done += len(some)
                yield done
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(
            tr("{path} cannot be read ({error}): check that it is whole and may be read", path=path, error=error)
        ) from None
    place = _class_column(names, parts)
    labels = None if place is None else np.concatenate([part[:, place] for part in parts])
    pixels = np.empty((done, parts[0].shape[1] - (place is not None)), np.float32)
    at = 0
    for i, part in enumerate(parts):
        pixels[at : at + len(part)] = _numbers(path, part if place is None else np.delete(part, place, axis=1))
        at, parts[i] = at + len(part), part[:0]
        yield done
    if place is None or labels is None:
        return pixels, None, ()
    where = f"column {names[place]!r}" if names else "the first column" if place == 0 else "the last column"
    whole = labels.dtype.kind == "f" and bool((labels.astype(np.float64) % 1 == 0).all())
    return pixels, labels.astype(np.int64) if whole else labels, (f"{where} taken for the class",)


def cells_of(
    path: Path, lines: list[tuple[int, str]], separator: str | None, worded: bool, columns: int
) -> Numbers:  # fmt: skip
    """Cells (lines, columns) of numbered lines as numbers, or as words where some are. Raises `DataError`."""
    kind = np.str_ if worded else np.float32
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            found: Numbers = np.loadtxt(
                [line for _, line in lines], dtype=kind, delimiter=separator, ndmin=2, quotechar='"'
            )
    except (ValueError, UserWarning):
        found = np.empty((0, 0), np.float32)
    if found.shape == (len(lines), columns):
        return found
    for number, line in lines:
        cells = _cut(line, separator)
        if len(cells) != columns:
            raise DataError(
                tr(
                    "{path}: line {number} has {cells} cells where others have {columns}: repair that line",
                    path=path,
                    number=number,
                    cells=len(cells),
                    columns=columns,
                )
            )
        wrong = next((cell for cell in cells if not worded and not _is_number(cell)), None)
        if wrong is not None:
            raise DataError(
                tr(
                    "{path}: line {number} holds {wrong!r} among its pixels: repair that cell",
                    path=path,
                    number=number,
                    wrong=wrong,
                )
            )
    raise DataError(
        tr(
            "{path}: lines {lines} to {lines_2} cannot be read as pixels: repair them",
            path=path,
            lines=lines[0][0],
            lines_2=lines[-1][0],
        )
    )


def _cut(line: str, separator: str | None) -> list[str]:
    return [cell.strip().strip('"') for cell in line.strip().split(separator)]


def _class_column(names: list[str], parts: list[Numbers]) -> int | None:
    columns = parts[0].shape[1]
    if side_of(columns) is not None and side_of(columns - 1) is None:
        return None
    named = [i for i, name in enumerate(names) if name.lower() in CLASS_NAMES]
    if named:
        return named[0]
    ends = (0, columns - 1)
    distinct = [len(np.unique(np.concatenate([part[:, i] for part in parts])[:2000])) for i in ends]
    likely = [i for i, count in zip(ends, distinct, strict=True) if 1 < count <= _MOST_NAMES]
    return (likely or ends)[0]


def _numbers(path: Path, table: Numbers) -> Numbers:
    try:
        return table.astype(np.float32)
    except ValueError as error:
        raise DataError(
            tr(
                "{path} holds something else than numbers among its pixels ({error}): repair that cell",
                path=path,
                error=error,
            )
        ) from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
