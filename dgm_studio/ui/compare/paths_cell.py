"""The paths of one run among others."""

from __future__ import annotations

from dgm_studio.language import tr
from dgm_studio.protocol.paths import Situation, complete
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.studio import Studio

from ..paths.situation_plot import SituationPlot
from .samples_cell import SamplesCell


class PathsCell(SamplesCell):
    """The fan of candidates around the obstacle, where a situation is given."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__(studio, slot)
        self.plot = SituationPlot()
        self.plot.setAccessibleName(tr("Paths of {letter}", letter=letter(slot)))
        self.begin(self.plot)

    def show_samples(self) -> None:
        samples = self._studio.runs[self.slot].samples
        label = None if samples is None or samples.sampling is None else samples.sampling.label
        given = {} if label is None or isinstance(label, int) else {name: float(value) for name, value in label}
        situation = Situation.of(given) if complete(given) else None
        if situation is not None:
            self.plot.show_situation(situation)
        self.plot.show_fan(None if samples is None or samples.x.ndim != 3 else samples.x, situation)

    def fade(self, faded: bool) -> None:
        self.plot.fade_fan(faded)
