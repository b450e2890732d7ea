"""Which measure matters most for a run, and how its value is said."""

from __future__ import annotations

from collections.abc import Iterable

from .state import Measured

HEADLINES = ("gap", "nll", "nll_estimate", "nll_bound", "frechet", "sliced_wasserstein", "modes", "accuracy")
"""Measures by name, the most telling first: nats where a density is known, else a distance of samples."""


def ranked(names: Iterable[str]) -> list[str]:
    """Names of measures, the most telling first; those that are not ranked keep their order."""
    have = list(names)
    return [n for n in HEADLINES if n in have] + [n for n in have if n not in HEADLINES]


def sentences(measured: Measured | None) -> list[str]:
    """What the measures say, the most telling first, one sentence each."""
    return [] if measured is None else [measured.said[name] for name in ranked(measured.said)]
