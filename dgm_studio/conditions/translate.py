"""Translating what was painted: the picture starts at the source, and goes its way to the data.

Strokes are paint over a picture; a flow between two data sets needs no noise to forget them by, and no strength says how much.
Outside a mask the picture stays as it was painted.
"""

from __future__ import annotations

from dataclasses import dataclass

from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import Frame, Rng, Settings, Steer
from dgm_studio.samplers.between import SourceSampler


@dataclass(frozen=True)
class StrokesTranslated:
    """The painted picture as an example of the source, on its way to the data."""

    sampler: SourceSampler
    title: str = "StrokesTranslated"
    help: str = "The painted picture is taken for one of the source and goes its way to the data."

    @property
    def Knobs(self) -> type[Settings]:
        return self.sampler.there.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        strokes = steer.condition
        if not isinstance(strokes, Strokes):
            return self.sampler.start(n, steer, rng)
        x = strokes.painted().expand(n, *strokes.under.shape)
        return Frame(self.sampler.ends.noisy(x, steer.temperature, rng), 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        strokes = steer.condition
        there = self.sampler.there
        if not isinstance(strokes, Strokes):
            return self.sampler.step(frame, steer, rng)
        walked = there.step(frame, steer, rng)
        if walked.t < 1 or strokes.mask is None:
            return walked
        painted = strokes.painted().expand_as(frame.x)
        x = painted + strokes.mask.to(walked.x) * (walked.x - painted)
        return Frame(x, 1.0, {"estimate": x})
