"""Sequences: the view of the workspace of strings and sounds. Of strings: samples as they are drawn, data beside them, the way
there, and filling in. Sounds have a page of their own."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Data, Filled, History, Opened, Progress, Samples
from dgm_studio.studio.reading.moment import FRESH, ages
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Chip, Elided, Tree, dim, separator
from ..naming import join
from ..panels.ageing import Ageing
from ..panels.empty_state import EmptyState
from ..plane.time_bar import TimeBar
from .letter_filling import COUNT, LetterFilling
from .sounds_page import SoundsPage
from .string_grid import StringGrid

SLOT = "sequences"
_LAYERS = frozenset({"samples", "path"})


class SequencesView(QFrame):
    """Binds its parts to the run of sequences; asks for something only while it is in front."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("surface", "plot")
        self._studio = studio
        self._looked = False
        self._filled_step = -1
        self.samples = StringGrid(tr("Samples of the model"))
        self.data = StringGrid(tr("Examples of the data"), "data")
        self.beside = Chip(tr("data beside"), tr("Show examples of the data beside the samples."), dot="data")
        self.caption = Elided()
        self.when = dim("")
        self.when.setToolTip(tr("What is shown is not of the moment that is looked at."))
        self.letters_time = TimeBar()
        self.sounds = SoundsPage(studio, SLOT)
        self.filling = LetterFilling()
        self.empty = EmptyState()
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.beside)
        bar.addWidget(self.caption, 1)
        bar.addWidget(self.when)
        halves = QHBoxLayout()
        halves.setSpacing(16)
        halves.addWidget(self.samples, 2)
        halves.addWidget(self.data, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addLayout(halves, 1)
        column.addWidget(self.letters_time)
        column.addWidget(separator())
        column.addWidget(self.filling)
        self.stack = QStackedWidget()
        self.stack.addWidget(page)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.sounds)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

        self.data.hide()
        self.beside.toggled.connect(self.data.setVisible)
        self.samples.clicked.connect(self._picked)
        self.samples.fitted.connect(self._say_samples)
        self.data.clicked.connect(lambda index: self._take(self.data, index))
        self.filling.answers.clicked.connect(lambda index: self._take(self.filling.answers, index))
        self.filling.asked.connect(self._ask)
        self.letters_time.moved.connect(studio.set_time)
        self.letters_time.film_asked.connect(lambda: studio.commands.run("file.film"))
        self.ageing = Ageing(self, lambda: ages(studio.runs[SLOT], studio.session.spec(SLOT), studio.session.time))
        self.ageing.changed.connect(lambda _: self._show_age())
        bind_run(self, studio, Opened, self._opened, SLOT)
        bind_run(self, studio, Data, self._show_data, SLOT)
        bind_run(self, studio, Samples, lambda _: self._show_samples(), SLOT)
        bind_run(self, studio, Filled, self._show_filled, SLOT)
        bind_run(self, studio, Progress, lambda _: self._show_progress(), SLOT)
        for kind in (Samples, History, Progress, Opened):
            bind_run(self, studio, kind, lambda _: self.ageing.refresh(), SLOT)
        bind_run(self, studio, "edited", lambda _: self.ageing.refresh(), SLOT)
        bind(self, studio, "session", lambda _: self._follow())
        bind(self, studio, "workspace", lambda _: self._follow())
        self._catch_up()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "sequences": {
                "samples": self.samples,
                "data": self.data,
                "data_beside": self.beside,
                "way": self.letters_time,
                "fill": self.filling,
                "sounds": self.sounds,
            }
        }

    @property
    def time(self) -> TimeBar:
        """The bar of what is shown."""
        return self.sounds.time if self.sounds.rate else self.letters_time

    @property
    def alphabet(self) -> tuple[str, ...]:
        opened = self._studio.runs[SLOT].opened
        return () if opened is None else opened.info.alphabet

    # --- what the studio says ---------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        run = self._studio.runs[SLOT]
        if run.opened is not None:
            self._opened(run.opened)
        if run.data is not None:
            self._show_data(run.data)
        self._follow()

    def _opened(self, opened: Opened) -> None:
        self._filled_step, self._looked = -1, False
        if self.alphabet:
            self.filling.show_info(opened.info)
            self.letters_time.show_ends(self._studio.runs[SLOT].begins)
        self._follow()

    def _show_data(self, data: Data) -> None:
        if not self.alphabet:
            return
        self.data.show_strings(data.x, self.alphabet)
        if self.filling.empty and len(data.x):
            longest = int((data.x > 0).sum(1).argmax())
            self.filling.show_string(data.x[longest].tolist())

    def _show_samples(self) -> None:
        """The samples, or where they were on their way at the time that the slider says."""
        studio, samples = self._studio, self._studio.runs[SLOT].samples
        self._show_front()
        if samples is None or not self.alphabet or samples.x.dtype != np.uint8:
            return
        t, valid = studio.session.time, samples.valid
        rows: Array = samples.x
        if t < 1 and samples.path is not None and samples.times is not None:
            rows = samples.path[int(np.searchsorted(samples.times, t, side="right")) - 1]
            valid = None
        picked = self.samples.picked
        if picked >= 0 and not (picked < len(rows) and np.array_equal(rows[picked], self.samples.rows[picked])):
            self.samples.pick(-1)  # what was asked about is gone, and what was said of it
            studio.ask.forget(SLOT, "classify")
        self.samples.show_strings(rows, self.alphabet, valid)
        self._say_samples()

    def _say_samples(self) -> None:
        samples = self._studio.runs[SLOT].samples
        if samples is None or not self.alphabet:
            return
        rows, valid = self.samples.rows, samples.valid if self._studio.session.time >= 1 else None
        took = (
            tr("{seconds:.0f} ms", seconds=samples.seconds * 1000)
            if samples.seconds < 0.1
            else f"{samples.seconds:.2f} s"
        )
        parts = [
            tr("{rows} samples", rows=len(rows)),
            "" if valid is None else tr("{mean:.1%} valid", mean=valid.mean()),
        ]
        parts += [took if samples.done else tr("being drawn")]
        parts += [] if self.samples.shown >= len(rows) else [tr("{shown} shown", shown=self.samples.shown)]
        self.caption.setText(" · ".join(filter(None, parts)))
        self.caption.setToolTip(self.caption.text())

    def _show_filled(self, filled: Filled) -> None:
        self._filled_step = filled.step
        if self.alphabet:
            self.filling.show_filled(filled, filled.step)

    def _show_progress(self) -> None:
        """Once training rests, the string is filled in anew by what was learned."""
        self._show_front()
        run = self._studio.runs[SLOT]
        if (
            self.alphabet
            and not run.training
            and run.step != self._filled_step
            and self._filled_step >= 0
            and self._in_front
        ):
            self._ask()

    def _show_age(self) -> None:
        age = self.ageing.shown.get("samples", FRESH)
        self.samples.fade(age.faded)
        self.when.setText(age.word)
        self.sounds.fade(age.faded, age.word)

    def _follow(self) -> None:
        """The session changed, or another workspace is in front."""
        studio, time = self._studio, self._studio.session.time
        if not self.letters_time.playing:
            self.letters_time.show_time(time)
        self._show_samples()
        self.sounds.refresh()
        self.ageing.refresh()
        if not self._in_front:
            self._looked = False
        elif studio.runs[SLOT].opened is not None and not self._looked:
            self._looked = True
            studio.look(_LAYERS, slot=SLOT)

    @property
    def _in_front(self) -> bool:
        return self._studio.workspace == SLOT

    def _show_front(self) -> None:
        run = self._studio.runs[SLOT]
        if run.samples is None:
            doing = run.progress.activity if run.progress is not None else ""
            self.empty.say(
                doing.capitalize() if doing else tr("Drawing the first samples"),
                tr("An untrained model writes letters by chance. Press Train and watch them fall into place."),
            )
        self.stack.setCurrentIndex(1 if run.samples is None else 2 if self.sounds.rate else 0)

    # --- what a person does -----------------------------------------------------------------------------------------

    def _picked(self, index: int) -> None:
        """Fill in a sample, and say how likely it is."""
        self._take(self.samples, index)
        if self._in_front and (self.samples.rows[index] < len(self.alphabet)).all():
            self._studio.ask.classify(self.samples.rows[index][None])

    def _take(self, grid: StringGrid, index: int) -> None:
        """Fill in this string, if nothing of it is still on its way."""
        row = grid.rows[index]
        if (row < len(self.alphabet)).all():
            self.filling.show_string(row.tolist())

    def _ask(self) -> None:
        run, filling = self._studio.runs[SLOT], self.filling
        if run.opened is None or not self._in_front or filling.empty:
            return
        self._filled_step = run.step
        self._studio.ask.fill_sequence(filling.row, filling.hidden, COUNT, filling.seed, filling.method or None)
