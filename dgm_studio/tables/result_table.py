"""The measured table: what was found of several runs on one data set, as records that the window and the command line share.

A record is of one run and depends on no other. The table has a row for each setting: runs that differ in their seed alone are
repeats of one, of which it shows the mean and its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COMPARISON, RUNS = "comparison.json", "runs/"
"""Members of a file of several runs: their table, and where the others lie."""
COLUMNS = ("training", "likelihood", "sampling", "compression", "representation")
"""The columns of the table that every course on generative models draws; measures by name come behind."""


@dataclass(frozen=True)
class ResultCell:
    """One figure of one run, or why there is none.

    ``kind`` is the claim in a word, such as "exact", "bound" or "stable"; of one that was ``refused`` with a reason it is what
    stands in its place, such as "cannot". ``error`` is a standard error, None where the value was counted; ``note`` is what
    belongs beside it. Of a share, ``count`` says of how many.
    """

    value: float | None = None
    error: float | None = None
    unit: str = ""
    kind: str = ""
    refused: str = ""
    note: str = ""
    count: int = 1

    def to_json(self) -> dict[str, Any]:
        """With every key, null where there is nothing."""
        return {
            "value": self.value,
            "error": self.error,
            "unit": self.unit or None,
            "kind": self.kind or None,
            "refused": self.refused or None,
            "note": self.note or None,
        }


@dataclass(frozen=True)
class RunResult:
    """What was found of one run. ``config`` and ``training`` hold every value in use; ``file`` is where it came from, empty for
    one that was trained for the table."""

    family: str
    title: str
    config: Mapping[str, Any]
    training: Mapping[str, Any]
    seed: int
    steps: int
    seconds: float
    cells: Mapping[str, ResultCell]
    file: str = ""

    @property
    def setting(self) -> tuple[str, str, str]:
        """Equal for repeats of one setting, which differ in their seed alone."""
        return self.family, repr(sorted(self.settings.items())), self.file

    @property
    def settings(self) -> Mapping[str, Any]:
        """Of the model and of its training."""
        return {**self.config, **self.training}

    def to_json(self) -> dict[str, Any]:
        return {
            "family": self.family,
            "config": dict(self.config),
            "training": dict(self.training),
            "seed": self.seed,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "file": self.file or None,
            "cells": {name: cell.to_json() for name, cell in self.cells.items()},
        }


@dataclass(frozen=True)
class TableRow:
    """A setting and what was found of its repeats."""

    title: str
    runs: tuple[RunResult, ...]
    cells: Mapping[str, ResultCell]


@dataclass(frozen=True)
class ResultTable:
    """Runs on one data set. ``budget`` says how long each was trained; ``about`` is the provenance, name to words; ``titles``
    say what to call measures."""

    data: str
    budget: str
    runs: tuple[RunResult, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the courses, then every measure that some run has."""
        more = dict.fromkeys(name for run in self.runs for name in run.cells if name not in COLUMNS)
        return (*(c for c in COLUMNS if any(c in run.cells for run in self.runs)), *more)

    @property
    def heads(self) -> list[str]:
        """What the columns are called, that of the models first."""
        return ["model", *(self.titles.get(name, name) for name in self.columns)]

    @property
    def rows(self) -> list[TableRow]:
        """A row for each setting, in the order in which they came; the same seed once more is no repeat, and has its own."""
        groups: dict[tuple[tuple[str, str, str], int], list[RunResult]] = {}
        for run in self.runs:
            before = sum((run.setting, run.seed) == (r.setting, r.seed) for some in groups.values() for r in some)
            groups.setdefault((run.setting, before), []).append(run)
        titles = titles_of([some[0] for some in groups.values()])
        return [
            TableRow(
                title,
                tuple(some),
                {c: together([run.cells[c] for run in some if c in run.cells]) for c in self.columns},
            )
            for title, some in zip(titles, groups.values(), strict=True)
        ]

    @property
    def reasons(self) -> list[str]:
        """Why cells are empty, each reason once."""
        return list(dict.fromkeys(cell.refused for row in self.rows for cell in row.cells.values() if cell.refused))

    def to_json(self) -> dict[str, Any]:
        """{"runs": [{family, config, seed, steps, seconds, file, cells}], "data", "budget", "about"}."""
        runs = [run.to_json() for run in self.runs]
        return {"runs": runs, "data": self.data, "budget": self.budget, "about": dict(self.about)}


def titles_of(runs: Sequence[RunResult]) -> list[str]:
    """What to call runs: by their family, and where several are of one, by what only they have."""
    found = []
    for run in runs:
        alike = [other for other in runs if other.family == run.family and other is not run]
        differing = {
            key: value
            for key, value in run.settings.items()
            if any(other.settings.get(key) != value for other in alike)
        }
        words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in differing.items())
        where = f" ({run.file})" if run.file and alike and not words else ""
        found.append(f"{run.title}, {words}" if words else f"{run.title}{where}")
    return found


def together(cells: Sequence[ResultCell]) -> ResultCell:
    """One cell of several repeats: the mean, and its standard error by their spread.

    Shares are pooled. A repeat without a value leaves its reason, and is not counted.
    """
    there = [cell for cell in cells if cell.value is not None]
    if not there:
        return cells[0] if cells else ResultCell(kind="–")
    values, first, n = [float(cell.value or 0.0) for cell in there], there[0], len(there)
    kinds = list(dict.fromkeys(cell.kind for cell in there))
    refused = next((cell.refused for cell in cells if cell.refused), "")
    if first.unit == "share" and first.error is None:
        count = sum(cell.count for cell in there)
        share = sum(v * cell.count for v, cell in zip(values, there, strict=True)) / count
        return ResultCell(share, None, "share", _worst(kinds), refused, first.note, count)
    mean = sum(values) / n
    if n == 1:
        return ResultCell(mean, first.error, first.unit, first.kind, refused, first.note)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return ResultCell(mean, deviation / math.sqrt(n), first.unit, " / ".join(kinds), refused, first.note, n)


def _worst(kinds: Iterable[str]) -> str:
    """Of "stable", "unstable" and "diverged" the worst."""
    order = ("diverged", "unstable", "stable")
    there = set(kinds)
    return next((kind for kind in order if kind in there), next(iter(there), ""))
