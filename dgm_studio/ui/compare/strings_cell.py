"""The samples of one run of strings among others."""

from __future__ import annotations

import numpy as np

from dgm_studio.language import tr
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.studio import Studio

from ..sequences.string_grid import StringGrid
from .samples_cell import SamplesCell


class StringsCell(SamplesCell):
    """As many strings as there is room for, each with its mark."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__(studio, slot)
        self.strings = StringGrid(tr("Samples of {letter}", letter=letter(slot)))
        self.begin(self.strings)

    def show_samples(self) -> None:
        run = self._studio.runs[self.slot]
        samples, alphabet = run.samples, () if run.opened is None else run.opened.info.alphabet
        rows = np.zeros((0, 1), np.uint8) if samples is None or not alphabet else samples.x
        self.strings.show_strings(rows, alphabet, None if samples is None else samples.valid)

    def fade(self, faded: bool) -> None:
        self.strings.fade(faded)
