"""The verb compare: who takes part, trained side by side, measured one by one, and written as one table."""

from __future__ import annotations

from pathlib import Path

from dgm_studio.api.job import BadInput
from dgm_studio.engine import catalogue
from dgm_studio.studio.compare.table_files import write_table
from dgm_studio.studio.compare.writing import plain

from . import output
from .budget import TrainingBudget
from .contestants import FILE_ENDINGS, ComparedRuns
from .job import result
from .wanting import wanted_run


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
    asked = _measures(measures)
    comparison = ComparedRuns(TrainingBudget.read(budget), asked)
    wanted = [wanted_run(data, name, None, settings, columns, seed, device, conditional) for name in names]
    wanted += [wanted_run(None, None, name, (), None, seed, device, conditional) for name in known]
    for path in runs:
        comparison.add_file(path)
    for one in wanted:
        for i in range(repeats):
            title = one.family.title if one.recipe is None else one.recipe.title
            comparison.add(one.spec.with_(seed=seed + i), title, stability, one.steps)
    comparison.on_one_data_set()
    if not any(one.usable for one in comparison.contestants):
        raise BadInput("Nothing can be compared. " + " ".join(one.refused for one in comparison.contestants))
    comparison.train()
    comparison.measure()
    table = comparison.table()
    if out is not None and out.suffix.lower() == ".dgm":
        comparison.save(out)
    elif out is not None:
        write_table(table, out)
    result(table.to_json(), as_json, plain(table))
    if comparison.interrupted:
        raise KeyboardInterrupt


def _listed(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else []


def _measures(text: str | None) -> tuple[str, ...]:
    """Measures by name. Raises BadInput for one that there is not."""
    names = tuple(_listed(text))
    try:
        for name in names:
            catalogue.named(catalogue.measures(), name, "measure")
    except catalogue.UnknownName as error:
        raise BadInput(str(error)) from None
    return names
