"""The samples of one run of strings among others."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QFrame, QVBoxLayout

from dgm_studio.protocol.messages import History, Opened, Progress, Samples
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.reading.moment import age_of_samples, looked_at
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..sequences.string_grid import StringGrid


class StringsCell(QFrame):
    """As many strings as there is room for, each with its mark."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__()
        self._studio, self.slot = studio, slot
        self.setProperty("surface", "plot")
        self.strings = StringGrid(f"Samples of {letter(slot)}")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.strings, 1)
        bind_run(self, studio, Samples, lambda _: self._show_samples(), slot=slot)
        for topic in (Progress, History):
            bind_run(self, studio, topic, lambda _: self._show_age(), slot=slot)
        bind_run(self, studio, Opened, lambda _: self._opened(), slot=slot)
        bind(self, studio, "session", lambda _: self._show_age())
        bind(self, studio, "workspace", lambda _: self._look())
        self._opened()

    def _opened(self) -> None:
        self._show_samples()
        self._look()

    def _look(self) -> None:
        studio = self._studio
        if self.slot in studio.session.seen and studio.runs[self.slot].opened is not None:
            studio.look(frozenset({"samples"}), slot=self.slot)

    def _show_samples(self) -> None:
        run = self._studio.runs[self.slot]
        samples, alphabet = run.samples, () if run.opened is None else run.opened.info.alphabet
        rows = np.zeros((0, 1), np.uint8) if samples is None or not alphabet else samples.x
        self.strings.show_strings(rows, alphabet, None if samples is None else samples.valid)
        self._show_age()

    def _show_age(self) -> None:
        run = self._studio.runs.get(self.slot)
        if run is not None and run.samples is not None and self.slot in self._studio.session.slots:
            now = looked_at(run, self._studio.session.spec(self.slot), 1.0)
            self.strings.fade(age_of_samples(run.samples, now).faded)
