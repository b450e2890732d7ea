"""The verb figure: a saved run as vectors or pixels, with its caption and the numbers behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dgm_studio.api.job import BadInput
from dgm_studio.atomic import write as write_whole
from dgm_studio.studio.figure.choice import ENDINGS, BadFigure, FigureChoice, length_of
from dgm_studio.studio.film.choice import BadFilm

from . import output
from .filming import extent_of, layers_of
from .job import result


def figure_run(
    run: Path, view: str, layers: str | None,
    width: str, height: str | None, theme: Any, font: str, scale: int, no_legend: bool, t: float,
    step: int | None, extent: str | None, caption: bool, numbers: Path | None, out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Draw and write; see `dgm-studio figure --help`."""
    output.check_target(out, ENDINGS)
    if numbers is not None:
        output.check_target(numbers, (".npz", ".csv"))
    if not run.is_file():
        raise BadInput(f"{run} does not exist. Check the path.")
    try:
        wide = length_of(width)
        choice = FigureChoice(
            view=view, width=wide, height=0.75 * wide if height is None else length_of(height), theme=theme,
            serif=font == "serif", scale=scale, legend=not no_legend, t=t, step=step, extent=extent_of(extent),
            layers=layers_of(layers),
        )  # fmt: skip
        choice.check(out)
        from dgm_studio.ui.figure.saved import draw_saved

        said = draw_saved(run, choice, out, numbers)
    except (BadFigure, BadFilm) as error:
        raise BadInput(str(error)) from None
    beside = out.with_name(f"{out.name}.txt")
    if caption:
        write_whole(beside, said.written().encode())
    values = {
        "out": str(out), "view": view, "width_cm": choice.width, "height_cm": choice.height, "caption": said.text,
        "alternative": said.alternative, "provenance": said.provenance,
        **({"caption_file": str(beside)} if caption else {}), **({} if numbers is None else {"numbers": str(numbers)}),
    }  # fmt: skip
    result(values, as_json, f"Wrote {out} ({choice.width:g} x {choice.height:g} cm). {said.text}")
