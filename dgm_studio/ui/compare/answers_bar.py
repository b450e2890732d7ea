"""Answers bar: above a comparison of images, whether cells show samples or what they answer to the canvas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Opened
from dgm_studio.studio.compare.asking import SharedQuestion
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import ComboBox, Elided, Segmented, Tree, button
from .shoot_out_question import QuestionPane, ShootOutQuestion, lower_half, question

_COUNTS = (1, 4, 9, 16)
_SHOWN = (
    ("samples", tr("Samples"), tr("What every run draws.")),
    ("answers", tr("Answers"), tr("What every run makes of the picture and the mask on the canvas.")),
)


class AnswersBar(QWidget):
    """``canvas`` gives what is painted on, None where it was never there."""

    def __init__(self, studio: Studio, canvas: Callable[[], Canvas | None]) -> None:
        super().__init__()
        self._studio, self._canvas = studio, canvas
        self.shown = Segmented(_SHOWN, tr("What cells show"))
        self.shown.chosen.connect(self.choose)
        self.shown.show_value("samples")
        self.count = ComboBox()
        self.count.setAccessibleName(tr("Answers of each"))
        for n in _COUNTS:
            self.count.addItem(tr("{n} answer{value} each", n=n, value="s" * (n != 1)), n)
        self.count.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.count.setCurrentIndex(1)
        self.count.activated.connect(lambda _: self.start())
        self.ask = button(tr("Ask again"), tr("Ask every run about what is on the canvas now."))
        self.ask.clicked.connect(self.start)
        self.note = Elided()
        self.pane = QuestionPane()
        self.pane.show_flat(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.shown, self.count, self.ask):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.note, 1)
        row.addWidget(self.pane)
        bind(self, studio, "answers", lambda _: self.refresh())
        bind(self, studio, Opened, lambda _: self.refresh())
        self.refresh()

    @property
    def controls(self) -> Tree:
        return {"shown": self.shown, "count": self.count, "ask": self.ask}

    def choose(self, shown: str) -> None:
        """Show "samples" or "answers"; these are asked for."""
        self.shown.show_value(shown)
        if shown == "answers":
            self.start()
        else:
            self._studio.answers.forget()

    def start(self) -> None:
        """Ask every run about the canvas, or, where it holds no picture of this kind, about one of the data."""
        asked = self._asked()
        if asked is None:
            self._studio.notify("info", tr("No run is there yet that could be asked."))
            self._studio.answers.forget()
            return
        self.pane.show_question(asked)
        sampling = self._studio.session.spec().sampling
        self._studio.answers.ask(
            SharedQuestion(asked.image, asked.mask, int(self.count.currentData()), sampling.seed, asked.original,
                           sampling.label, sampling.temperature)
        )  # fmt: skip

    def _asked(self) -> ShootOutQuestion | None:
        run = next((r for r in self._studio.comparison.runs.values() if r.opened is not None), None)
        if run is None or run.opened is None or run.opened.info.kind != "images":
            return None
        channels, *size = run.opened.info.event
        canvas = self._canvas()
        if canvas is not None:
            asked = question(canvas)
            if asked.image.shape == ((*size, 3) if channels == 3 else tuple(size)) and asked.original is not None:
                return asked
        if run.data is None or not len(run.data.x):
            return None
        image = np.asarray(run.data.x[0])
        return ShootOutQuestion(image, lower_half(image), image, True)

    def refresh(self) -> None:
        """Show what is under way."""
        answers = self._studio.answers
        on = answers.question is not None
        self.shown.show_value("answers" if on else "samples")
        for each in (self.count, self.ask, self.pane):
            each.setVisible(on)
        hint = tr("Paint picture and mask in Images, Paint.") if on else ""
        self.note.setText(tr("Each is answering …") if answers.answering else hint)
