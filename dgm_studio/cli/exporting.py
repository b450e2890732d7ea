"""The verb export: a run as Python over the library, or its model for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from dgm_studio.api.job import BadInput
from dgm_studio.atomic import write as write_whole
from dgm_studio.protocol import messages as m
from dgm_studio.studio.reading.python_script import NoScript, notebook, script

from . import output
from .job import result
from .reading import open_run

SCRIPTS = {"python": (".py", script), "notebook": (".ipynb", notebook)}
MODELS: tuple[m.ExportForm, ...] = get_args(m.ExportForm)
FORMS = (*SCRIPTS, *MODELS)


def export_run(run: Path, form: str, out: Path, as_json: bool) -> None:
    """Write; see `dgm-studio export --help`."""
    if form in SCRIPTS:
        _export_script(run, form, out, as_json)
        return
    chosen = next(each for each in MODELS if each == form)
    output.check_target(out, (m.EXPORT_ENDINGS[chosen],))
    model = open_run(run)
    done = model.ask(m.ExportModel(model.name, chosen, out.absolute(), 1), m.ExportedModel)
    names = [str(path) for path in done.paths]
    result({"out": names[0], "form": form, "files": names}, as_json, f"Wrote {' and '.join(names)}. {done.said}")


def _export_script(run: Path, form: str, out: Path, as_json: bool) -> None:
    ending, write = SCRIPTS[form]
    output.check_target(out, (ending,))
    opened = open_run(run).opened
    try:
        text = write(opened.spec, opened.step, tuple(opened.info.classes))
    except NoScript as error:
        raise BadInput(str(error)) from None
    write_whole(out, text.encode())
    result({"out": str(out), "form": form}, as_json, f"Wrote {out}; run it where dgm_studio is installed.")
