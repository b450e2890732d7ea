"""The steps of an answer on the canvas, filmed: the question, and beside it the candidates from their noise to the end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.film.choice import BadFilm, FilmChoice
from dgm_studio.studio.film.offstage import Offstage
from dgm_studio.studio.painting.canvas_steps import Results
from dgm_studio.studio.painting.results import ResultHistory
from dgm_studio.studio.studio import Studio

from ..images.tiles import Tiles
from .scenes import Scene
from .stage import Stage

_HOLE = 128
"""Grey level of what was asked for."""


class PaintingScene(Scene):
    """What stood on the canvas, and the candidates as far as they have come."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__()
        self.tiles = Tiles(tr("The question and its candidates"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.tiles)

    @property
    def parts(self) -> list[QWidget]:
        return [self.tiles]

    def draw_finely(self, ratio: float) -> None:
        self.tiles.draw_finely(ratio)


def painting_steps(offstage: Offstage, stage: Stage, choice: FilmChoice) -> Iterator[Array]:
    """The frames of the newest answer, which is asked for once more with its seed. Raises BadFilm where there is none, or no
    way to it.
    """
    studio = offstage.studio
    scene = stage.scenes[stage.slots[0]]
    if len(stage.slots) > 1 or not isinstance(scene, PaintingScene):
        raise BadFilm(tr("A comparison has no canvas: give one run."))
    asked = _newest(studio)
    told: list[m.Filled] = []
    leave = studio.on(m.Filled, told.append)
    try:
        studio.ask.fill(asked, live=False)
        offstage.work_until(lambda: bool(told) and told[-1].done, tr("answer of the canvas"))
    finally:
        leave()
    answer = told[-1]
    steps = answer.path if answer.path is not None and len(answer.path) else answer.x[None]
    if len(steps) < 2:
        raise BadFilm(tr("{method} gives its answer in one step: there is no way to film.", method=answer.method))
    question = _question(asked, answer)
    for place in map(float, choice.places()):
        at = round(place * (len(steps) - 1))
        scene.tiles.show_images(np.concatenate([question[None], steps[at]]))
        stage.show_moment(tr("step {at} of {steps}", at=at, steps=len(steps) - 1))
        yield stage.pixels()


def _newest(studio: Studio) -> Results:
    """The newest answer that the file holds, with what it went on from."""
    history = ResultHistory()
    try:
        history.load_members(studio.loaded)
    except ValueError as error:
        raise BadFilm(str(error)) from None
    if not history.items:
        raise BadFilm(tr("The file holds no answer of the canvas. Fill something, and save the run again."))
    found = history.candidates(history.items[0].facts.number)
    assert found is not None
    assert found.answer is not None
    if found.answer.step != studio.run.step:
        raise BadFilm(
            tr(
                "The answer was given after {step:,} steps of training, and the model has had {step_2:,} "
                "by now: its steps cannot be walked again. Fill it once more, and save the run.",
                step=found.answer.step,
                step_2=studio.run.step,
            )
        )
    return found


def _question(asked: Results, answer: m.Filled) -> Array:
    """The picture that was asked about (H, W[, 3]), with grey where something was to be made."""
    if answer.observed is not None and answer.observed.shape == asked.image.shape:
        return answer.observed
    if asked.question is not None and asked.question.condition == "strokes":
        return asked.image
    free = asked.mask if asked.image.ndim == 2 else asked.mask[..., None]
    open_: Array = np.rint(asked.image * (1 - free) + _HOLE * free).astype(np.uint8)
    return open_
