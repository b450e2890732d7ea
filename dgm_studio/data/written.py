"""Strings that can be written out: sums, dates and Roman numerals. All there are is known, and each is as likely."""

from __future__ import annotations

import calendar
from functools import cache

from dgm_studio.contract import knob
from dgm_studio.data.shared.strings import StringLaw, StringParams, listed, source

SIDE = 100
"""Numbers added are below it."""
YEARS = (1900, 2100)
_NUMERALS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
    (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
MOST_ROMAN = 3999


class NumeralParams(StringParams):
    """How many strings."""

    examples: int = knob(
        MOST_ROMAN, 100, MOST_ROMAN, scale="log", help="Strings drawn, all different; a fifth is held out."
    )


def adds_up(text: str) -> bool:
    """Whether a text is a sum that holds, of numbers below a hundred without zeros in front."""
    left, equals, total = text.partition("=")
    a, plus, b = left.partition("+")
    if not (equals and plus and all(_plain(number) for number in (a, b, total))):
        return False
    return int(a) < SIDE and int(b) < SIDE and int(a) + int(b) == int(total)


def _plain(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0")


def is_date(text: str) -> bool:
    """Whether a text is a day of the years in question, as ``1969-07-20``."""
    parts = text.split("-")
    if [len(p) for p in parts] != [4, 2, 2] or not all(p.isascii() and p.isdigit() for p in parts):
        return False
    year, month, day = map(int, parts)
    return YEARS[0] <= year < YEARS[1] and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def roman(number: int) -> str:
    """A whole number from 1 to 3999 in Roman numerals."""
    letters = ""
    for value, sign in _NUMERALS:
        letters += sign * (number // value)
        number %= value
    return letters


@cache
def sums() -> StringLaw:
    return listed([f"{a}+{b}={a + b}" for a in range(SIDE) for b in range(SIDE)], adds_up)


@cache
def dates() -> StringLaw:
    days = [
        f"{year}-{month:02}-{day:02}"
        for year in range(*YEARS)
        for month in range(1, 13)
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
    ]
    return listed(days, is_date)


@cache
def numerals() -> StringLaw:
    return listed([roman(number) for number in range(1, MOST_ROMAN + 1)])


SOURCES = (
    source(
        "sums",
        "Sums",
        "17+25=42: all sums of two numbers below a hundred, of which a model sees some and is asked for others.",
        StringParams,
        lambda _: sums(),
    ),
    source(
        "dates",
        "Dates",
        "1969-07-20: the days of two centuries; which months have 31 days, and when February has 29.",
        StringParams,
        lambda _: dates(),
    ),
    source(
        "roman",
        "Roman numerals",
        "MCMLXIX: all numbers up to 3999 in letters that follow an order and never come four times.",
        NumeralParams,
        lambda _: numerals(),
    ),
)
