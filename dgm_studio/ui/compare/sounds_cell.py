"""The samples of one run of sounds among others."""

from __future__ import annotations

import numpy as np

from dgm_studio.language import tr
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.studio import Studio

from ..sequences.sound_grid import SoundGrid
from .samples_cell import SamplesCell


class SoundsCell(SamplesCell):
    """As many sounds as there is room for."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__(studio, slot)
        self.sounds = SoundGrid(tr("Samples of {letter}", letter=letter(slot)))
        self.begin(self.sounds)

    def show_samples(self) -> None:
        run = self._studio.runs[self.slot]
        there = run.samples is not None and run.opened is not None and run.opened.info.rate > 0
        self.sounds.show_sounds(run.samples.x if there and run.samples is not None else np.zeros((0, 1), np.int16))

    def fade(self, faded: bool) -> None:
        self.sounds.fade(faded)
