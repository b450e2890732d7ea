"""The verb compare: who takes part, trained side by side, measured one by one, and written as one table."""

from __future__ import annotations

from pathlib import Path

from dgm_studio.api.budget import TrainingBudget
from dgm_studio.api.comparing import ContestantSpec, compared
from dgm_studio.api.job import BadInput
from dgm_studio.studio.compare.table_files import ENDINGS, write_table
from dgm_studio.studio.compare.writing import plain

from . import output
from .job import result, say
from .wanting import WantedRun, wanted_run

FILE_ENDINGS = (*ENDINGS, ".dgm")


def compare_run(
    runs: tuple[Path, ...], data: str | None, families: str | None, recipes: str | None, settings: tuple[str, ...],
    budget: str | None, repeats: int, measures: str | None, stability: bool, conditional: bool, columns: str | None,
    seed: int, device: str, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare and write; see `dgm-studio compare --help`. Ends with 130 where it was interrupted."""
    if out is not None:
        output.check_target(out, FILE_ENDINGS)
    names, known = _listed(families), _listed(recipes)
    if bool(names) != (data is not None):
        raise BadInput("Give --data and --families together: a data set, and the families that are trained on it.")
    if not runs and not names and not known:
        raise BadInput("Give saved runs, --data and --families, or --recipes, to compare.")
    wanted = [wanted_run(data, name, None, settings, columns, seed, device, conditional) for name in names]
    wanted += [wanted_run(None, None, name, (), None, seed, device, conditional) for name in known]
    specs = [_contestant(one, seed) for one in wanted]
    found = compared(runs, specs, TrainingBudget.read(budget), repeats, _listed(measures), stability, say)
    if out is not None and out.suffix.lower() == ".dgm":
        found.save(out)
    elif out is not None:
        write_table(found.table, out)
    result(found.table.to_json(), as_json, plain(found.table))
    if found.interrupted:
        raise KeyboardInterrupt


def _contestant(wanted: WantedRun, seed: int) -> ContestantSpec:
    title = wanted.family.title if wanted.recipe is None else wanted.recipe.title
    return ContestantSpec(wanted.spec.with_(seed=seed), title, wanted.steps)


def _listed(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else []
