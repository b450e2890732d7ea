"""The samples of one run of images among others, or what it answers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from dgm_studio.language import tr
from dgm_studio.studio.compare.answers import CellAnswer
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import dim
from ..images.tiles import Tiles
from .samples_cell import SamplesCell

_NONE = np.zeros((0, 1, 1), np.uint8)


class ImagesCell(SamplesCell):
    """The samples of a run, or what it answers to the question that all are asked."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__(studio, slot)
        self.tiles = Tiles(tr("Samples of {letter}", letter=letter(slot)))
        self.tiles.pickable = False
        self.words = dim(wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words.hide()
        bind(self, studio, "answers", lambda _: self._refresh())
        self.begin(self.tiles, self.words)

    def show_samples(self) -> None:
        answers = self._studio.answers
        self.words.setVisible(answers.question is not None)
        if answers.question is not None:
            self._show_answer(answers.of.get(self.slot))
            return
        samples = self._studio.runs[self.slot].samples
        if samples is None or np.ndim(samples.x) > 2:  # of another kind where this view is on its way out
            self.tiles.show_images(_NONE if samples is None else np.asarray(samples.x))

    def _show_answer(self, answer: CellAnswer | None) -> None:
        """As large as there is room, as it comes."""
        self.tiles.show_images(_NONE if answer is None or answer.filled is None else np.asarray(answer.filled.x))
        self.words.setText(tr("It was not there when all were asked.") if answer is None else answer_said(answer))

    def show_age(self) -> None:
        """An answer is of the step at which it was given."""
        answers = self._studio.answers
        if answers.question is None:
            super().show_age()
            return
        run, answer = self._studio.runs.get(self.slot), answers.of.get(self.slot)
        self.fade(run is not None and answer is not None and run.step != answer.step)

    def fade(self, faded: bool) -> None:
        self.tiles.fade(faded)


def answer_said(answer: CellAnswer) -> str:
    """What belongs below an answer: by which method, how far from the original, of which step, or why there is none."""
    filled = answer.filled
    if filled is None:
        return tr("It {problem}.", problem=answer.problem) if answer.problem else tr("Answering …")
    far = "" if answer.distance is None else tr("{distance:.3f} from the original", distance=answer.distance)
    how = f"{filled.method}, {tr(filled.honesty)}" if filled.honesty else filled.method
    done = "" if filled.done else f"{filled.progress:.0%}"
    return "  ·  ".join(part for part in (done, how, far, tr("step {step:,}", step=answer.step)) if part)
