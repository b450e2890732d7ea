"""Figures of saved runs, drawn without a display and without the settings of a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dgm_studio.studio.figure.behind import write_numbers
from dgm_studio.studio.figure.caption import Caption
from dgm_studio.studio.figure.choice import FigureChoice
from dgm_studio.studio.film.offstage import Offstage

from ..film.filming import offstage
from ..film.stage import Stage
from .figure import write


def draw_saved(run: Path, choice: FigureChoice, out: Path, numbers: Path | None = None) -> Caption:
    """Draw a saved run, or a comparison, and write the ``numbers`` behind it. Raises BadFigure, BadFilm, OSError."""
    choice.check(out)
    with offstage(run, "light") as place:
        studio = place.studio
        place.hold_noise()
        if choice.layers is not None:
            studio.set_layers(choice.layers)
        if choice.step is not None:
            kept = place.remember_training()
            studio.rewind(min(kept, key=lambda step: abs(step - (choice.step or 0))))
            place.settle()
        studio.set_time(choice.t)
        caption = write(studio, choice, out, draw_all(place))
        if numbers is not None:
            write_numbers(numbers, studio.run, studio.session, choice.view)
    return caption


def draw_all(place: Offstage) -> Callable[[Stage], None]:
    """What lets the engine draw all that a page shows."""

    def draw(stage: Stage) -> None:
        for scene in stage.scenes.values():
            scene.ask(place.studio.session.time)
        place.settle()

    return draw
