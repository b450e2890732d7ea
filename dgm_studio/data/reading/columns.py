"""Which columns of a table are x, y and the class: as a person says it, or by names and kinds where these decide.

What decides, in this order: a column without a name beside named ones, or one that counts the rows, is an index and is left
aside; columns called x and y, or the only two columns of numbers, are the coordinates; a column called class, label or the
like, or else the only one of words, or of a few whole numbers beside two of fractions, is the class. Where that leaves a
choice, `Unclear` asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .table import Column, Table, counts_rows, rises

_PART = re.compile(r"(?:^|,)\s*(x|y|class)\s*=", re.IGNORECASE)
_WHEN = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(\D|$)|\d{1,2}:\d\d(\D|$)")
CLASS_NAMES = frozenset((
    "class", "classes", "label", "labels", "target", "targets", "species", "category", "group", "cluster", "kind", "type",
    "variety",
))  # fmt: skip
_INDEX = frozenset(("", "index", "idx", "id", "row", "rows", "rowid", "row.names", "rownames", "nr", "no", "no.", "#"))
_PAIRS = (("x", "y"), ("x1", "x2"), ("x0", "x1"), ("x_1", "x_2"), ("x_0", "x_1"), ("x[0]", "x[1]"))
_MOST_CLASSES = 100
_LISTED = 12
NONE = "none"


class Unclear(DataError):
    """A table, in the file ``where``, whose columns may mean several things; ``table`` shows what a person needs to see to say
    which."""

    def __init__(self, message: str, table: Table, where: str) -> None:
        super().__init__(message)
        self.table, self.where = table, where


class NoColumn(DataError):
    """A column was asked for that the table does not have."""


@dataclass(frozen=True)
class Meaning:
    """The columns that are x, y and, where there is one, the class, and what is worth saying about the choice."""

    x: Column
    y: Column
    label: Column | None = None
    said: tuple[str, ...] = ()


def meaning(where: str, table: Table, asked: str = "") -> Meaning:
    """What the columns mean. ``asked`` is like ``x=height,y=3,class=none``: names, or numbers from 1 on.

    Raises `DataError` for columns that there are not, and its kind `Unclear` where the table does not decide.
    """
    if not asked.strip():
        return _by_names_and_kinds(where, table, None, decided=False)
    parts = _parts(where, asked)
    found = {key: _column(where, table, name) for key, name in parts.items() if name.lower() != NONE}
    if "x" in found and "y" in found:
        said = () if "class" in parts else _left_class(table, found["x"], found["y"])
        return Meaning(found["x"], found["y"], found.get("class"), said)
    if "x" in found or "y" in found:
        raise DataError(
            tr(
                "{where}: columns {asked!r} name only one coordinate: name x and y, or neither",
                where=where,
                asked=asked,
            )
        )
    return _by_names_and_kinds(where, table, found.get("class"), decided=True)


def _left_class(table: Table, x: Column, y: Column) -> tuple[str, ...]:
    """What to say of a column that looks like the class, where only the coordinates were named."""
    rest = [column for column in table.columns if column not in (x, y)]
    worded = [column for column in rest if _tells_apart(column)]
    label = _class_by_name(rest) or (worded[0] if len(worded) == 1 else None)
    return () if label is None else (f"left {label.title} aside: add class={_called(label)} to have its classes",)


def names_class(asked: str) -> bool:
    """Whether the choice says which column is the class, or that none is."""
    return any(mark[1].lower() == "class" for mark in _PART.finditer(asked))


def _parts(where: str, asked: str) -> dict[str, str]:
    """The text after each of ``x=``, ``y=`` and ``class=``, in which a name may hold commas."""
    marks = list(_PART.finditer(asked))
    if not marks or asked[: marks[0].start()].strip():
        raise DataError(
            tr(
                "{where}: columns are named like x=height,y=weight,class=species, not {asked!r}",
                where=where,
                asked=asked,
            )
        )
    ends = [*(mark.start() for mark in marks[1:]), len(asked)]
    parts = {mark[1].lower(): asked[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}
    if len(parts) < len(marks) or not all(parts.values()):
        raise DataError(
            tr(
                "{where}: columns {asked!r} name something twice or not at all: name each of x, y, class once",
                where=where,
                asked=asked,
            )
        )
    return parts


def _column(where: str, table: Table, name: str) -> Column:
    """The column of a name, as it is written or but for capitals and blanks, or of a place from 1 on."""
    for same in (str, lambda text: text.strip().lower()):
        hits = [column for column in table.columns if column.name and same(column.name) == same(name)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise DataError(
                tr(
                    "{where} has {hits} columns called {name!r}: give the number of one, from 1 on",
                    where=where,
                    hits=len(hits),
                    name=name,
                )
            )
    for column in table.columns:
        if name == str(column.place):
            return column
    there = _listed(table.columns)
    raise NoColumn(
        tr(
            "{where} has no column {name!r}: it has {there}; give a name, or a number from 1 on",
            where=where,
            name=name,
            there=there,
        )
    )


def _by_names_and_kinds(where: str, table: Table, label: Column | None, *, decided: bool) -> Meaning:
    said: list[str] = []
    columns = [column for column in table.columns if column is not label]
    rest = _without_index(table, columns, said)
    if not decided:
        label = _class_by_name(rest)
        rest = [column for column in rest if column is not label]
    numbers = [column for column in rest if column.numbers is not None]
    words = [column for column in rest if column.numbers is None]
    pair = _pair(numbers)
    if len(numbers) < 2:
        raise _unclear(where, table, numbers)
    if label is None and not decided:
        label = _class_by_kind(where, table, numbers, words, pair)
        numbers = [column for column in numbers if column is not label]
        said += [f"took {label.title} for the class"] if label is not None and label.numbers is not None else []
    if pair is None and len(numbers) == 2:
        pair = (numbers[0], numbers[1])
    if pair is None:
        raise _unclear(where, table, numbers)
    aside = [column for column in rest if column not in (*pair, label)]
    if aside:
        said.append(f"left {_listed(aside)} aside")
    return Meaning(*pair, label, tuple(said))


def _without_index(table: Table, columns: Sequence[Column], said: list[str]) -> list[Column]:
    """All but an index, as long as two columns of numbers are left."""
    first, numeric = columns[0], sum(column.numbers is not None for column in columns)
    left = numeric - (first.numbers is not None)
    name = first.name.lower()
    unnamed = table.named and (not name or name.startswith("unnamed: "))
    if left >= 2 and (unnamed or (name in _INDEX and (rises(first) if name else counts_rows(first)))):
        what = "column without a name" if unnamed else f"column {first.name!r}" if name else "first column"
        said.append(
            f"left the {what} aside, {'which numbers the rows' if counts_rows(first) else 'an index of the rows'}"
        )
        return _without_index(table, columns[1:], said) if unnamed else list(columns[1:])
    return list(columns)


def _is_class(column: Column) -> bool:
    """Whether a column called class can be one: words, or not too many whole numbers, some perhaps missing."""
    if column.numbers is None:
        return True
    there = column.numbers[np.isfinite(column.numbers)]
    whole = bool((there == np.round(there)).all())
    return whole and len(np.unique(there)) <= max(_MOST_CLASSES, len(there) // 2)


def _class_by_name(columns: Sequence[Column]) -> Column | None:
    hits = [column for column in columns if column.name.strip().lower() in CLASS_NAMES and _is_class(column)]
    return hits[0] if len(hits) == 1 else None


def _tells_apart(column: Column) -> bool:
    """Whether a column is of words that come back, and not of dates or times of day."""
    if column.numbers is not None or column.distinct() > max(3, len(column.words) // 2):
        return False
    return not all(map(_WHEN.match, filter(None, column.words)))


def _class_by_kind(
    where: str, table: Table, numbers: Sequence[Column], words: Sequence[Column], pair: tuple[Column, Column] | None
) -> Column | None:
    """The only column of words or of few whole numbers that come back in other rows. Raises `Unclear` for several.

    Words that hardly come back are names, dates or remarks. Whole numbers are classes only beside two that are coordinates:
    by their names, or since they are fractions.
    """
    repeated = [c for c in words if _tells_apart(c)]
    if len(repeated) > 1:
        raise Unclear(
            tr(
                "{where}: which column is the class? {names} may be; name it (option --columns) as "
                "class={called}, or class=none",
                where=where,
                names=", ".join(c.title for c in repeated),
                called=_called(repeated[0]),
            ),
            table,
            where,
        )
    if repeated:
        return repeated[0]
    few = [c for c in numbers if c.whole and c.distinct() <= min(_MOST_CLASSES, max(2, len(c.words) // 2))]
    if pair is not None:
        few = [c for c in few if c not in pair]
        return few[0] if len(few) == 1 else None
    return few[0] if len(numbers) == 3 and len(few) == 1 and sum(c.whole for c in numbers) == 1 else None


def _pair(numbers: Sequence[Column]) -> tuple[Column, Column] | None:
    """The columns that are called x and y, in one of the usual ways."""
    by_name = {column.name.strip().lower(): column for column in numbers}
    return next(((by_name[a], by_name[b]) for a, b in _PAIRS if a in by_name and b in by_name), None)


def _called(column: Column) -> str:
    return column.name or str(column.place)


def _listed(columns: Sequence[Column]) -> str:
    """The first columns by name, and how many more there are."""
    more = len(columns) - _LISTED
    return ", ".join(c.title for c in columns[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _unclear(where: str, table: Table, numbers: Sequence[Column]) -> DataError:
    if len(numbers) < 2:
        flawed = next((c.flaw for c in table.columns if c.flaw), "")
        count = len(table.columns)
        has = "holds no points: it has no columns of numbers" if not numbers else "has 1 column of numbers"
        return DataError(
            flawed
            or f"{where} {has} among {count} column{'s' * (count != 1)}: points need two columns of numbers and "
            "may have a third with the class"
        )
    a, b, *more = (_called(column) for column in numbers)
    which = "which column is the class, and which are x and y" if len(numbers) == 3 else "which two are x and y"
    return Unclear(
        f"{where} has {len(numbers)} columns of numbers ({_listed(numbers)}): {which}? Name them (option "
        f"--columns) as x={a},y={b}" + (f",class={more[0]}" if len(numbers) == 3 else ""),
        table,
        where,
    )
