"""The verb export: a run as Python over the library."""

from __future__ import annotations

from pathlib import Path

from dgm_studio.api.job import BadInput, Job
from dgm_studio.atomic import write as write_whole
from dgm_studio.studio.reading.python_script import NoScript, notebook, script

from . import output
from .job import result

FORMS = {"python": (".py", script), "notebook": (".ipynb", notebook)}


def export_run(run: Path, form: str, out: Path, as_json: bool) -> None:
    """Write; see `dgm-studio export --help`."""
    ending, write = FORMS[form]
    output.check_target(out, (ending,))
    opened = Job().load(run)
    try:
        text = write(opened.spec, opened.step, tuple(opened.info.classes))
    except NoScript as error:
        raise BadInput(str(error)) from None
    write_whole(out, text.encode())
    result({"out": str(out), "form": form}, as_json, f"Wrote {out}; run it where dgm_studio is installed.")
