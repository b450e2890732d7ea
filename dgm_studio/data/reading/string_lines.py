"""Strings from a file of text: one a line. A file is one where its lines are no numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .packed import suffix_of
from .text import read_text

LONGEST = 64
_MOST_LETTERS = 120
_ENDINGS = (".txt", ".text", ".lst", ".words")
_NUMBER = re.compile(r"[\"']?[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?[\"']?")
_BETWEEN = re.compile(r"[\s;|,]+")
_LOOKED_AT = 50


@dataclass(frozen=True)
class Lines:
    """The strings of a file in its order, the letters they are made of, and what is worth saying."""

    strings: tuple[str, ...]
    letters: str
    said: tuple[str, ...] = ()


def is_lines(path: Path) -> bool:
    """Whether a file is of strings: text of which most lines have no two numbers side by side, and some line is no number.
    Raises `DataError`.
    """
    if suffix_of(path) not in _ENDINGS or not path.is_file():
        return False
    rows = [row for row in read_text(path)[0].split("\n") if row.strip() and not row.lstrip().startswith("#")]
    cells = [[bool(_NUMBER.fullmatch(cell)) for cell in _BETWEEN.split(row.strip())] for row in rows[:_LOOKED_AT]]
    points = sum(sum(row) >= 2 for row in cells)
    return bool(cells) and 2 * points < len(cells) and not all(all(row) for row in cells)


def read_lines(path: Path, longest: int) -> Lines:
    """The strings of a file, without the spaces around them and empty lines. Raises `DataError`, naming a line that is too
    long."""
    text, said = read_text(path)
    rows = [(number, row.strip()) for number, row in enumerate(text.split("\n"), start=1)]
    strings = [(number, row) for number, row in rows if row]
    if not strings:
        raise DataError(tr("{path} has no line with letters: write one string a line", path=path))
    over = [(number, row) for number, row in strings if len(row) > longest]
    if over:
        number, row = max(over, key=lambda each: len(each[1]))
        some = f"{len(over)} of {len(strings)} lines are" if len(over) > 1 else "a line is"
        cure = f"set data.longest={len(row)}" if len(row) <= LONGEST else f"cut them to {LONGEST} letters"
        shown = row if len(row) <= 40 else row[:40] + " …"
        raise DataError(
            tr(
                "{path}: {some} longer than {longest} letters, line {number} the longest with {row} "
                "({shown!r}): {cure}",
                path=path,
                some=some,
                longest=longest,
                number=number,
                row=len(row),
                shown=shown,
                cure=cure,
            )
        )
    letters = "".join(sorted(set("".join(row for _, row in strings))))
    if len(letters) > _MOST_LETTERS:
        raise DataError(
            tr(
                "{path} has {letters} different letters: {most_letters} are the most that are told apart",
                path=path,
                letters=len(letters),
                most_letters=_MOST_LETTERS,
            )
        )
    empty = len(rows) - len(strings) - (not rows[-1][1])
    said = (*said, f"{empty} empty line{'s' * (empty != 1)} left out") if empty else said
    return Lines(tuple(row for _, row in strings), letters, said)
