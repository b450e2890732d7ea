"""Comparing runs: saved ones, and families or recipes trained side by side on one data set, in one measured table.

>>> import dgm_studio.api as dgm
>>> found = dgm.compare(on=dgm.data("8-gaussians", examples=200), families=["kde"], budget="steps:2")
>>> found.table.data
'8-gaussians'
>>> [row["family"] for row in found.records()]
['kde']
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgm_studio.engine import catalogue
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.tables.result_table import ResultCell, ResultTable

from .budget import TrainingBudget
from .contestants import ComparedRuns
from .data import TrainingData, data
from .job import BadInput


@dataclass(frozen=True)
class ContestantSpec:
    """A run that is trained for a comparison, and what to call it; ``steps`` are those of its recipe by name, else 0."""

    spec: RunSpec
    title: str
    steps: int = 0


class MeasuredRuns:
    """Runs side by side; made by `compare`. Its `table` says what was found of each."""

    def __init__(self, runs: ComparedRuns) -> None:
        self._runs = runs
        self.table: ResultTable = runs.table()

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped by hand before all was trained and measured."""
        return self._runs.interrupted

    def records(self) -> list[dict[str, Any]]:
        """A record for each run: family, title, seed, steps, seconds, and the value of each column or None."""
        return [
            {"family": run.family, "title": run.title, "seed": run.seed, "steps": run.steps, "seconds": run.seconds,
             **{name: run.cells[name].value for name in self.table.columns if name in run.cells}}
            for run in self.table.runs
        ]  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write a ``.dgm`` of all runs and the table, which the window opens as a comparison. Raises Failure."""
        self._runs.save(Path(path).absolute())
        return Path(path)

    def __repr__(self) -> str:
        return f"MeasuredRuns({len(self.table.runs)} runs on {self.table.data})"

    def to_html(self) -> str:
        """The table as a notebook shows it; where a cell is empty its title says why."""
        heads = "".join(f"<th>{html.escape(head)}</th>" for head in self.table.heads)
        rows = "".join(
            f"<tr><th>{html.escape(row.title)}</th>"
            + "".join(_cell(row.cells.get(name, ResultCell())) for name in self.table.columns)
            + "</tr>"
            for row in self.table.rows
        )
        said = html.escape(f"{self.table.data}, {self.table.budget}")
        return f"<table><caption>{said}</caption><tr>{heads}</tr>{rows}</table>"

    _repr_html_ = to_html


def _cell(cell: ResultCell) -> str:
    if cell.value is None:
        return f'<td title="{html.escape(cell.refused)}">{html.escape(cell.kind) or "–"}</td>'
    error = "" if cell.error is None else f" ± {cell.error:.2g}"
    return f'<td title="{html.escape(cell.note)}">{cell.value:.4g}{error} {html.escape(cell.unit)}</td>'


def compare(
    *runs: str | Path,
    on: TrainingData | str | None = None,
    families: Sequence[str] = (),
    recipes: Sequence[str] = (),
    budget: str | None = None,
    repeats: int = 1,
    measures: Sequence[str] = (),
    stability: bool = False,
    conditional: bool = False,
    seed: int = 0,
    device: str = "auto",
    say: Callable[[str], object] = lambda text: None,
) -> MeasuredRuns:
    """Saved runs, and families or recipes that are trained side by side, measured one by one on the same data.

    Args:
        runs: saved runs or comparisons, .dgm files.
        on: made by `data`, or the name of a set; with ``families``, which are trained on it.
        families: names of `dgm-studio list families`.
        recipes: names of `dgm-studio list recipes`, which say data and family themselves.
        budget: how long each is trained: "seconds:20", "steps:1000" or "examples:50000"; its recipe's steps where None.
        repeats: how often each is trained, with seeds one after the other.
        measures: columns beside the usual ones, by name.
        stability: also train at a third and at three times the learning rate.
        conditional: learn the classes of the data, where a family can.
        seed: of the first repeat.
        device: "auto", "cpu", "cuda" or "mps".
        say: told in words how far it is.

    Raises:
        BadInput: what there is not, with the cure, and where nothing can be compared.
    """
    if bool(families) != (on is not None):
        raise BadInput("Give on and families together: data, and the families that are trained on them.")
    chosen = data(on) if isinstance(on, str) else on
    wanted = []
    for name in families:
        assert chosen is not None
        spec = RunSpec(data=chosen.choice, family=name, conditional=conditional, seed=seed, device=device)
        wanted.append(ContestantSpec(spec, _named(catalogue.families(), name, "family").title))
    for name in recipes:
        recipe = _named(catalogue.recipes(), name, "recipe")
        wanted.append(ContestantSpec(recipe.spec.with_(seed=seed, device=device), recipe.title, recipe.steps))
    return compared([Path(run) for run in runs], wanted, TrainingBudget.read(budget), repeats, measures, stability, say)


def compared(
    files: Sequence[Path],
    wanted: Sequence[ContestantSpec],
    budget: TrainingBudget,
    repeats: int,
    measures: Sequence[str],
    stability: bool,
    say: Callable[[str], object],
) -> MeasuredRuns:
    """`compare` of runs that are specified already. Raises BadInput."""
    if not files and not wanted:
        raise BadInput("There is nothing to compare: give saved runs, data and families, or recipes.")
    for name in measures:
        _named(catalogue.measures(), name, "measure")
    comparison = ComparedRuns(budget, measures, say)
    for path in files:
        comparison.add_file(path)
    for one in wanted:
        for i in range(repeats):
            comparison.add(one.spec.with_(seed=one.spec.seed + i), one.title, stability, one.steps)
    comparison.on_one_data_set()
    if not any(one.usable for one in comparison.contestants):
        raise BadInput("Nothing can be compared. " + " ".join(one.refused for one in comparison.contestants))
    comparison.train()
    comparison.measure()
    return MeasuredRuns(comparison)


def _named(known: Any, name: str, kind: str) -> Any:
    try:
        return catalogue.named(known, name, kind)
    except catalogue.UnknownName as error:
        raise BadInput(str(error)) from None
