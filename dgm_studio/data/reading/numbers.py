"""Numbers as people and programs write them: decimal points or commas, marks between thousands, powers of ten.

One column is written in one way, so that all of its cells together tell what a comma means: ``0,449`` and ``1,5`` can only
be decimal commas, ``1,234,567`` and ``1,234.5`` only marks between thousands. ``1,234`` alone may be either.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = float(np.finfo(np.float32).max)
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", ".", "missing"})
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
_THOUSANDS_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?([eE][+-]?\d+)?")
_THOUSANDS_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?([eE][+-]?\d+)?")
_GROUPED = re.compile(r"(?<=\d)[\u00a0\u202f\u2009 '’](?=\d{3}(\D|$))")
_END = "\0"
_ENDLESS = frozenset({"inf", "infinity"})


@dataclass(frozen=True)
class Numbers:
    """Cells as ``values`` (n,), NaN where there is none. ``flaw`` says what is wrong with the cell number ``at``.

    ``decides`` is the decimal sign where the cells show it beyond doubt. ``commas`` says that there are decimal commas,
    ``grouped`` that there are marks between thousands.
    """

    values: NDArray[np.float64]
    flaw: str = ""
    at: int = -1
    decides: str = ""
    commas: bool = False
    grouped: bool = False


def is_number(cell: str) -> bool:
    """Whether a cell is a number in any way of writing it; NaN and infinity are none."""
    return _plain(cell) is not None


def _plain(cell: str) -> str | None:
    """The cell without blanks between thousands and with an ASCII minus, if it then is a number."""
    text = _GROUPED.sub("", cell.strip().replace("\u2212", "-"))
    kinds = (_POINT, _COMMA, _THOUSANDS_COMMA, _THOUSANDS_POINT)
    return text if any(kind.fullmatch(text) for kind in kinds) else None


def read_numbers(cells: Sequence[str], separator: str, sign: str = "") -> Numbers:
    """The numbers of one column of a table whose cells are set apart by ``separator``.

    ``sign`` is the decimal sign that other columns show; it counts where this one leaves a doubt.
    """
    joined = _END.join(cells)
    for decimal, other in ((".", ","), (",", ".")):
        if other in joined or (sign and sign != decimal):
            continue
        try:
            values = np.array([float(cell) for cell in joined.replace(decimal, ".").split(_END)], np.float64)
        except ValueError:
            continue
        grouped = _THOUSANDS_POINT if decimal == "." else _THOUSANDS_COMMA
        shown = any(decimal in cell and not grouped.fullmatch(cell) for cell in cells)
        certain = shown or bool(sign) or decimal == "." or separator != ","
        if certain and "_" not in joined and (np.abs(values) <= LARGEST).all():
            return Numbers(values, decides=decimal if shown else "", commas=decimal == "," and "," in joined)
    return _by_signs(cells, separator, sign)


def _by_signs(cells: Sequence[str], separator: str, sign: str) -> Numbers:
    """Find out what points and commas mean, then read."""
    plain = [_plain(cell) for cell in cells]
    first: dict[str, int] = {}
    for i, cell in enumerate(plain):
        if cell is not None and (shown := _shown(cell)):
            first.setdefault(shown, i)
    comma, point = first.get(",", -1), first.get(".", -1)
    decides = "," if comma > point < 0 else "." if point > comma < 0 else ""
    doubt, at = "", -1
    if comma >= 0 and point >= 0:
        doubt, at = "where others have the other decimal sign", max(comma, point)
    elif not decides and "?," in first and (not sign if separator == "," else sign == "."):
        doubt, at = "whose comma may be the decimal sign or stand between thousands", first["?,"]
    elif decides == "" and sign == "," and "?." in first:
        doubt, at = "whose point may stand between thousands, since other columns have decimal commas", first["?."]
    # where the comma does not separate cells, the usual reason is that it is the decimal sign
    decimal = decides or sign or ("," if "?," in first else ".")
    other = "," if decimal == "." else "."
    values = np.array([math.nan if cell is None else _value(cell, decimal) for cell in plain], np.float64)
    problems = np.flatnonzero(~(np.abs(values) <= LARGEST))
    flaw = f"{cells[at]!r}, {doubt}: write plain numbers with a decimal point" if doubt else ""
    if len(problems):
        at = int(problems[0])
        flaw = _problem(cells[at])
    used = [cell for cell in plain if cell is not None]
    commas = decimal == "," and any("," in cell for cell in used)
    grouped = any(other in cell for cell in used) or any(
        cell is not None and len(cell) < len(written.strip()) for cell, written in zip(plain, cells, strict=True)
    )
    return Numbers(values, flaw, at, decides, commas, grouped)


def _shown(cell: str) -> str:
    """The decimal sign that a number shows, ``?,`` or ``?.`` where its only sign may stand between thousands too."""
    as_comma = bool(_COMMA.fullmatch(cell) or _THOUSANDS_POINT.fullmatch(cell))
    as_point = bool(_POINT.fullmatch(cell) or _THOUSANDS_COMMA.fullmatch(cell))
    if as_comma and as_point:
        return "?," if "," in cell else "?."
    sign = "," if as_comma else "."
    return sign if "," in cell or "." in cell else ""


def _value(cell: str, decimal: str) -> float:
    """The value of a cell, NaN where it is none with this decimal sign."""
    other = "," if decimal == "." else "."
    try:
        return float(cell.replace(other, "").replace(decimal, "."))
    except ValueError:
        return math.nan


def _problem(cell: str) -> str:
    """What is wrong with a cell that holds no number, with the cure."""
    word = cell.strip().lower()
    if not word:
        return "an empty cell: fill it in or remove that line"
    if word.lstrip("+-") in _ENDLESS or word == "nan":
        return f"{cell.strip()}: remove or repair that line"
    if word in MISSING:
        return f"{cell.strip()!r}, so a number is missing: fill it in or remove that line"
    if is_number(cell):
        return f"{cell.strip()}, which is beyond {LARGEST:.0e}: remove or repair that line"
    return f"{cell.strip()!r}, which is not a number: keep numbers only, or name other columns"
