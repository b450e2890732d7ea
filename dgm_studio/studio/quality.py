"""Which measure matters most for a run, and how its value is said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .state import Measured

HEADLINES = ("gap", "sliced_wasserstein", "nll")
"""Measures by name, the most telling first: exact nats where both densities are known, else a distance of samples."""


def ranked(names: Iterable[str]) -> list[str]:
    """Names of measures, the most telling first; those that are not ranked keep their order."""
    have = list(names)
    return [n for n in HEADLINES if n in have] + [n for n in have if n not in HEADLINES]


def sentences(measured: Measured | None) -> list[str]:
    """What the measures say, the most telling first, one sentence each."""
    if measured is None:
        return []
    said = [s.strip() for s in re.split(r"(?<=\.)\s+|;\s+", measured.sentence) if s.strip()]
    names = list(measured.values)
    if len(said) != len(names):
        return said
    by_name = dict(zip(names, said, strict=True))
    return [by_name[n] for n in ranked(names)]
