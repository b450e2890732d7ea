"""The results of the comparison in the window: the same records as the command line's, from what is known of its runs.

A run's figures are made of what the engine said of it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dgm_studio
from dgm_studio.language import tr
from dgm_studio.tables.figures import NEEDED, RunFindings, diverged_figures, figures_of, refused_figures
from dgm_studio.tables.result_table import ResultCell, ResultTable, RunResult

from ..session.state import RunState
from .comparison import Comparison

if TYPE_CHECKING:
    from ..studio import Studio

GAUSSIAN = "beside_gaussian"
"""Below 1 where samples are nearer to the data than those of one Gaussian."""


def results(studio: Studio) -> ResultTable:
    """A record of every run of the comparison, with all its measures."""
    comparison: Comparison = studio.comparison
    runs = comparison.runs
    told = [run.measured for run in runs.values() if run.measured is not None]
    names = tuple(dict.fromkeys(name for measured in told for name in measured.values if name not in NEEDED))
    records = tuple(_record(studio, slot, run, names) for slot, run in runs.items())
    opened = [run.opened for run in runs.values() if run.opened is not None]
    about = {
        "Program": tr("DGM Studio {version}", version=dgm_studio.__version__),
        "Device": ", ".join(dict.fromkeys(one.info.device for one in opened)),
        "Seeds": ", ".join(dict.fromkeys(str(one.spec.seed) for one in opened)),
    }
    title = opened[0].info.data_title if opened else comparison.data.label
    return ResultTable(title, budget_said(comparison), records, about)


def provenance(table: ResultTable) -> str:
    """Data, budget, seeds, device and version in one line."""
    return "  ·  ".join([table.data, table.budget, *(f"{name} {words}" for name, words in table.about.items())])


def budget_said(comparison: Comparison) -> str:
    """The budget in words."""
    budget = comparison.budget
    return (
        tr("{amount:,} {unit} each", amount=budget.amount, unit=budget.unit)
        if budget.amount
        else tr("as long as each was trained")
    )


def _record(studio: Studio, slot: str, run: RunState, names: tuple[str, ...]) -> RunResult:
    spec = studio.session.spec(slot) if run.opened is None else run.opened.spec
    title = studio.catalogue.family_title(spec.family)
    training = spec.training if run.learns else {}
    cells = _cells(title, run, names)
    return RunResult(spec.family, title, spec.config, training, spec.seed, run.step, run.seconds, cells)


def _cells(title: str, run: RunState, names: tuple[str, ...]) -> dict[str, ResultCell]:
    if run.failure or run.opened is None:
        return refused_figures(tr("not built"), run.failure or tr("{title} is being built.", title=title), names)
    if run.progress is not None and run.progress.phase == "failed":
        return diverged_figures(title, run.step, tr("its training diverged."), names)
    if run.measured is None:
        return refused_figures(tr("not measured"), tr("{title} was not measured yet.", title=title), names)
    beside = run.measured.values.get(GAUSSIAN)
    worked = beside is None or beside["value"] is None or beside["value"] < 1
    reason = run.opened.info.lossy or tr("{title} can write files without loss: Images, Compress.", title=title)
    curves = {} if run.curves is None else run.curves.measures
    pace = run.seconds / run.step if run.step else 0.0
    found = RunFindings(title, run.opened.info, run.measured, None, reason, int(worked), 1, curves, pace)
    return figures_of(found, names)
