"""The verb report: what is known of a saved run, or a comparison, as one page."""

from __future__ import annotations

from pathlib import Path

from dgm_studio.api.job import BadInput
from dgm_studio.studio.film.choice import BadFilm

from . import output
from .job import result, say


def report_run(run: Path, out: Path, as_json: bool) -> None:
    """Draw, measure and write; see `dgm-studio report --help`."""
    output.check_target(out, (".html", ".pdf"))
    if not run.is_file():
        raise BadInput(f"{run} does not exist. Check the path.")
    from dgm_studio.ui.report.report import report

    try:
        report(run, out, lambda doing: say(f"{doing} ..."))
    except BadFilm as error:
        raise BadInput(str(error)) from None
    result({"out": str(out), "bytes": out.stat().st_size}, as_json, f"Wrote {out} ({out.stat().st_size / 1e6:.1f} MB).")
