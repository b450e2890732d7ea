"""Coloured strokes as a condition: paint roughly, and let a model make it look like its data.

SDEdit (Meng et al. 2021, arXiv:2108.01073): give the painted picture as much noise as a sample has part of the way along,
and take it away again. The more noise, the more of the paint is forgotten and the more the result looks like data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.replacement import put_back
from dgm_studio.contract import Frame, Rng, Settings, Steer
from dgm_studio.samplers.path import PathSampler


@dataclass(frozen=True)
class Strokes:
    """Paint over a picture, and how far it may be changed.

    ``under`` is the picture and ``value`` the paint, both (*event) in model units; ``alpha`` in [0, 1], broadcast against
    them, is the paint's opacity. ``strength`` in [0, 1]: 0 changes nothing, 1 forgets everything. ``mask``, broadcast
    against the event, is 1 where the result may differ from what is painted; without one that is everywhere. Raises
    ValueError for a strength or an opacity outside [0, 1].
    """

    under: Tensor
    value: Tensor
    alpha: Tensor
    strength: float
    mask: Tensor | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"the strength lies between 0 (change nothing) and 1 (forget), not at {self.strength:g}")
        if not bool(((self.alpha >= 0) & (self.alpha <= 1)).all()):
            raise ValueError("the opacity of paint lies between 0 and 1 everywhere")

    @property
    def name(self) -> str:
        return "strokes"

    def painted(self) -> Tensor:
        """The picture with the paint on it, (*event)."""
        return self.under + self.alpha * (self.value - self.under)

    def held(self) -> Mask | None:
        """What must stay as it is painted."""
        return None if self.mask is None else Mask(self.painted(), self.mask)


def snap(strength: float, steps: int) -> float:
    """The nearest strength that means a whole number of steps out of ``steps``: others would act alike."""
    return round(strength * steps) / steps


@dataclass(frozen=True)
class SdEdit:
    """The last part of the path of ``sampler``, from the painted picture; without strokes it is that sampler.

    Progress t of the edit is progress ``1 - strength (1 - t)`` of the path, of whose steps the share ``strength`` is made.
    """

    sampler: PathSampler[Any]
    title: str = "SDEdit"
    help: str = "The painted picture is given noise, as much as the strength says, and that noise is removed again."

    @property
    def Knobs(self) -> type[Settings]:
        return self.sampler.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        strokes = steer.condition
        if not isinstance(strokes, Strokes):
            return self.sampler.start(n, steer, rng)
        t = 1 - self._strength(strokes, steer)
        if t == 0:
            return self.sampler.start(n, steer, rng)  # on some paths a trace of the data is left at the very start
        path = self.sampler.path
        if not path.space.affine:
            return path.frame(path.noised_latents(strokes.painted(), t, n, rng), 0.0)
        return Frame(path.noised(strokes.painted(), t, n, rng), 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        strokes = steer.condition
        if not isinstance(strokes, Strokes):
            return self.sampler.step(frame, steer, rng)
        strength = self._strength(strokes, steer)
        if strength == 0:
            x = self.sampler.path.noised(strokes.painted(), 1.0, len(frame.x), rng)
            return Frame(x, 1.0, {"estimate": x})
        there = self.sampler.step(frame.with_(t=1 - strength * (1 - frame.t)), steer, rng)
        held = strokes.held()
        if held is not None:
            there = put_back(self.sampler, there, held, rng)
        return there.with_(t=1 - (1 - there.t) / strength)

    def _strength(self, strokes: Strokes, steer: Steer) -> float:
        return snap(strokes.strength, steer.read(self.sampler.Knobs).steps)
