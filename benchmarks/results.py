"""Results: one figure each, held against its target, and the table they are printed as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """One figure. ``target`` None: said for information. ``at_least``: larger is better.

    ``note`` says in a few words what was seen besides, such as the spread of the repetitions.
    """

    what: str
    measured: float
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured over target."""
        return None if not self.target else self.measured / self.target

    @property
    def verdict(self) -> str:
        """``ok``, ``missed``, or nothing where there is no target."""
        if self.target is None:
            return ""
        good = self.measured >= self.target if self.at_least else self.measured <= self.target
        return "ok" if good else "missed"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "verdict": self.verdict}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Result:
        return cls(**{k: v for k, v in row.items() if k in cls.__dataclass_fields__})


def number(value: float) -> str:
    """Three significant digits, and whole numbers from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up: text to the left, everything after the first column to the right."""
    widths = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        return (
            "| "
            + " | ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True)))
            + " |"
        )

    rule = "| " + " | ".join("-" * (w - 1) + (":" if i else "-") for i, w in enumerate(widths)) + " |"
    return "\n".join([line(heads), rule, *map(line, rows)])


def verdicts(results: Sequence[Result]) -> str:
    """The table of `python -m benchmarks`."""
    rows = []
    for r in results:
        sign = "≥" if r.at_least else "≤"
        target = "" if r.target is None else f"{sign} {number(r.target)} {r.unit}".rstrip()
        ratio = "" if r.ratio is None else f"{r.ratio:.2f}"
        rows.append([r.what, f"{number(r.measured)} {r.unit}".rstrip(), target, ratio, r.verdict, r.note])
    return table(["what", "measured", "target", "measured / target", "verdict", "note"], rows)


def median(values: Sequence[float]) -> float:
    return quantile(values, 0.5)


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile of one or more values, linear between neighbours. Raises ValueError when there are none."""
    if not values:
        raise ValueError("nothing was measured: there are no values to take a quantile of")
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
