"""Lines of a text file cut into cells: each separator is tried on all of them, and the one that fits best is taken.

The best one gives every line the same number of cells and the most columns of numbers (the idea of van den Burg, Nazabal &
Sutton 2019, arXiv:1811.11242).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .numbers import MISSING, is_number

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas", " ": "blanks"}
COMMENT = re.compile(r"\s*(#|%|//)")
_DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
_REMARK = re.compile(r"#(\s|$)")
_NUMBER_AND_REMARK = re.compile(r"(\S+)\s+#.*")
_LOOKED_AT = 500
_LAST = "\uf8ff"
"""A letter that no text holds."""


@dataclass
class Rows:
    """The filled lines as ``rows`` of cells under one ``separator``, each with its number in ``lines``; comments apart.

    ``width`` is how many cells a usual row has; ``score`` compares separators. ``flaw`` is what keeps the lines from being cut.
    """

    separator: str
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    width: int = 0
    score: tuple[int, float, float] = (0, 0.0, 0.0)
    flaw: str = ""

    def even(self) -> list[list[str]]:
        """Some of the rows of the usual width, from all over the file."""
        rows = [row for row in self.rows if len(row) == self.width]
        return rows[:: max(1, len(rows) // _LOOKED_AT)]


def cut(text: str) -> Rows:
    """The cells of a text under the separator that fits it best; a line ``sep=;`` at its top says which."""
    lines, remarks = text.split("\n"), any(mark in text for mark in ("#", "%", "//"))
    found = _DECLARED.fullmatch(lines[0])
    if found:
        return _split(lines, found[1], 1, remarks)
    there = [
        s for s in SEPARATORS if (s in text if s != " " else any(" " in line.strip() for line in lines[-_LOOKED_AT:]))
    ]
    return max((_split(lines, s, 0, remarks) for s in there or [" "]), key=lambda rows: rows.score)


def mostly_numbers(cells: list[str]) -> bool:
    """Whether most of the cells that are filled in are numbers, the first few being perhaps names and units."""
    filled = [cell for cell in cells if cell.lower() not in MISSING]
    body = filled[2:] if len(filled) > 4 else filled[-2:]
    return bool(body) and sum(map(is_number, body)) * 2 >= len(body)


def unquoted(cell: str) -> str:
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\"" else cell


def _split(lines: list[str], separator: str, first: int, remarks: bool) -> Rows:
    """Cut the lines at one separator, outside quotes. A quote that is never closed would swallow all that follows."""
    source = lines[first:]
    if separator == " ":
        source = [" ".join(line.split()) for line in source]
    table = Rows(separator)
    try:
        _read(csv.reader(_ended(source), delimiter=separator, skipinitialspace=True), first, table, remarks)
    except csv.Error:
        last = table.lines[-1] if table.lines else first
        at = next((i for i in range(last, len(lines)) if '"' in lines[i]), last) + 1
        table.flaw = f"line {at} opens a quote that is never closed: close it or take it away"
        if not any('"' in line for line in lines[last:]):
            table.flaw = f"line {last + 1} holds a cell of more than {csv.field_size_limit():,} letters: shorten it"
    if any(row[0][:1] == "'" for row in table.rows[:_LOOKED_AT] if row):
        table.rows = [[unquoted(cell) for cell in row] for row in table.rows]
    _judge(table)
    return table


def _ended(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with one more at the end that a quote left open would swallow."""
    yield from (f"{line}\n" for line in lines)
    yield _LAST


def _read(reader: Any, first: int, table: Rows, remarks: bool) -> None:
    """Raises `csv.Error` for a quote that is never closed."""
    row: list[str] = []
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or row == [_LAST]:
            continue
        line = first + reader.line_num
        if remarks and COMMENT.match(cells[0]):
            table.comments.append((line, table.separator.join(row)))
            continue
        if remarks and any("#" in cell for cell in cells):
            cells = _without_remark(cells)
        if cells[-1].endswith(_LAST):
            break
        table.rows.append(cells)
        table.lines.append(line)
    if row != [_LAST]:
        raise csv.Error("a quote is never closed")


def _without_remark(cells: list[str]) -> list[str]:
    """A row up to a remark after ``#``, which follows a number or a separator; in a class it is a letter."""
    for i, cell in enumerate(cells):
        if found := _NUMBER_AND_REMARK.fullmatch(cell):
            if is_number(found[1]):
                return [*cells[:i], found[1]]
        elif i and _REMARK.match(cell):
            return cells[:i]
    return cells


def _judge(table: Rows) -> None:
    """How well a separator fits: columns of numbers, then lines of equal width, then the share of numbers."""
    if not table.rows:
        return
    counts = Counter(map(len, table.rows))
    most = max(counts.values())
    table.width = max(width for width, count in counts.items() if count == most)
    even = table.even()
    while table.width > 1 and not any(row[table.width - 1] for row in even):
        table.width -= 1  # a separator at the end of every line
    numeric = sum(mostly_numbers([row[j] for row in even]) for j in range(table.width))
    table.score = (min(numeric, 2), most / len(table.rows), numeric / table.width)
    for i, row in enumerate(table.rows):
        if len(row) > table.width and not any(row[table.width :]):
            table.rows[i] = row[: table.width]
