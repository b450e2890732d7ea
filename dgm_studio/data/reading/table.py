"""A table in a text file or an array: where its names are, and the columns of numbers and words in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr
from dgm_studio.peek import Peek

from .numbers import MISSING, is_number, read_numbers
from .rows import COMMENT, SEPARATORS, Rows, cut, mostly_numbers, unquoted

_LOOKED_AT = 500
_SHOWN = 5
_RULE = re.compile(r"[-=+:\s]*")
_WHOLE = re.compile(r"[+-]?\d+")
_BEFORE_REMARK = re.compile(r"\s+#(?:\s|$)")
_HEAD = 6
"""Lines of names, units and titles before the first line of numbers, at most."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its ``name``, empty where it has none, its ``place`` from 1 on, and its cells as ``words`` (n,).

    ``numbers`` (n,) are there where it is a column of numbers. ``flaw`` is what keeps some cell from being one, and ``gap``
    that a cell of words is empty, each with the line and the cure.
    """

    name: str
    place: int
    words: Sequence[str]
    numbers: NDArray[np.float64] | None = None
    flaw: str = ""
    gap: str = ""

    @property
    def title(self) -> str:
        """What to call it in a sentence."""
        return repr(self.name) if self.name else f"column {self.place}"

    def distinct(self) -> int:
        return len(set(self.words)) if self.numbers is None else len(np.unique(self.numbers))

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return self.numbers is not None and not self.flaw and bool((self.numbers == np.round(self.numbers)).all())


@dataclass(frozen=True)
class Table:
    """Columns of equal length, whether the file names them, and what was done to read them."""

    columns: tuple[Column, ...]
    named: bool
    said: tuple[str, ...] = ()

    def peek(self, chosen: Sequence[Column] = ()) -> Peek:
        """Its columns and first rows, and which of them are ``chosen`` as x, y and the class."""
        columns = self.columns
        return Peek(
            tuple(column.name for column in columns), tuple(column.place for column in columns),
            tuple(column.numbers is not None for column in columns),
            tuple(zip(*(column.words[:_SHOWN] for column in columns), strict=True)),
            tuple(columns.index(column) for column in chosen),
        )  # fmt: skip


def table_of_array(array: NDArray[np.generic], names: tuple[str, ...] = ()) -> Table:
    """The columns of an array (n, k) of numbers or words, with ``names`` if they have any, or of one with named fields."""
    if array.dtype.names:
        names = array.dtype.names
        fields: NDArray[Any] = array
        parts = [(name, np.asarray(fields[name])) for name in names]
    else:
        parts = [(names[j] if names else "", array[:, j]) for j in range(array.shape[1])]
    columns = []
    for place, (name, part) in enumerate(parts, 1):
        numbers = part.astype(np.float64) if part.dtype.kind in "fiub" else None
        columns.append(Column(name, place, part.astype(str).tolist() if numbers is None else _Written(part), numbers))
    return Table(tuple(columns), bool(names))


class _Written(Sequence[str]):
    """Numbers as words, written only when they are looked at."""

    def __init__(self, values: NDArray[np.generic]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int | slice) -> str | list[str]:  # type: ignore[override]
        found = self._values[index]
        return [str(v) for v in found] if isinstance(index, slice) else str(found)


def read_table(path: Path, text: str) -> Table:
    """The table in the text of a file. Raises `DataError`."""
    table = cut(text)
    if table.flaw:
        raise DataError(f"{path}: {table.flaw}")
    if not table.rows:
        raise DataError(tr("{path} holds no points: it needs lines of two numbers", path=path))
    names, start, said = _head(table)
    _check_widths(path, table, start)
    body, lines = table.rows[start:], table.lines[start:]
    if not body:
        raise DataError(tr("{path} holds no points: it needs lines of two numbers", path=path))
    columns = _columns(path, names, body, lines, table.separator, said)
    return Table(columns, any(names), tuple(said))


# --- names, units, titles -------------------------------------------------------------------------------------------


def _head(table: Rows) -> tuple[list[str], int, list[str]]:
    """Names of the columns (empty where there are none), the number of the first row of data, and what to say."""
    rows, width, said = table.rows, table.width, list[str]()
    even = table.even()
    numeric = [j for j in range(width) if mostly_numbers([row[j] for row in even])]
    start = next(
        (i for i, row in enumerate(rows[:_HEAD]) if any(is_number(row[j]) for j in numeric if j < len(row))), 0
    )
    head, names = [row for row in rows[:start] if not all(map(_RULE.fullmatch, row))], [""] * width
    full = [row for row in head if len(row) == width]
    if not full and head and len(head[-1]) == width - 1 and _names_rows(rows[start:], width):
        full = [["", *head[-1]]]
    if len(head) > len(full):
        said.append("skipped the title above the names")
    if full:
        names = [_BEFORE_REMARK.split(name)[0] for name in full[0]]
        if len(full) > 1:
            said.append("took the line under the names for units")
            units = [unit.strip("()[]") for unit in full[1]]
            names = [f"{name} ({unit})" if name and unit else name for name, unit in zip(names, units, strict=True)]
    elif _are_names(rows[start], rows[start + 1 :], even, width):
        names = rows[start]
        said.append(f"took line {table.lines[start]} ({', '.join(filter(None, names))}) for names of columns")
        start += 1
    else:
        if _stands_out(rows[start], even, width):
            said.append(f"read line {table.lines[start]} ({', '.join(rows[start])}) as a point, not as names")
        names = _names_in_comments(table, start) or names
    return names, start, said


def _names_rows(body: list[list[str]], width: int) -> bool:
    """Whether the first of more than two columns names the rows, for which R's write.table writes no name of the column."""
    first = [row[0] for row in body if len(row) == width]
    return width > 2 and len(set(first)) == len(first) and not any("." in cell or "," in cell for cell in first)


def _are_names(first: list[str], below: list[list[str]], even: list[list[str]], width: int) -> bool:
    """Whether a first line 0, 1, 2 ... is names, as pandas writes them: nothing below looks like its cells."""
    filled = [cell for cell in first if cell]
    counting = filled in ([str(i) for i in range(len(filled))], [str(i + 1) for i in range(len(filled))])
    if len(first) != width or not below or not counting:
        return False
    others = [row for row in even if row is not first]
    if not first[0]:
        return all(row[0] for row in others)
    return len(filled) == width and not any(_WHOLE.fullmatch(cell) for row in others for cell in row)


def _stands_out(first: list[str], even: list[list[str]], width: int) -> bool:
    """Whether the first line alone is of whole numbers only, as names such as years are."""
    if len(first) != width or not all(map(_WHOLE.fullmatch, first)):
        return False
    return not any(_WHOLE.fullmatch(cell) for row in even if row is not first for cell in row)


def _names_in_comments(table: Rows, start: int) -> list[str]:
    """Names in the last comment before the data, as NumPy's savetxt and Gnuplot's users write them."""
    before = [text for line, text in table.comments if start < len(table.lines) and line < table.lines[start]]
    if not before:
        return []
    text = COMMENT.sub("", before[-1], count=1).strip("\n")
    for separator in (table.separator, ",", None):
        cells = [unquoted(cell.strip()) for cell in text.split(None if separator == " " else separator)]
        if len(cells) == table.width and not any(map(is_number, cells)):
            return cells
    return []


# --- cells to columns -----------------------------------------------------------------------------------------------


def _check_widths(path: Path, table: Rows, start: int) -> None:
    """Raises `DataError` for a line of another width."""
    for line, row in zip(table.lines[start:], table.rows[start:], strict=True):
        if len(row) != table.width:
            marks = SEPARATORS.get(table.separator, repr(table.separator))
            raise DataError(
                tr(
                    "{path}: line {line} has {counted} where others have {width}, cut at {marks}: repair that line",
                    path=path,
                    line=line,
                    counted=_counted(len(row)),
                    width=table.width,
                    marks=marks,
                )
            )


def _counted(count: int) -> str:
    return f"{count} column{'s' * (count != 1)}"


def _columns(
    path: Path, names: list[str], rows: list[list[str]], lines: list[int], separator: str, said: list[str]
) -> tuple[Column, ...]:
    """The columns that hold anything. A flaw matters only where its column is used."""
    cells = [(j, words) for j, words in enumerate(zip(*rows, strict=True)) if any(words)]
    numeric = {j: words for j, words in cells if mostly_numbers([*words[:: max(1, len(words) // _LOOKED_AT)]])}
    first = {j: read_numbers(words, separator) for j, words in numeric.items()}
    decided = {read.decides for read in first.values() if read.decides}
    sign = decided.pop() if len(decided) == 1 else ""
    found: list[Column] = []
    for j, words in cells:
        name = names[j] if j < len(names) else ""
        gap = ""
        if "" in words:
            gap = (
                f"{path}: line {lines[words.index('')]} has an empty cell in its class: fill it in or remove that line"
            )
        if j not in numeric:
            found.append(Column(name, j + 1, words, gap=gap))
            continue
        read = read_numbers(words, separator, sign) if sign and not first[j].decides else first[j]
        flaw = f"{path}: line {lines[read.at]} holds {read.flaw}" if read.flaw else ""
        if flaw and words[read.at].lower() in MISSING:
            gap = flaw
        found.append(Column(name, j + 1, words, read.values, flaw, gap))
        first[j] = read
    if any(read.commas for read in first.values()):
        said.append("read decimal commas")
    if any(read.grouped for read in first.values()):
        said.append("left out marks between thousands")
    return tuple(found)


def rises(column: Column) -> bool:
    """Whether a column is of whole numbers, each greater than the one before, as an index is after rows were left out."""
    return column.whole and column.numbers is not None and bool((np.diff(column.numbers) > 0).all())


def counts_rows(column: Column) -> bool:
    """Whether a column numbers the rows: 0, 1, 2 ... or 1, 2, 3 ..."""
    n = column.numbers
    return column.whole and n is not None and len(n) > 3 and n[0] in (0, 1) and bool((np.diff(n) == 1).all())
