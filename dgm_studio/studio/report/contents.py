"""What a report says of runs: settings, measures with their errors, and how to make them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.protocol.messages import Measured
from dgm_studio.tables.result_table import ResultCell, ResultTable, RunResult

from ..compare.writing import figure_said, notes
from ..files.links import BadLink, to_link
from ..reading.command_line import command_lines
from ..reading.quality import short_unit, value_said
from ..session.session import Session
from ..session.state import RunState
from ..session.workspace import workspace_of
from .page import ReportLines, ReportTable


def facts(run: RunState, catalogue: Catalogue) -> ReportTable:
    """What a run is and how far it was trained, and every setting of its data, model, training and sampling."""
    assert run.opened is not None
    spec, info = run.opened.spec, run.opened.info
    sampling = spec.sampling
    rows = [
        ("data", spec.data.label),
        ("family", f"{catalogue.family_title(spec.family)} ({spec.family})"),
        *((("source", spec.source.label),) if spec.source is not None else ()),
        ("parameters", f"{info.parameters:,}"),
        (tr("training steps"), f"{run.step:,}"),
        (tr("training time"), f"{run.seconds:.1f} s"),
        ("seed", str(spec.seed)),
        ("device", info.device),
        ("conditional", "yes" if spec.conditional else "no"),
    ]
    drawn = {"sampler": sampling.sampler, "temperature": sampling.temperature, "seed": sampling.seed, **sampling.knobs}
    for name, values in (
        ("data", spec.data.params), ("model", spec.config), ("training", spec.training), ("sampling", drawn)
    ):  # fmt: skip
        rows += [(f"{name}: {key.replace('_', ' ')}", _said(value)) for key, value in values.items()]
    return ReportTable(("", "value"), rows)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else "–" if value is None else json.dumps(value)


def measures(told: Measured, catalogue: Catalogue) -> ReportTable:
    """Every measure with its standard error and the best that can be reached, and what the telling ones say."""
    rows = []
    for name, found in told.values.items():
        listed = catalogue.measure(name)
        unit, value, floor = short_unit(told.units.get(name, "")), found["value"], found["floor"]
        said = "–" if value is None else f"{value_said(value, found['error'])} {unit}".rstrip()
        best = "–" if floor is None else f"{value_said(floor)} {unit}".rstrip()
        rows.append((name if listed is None else listed.title, said, best))
    return ReportTable(("measure", tr("value ± standard error"), "floor"), rows, list(told.said.values()))


def compared(content: bytes | None, catalogue: Catalogue) -> ReportTable | None:
    """The measured table that a comparison was saved with; None where it has none that can be read."""
    try:
        about = json.loads(content or b"null")
        table = _table(about, catalogue)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    heads = [head if head == "model" else head.replace("_", " ") for head in table.heads]
    rows = [(row.title, *(figure_said(row.cells[name]) for name in table.columns)) for row in table.rows]
    return ReportTable(heads, rows, notes(table)) if rows else None


def _table(about: Mapping[str, Any], catalogue: Catalogue) -> ResultTable:
    """Raises KeyError, TypeError or AttributeError for what is no table."""
    runs = []
    for run in about["runs"]:
        cells = {
            str(name): ResultCell(
                cell["value"], cell["error"], cell["unit"] or "", cell["kind"] or "", cell["refused"] or "", cell["note"] or ""
            )
            for name, cell in run["cells"].items()
        }  # fmt: skip
        title = catalogue.family_title(run["family"])
        runs.append(
            RunResult(
                run["family"], title, run["config"], run["training"], run["seed"], run["steps"], run["seconds"], cells,
                run["file"] or "",
            )
        )  # fmt: skip
    titles = {measure.name: measure.title for measure in catalogue.measures}
    return ResultTable(str(about["data"]), str(about["budget"]), tuple(runs), about["about"], titles)


def reproduction(runs: Sequence[RunState]) -> list[ReportLines]:
    """The commands that train and sample runs again, and for each a link that opens its settings."""
    found = []
    for run in runs:
        assert run.opened is not None
        spec, info = run.opened.spec, run.opened.info
        commands = command_lines(spec, run.step, tuple(info.classes))
        found.append(ReportLines(commands, tr("In a terminal; on the same machine the same weights come out.")))
        workspace = workspace_of(info.kind)
        try:
            link = to_link(Session(workspace=workspace).with_spec(spec, workspace))
        except BadLink:
            continue  # data of this machine alone are in no link
        found.append(ReportLines([link], tr("Data, family and settings as a link: dgm-studio 'dgm:...' opens it.")))
    return found
