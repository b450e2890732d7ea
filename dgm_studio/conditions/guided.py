"""Steering a noise path towards a measurement by correcting the denoised estimate in every step.

How it is corrected is what `ddnm`, `pigdm` and `dps` differ in. All see a measurement through `Problem`, a mask being the
measurement of single pixels. None is exact unless data are Gaussian: the estimate is corrected as if one Gaussian could
stand for all clean pictures that fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from dgm_studio.conditions.inverse import Linear, PathDenoiser, Problem, posterior_step
from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import Observation
from dgm_studio.contract import Frame, Rng, Settings, Steer, extend, knob
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Path, PathSampler, StepKnobs, next_time


class EtaKnobs(Settings):
    """Fresh noise."""

    eta: float = knob(
        1.0,
        0.0,
        1.0,
        step=0.05,
        help="Share of fresh noise in every step: 1 lets early errors heal, 0 follows the ODE.",
    )


@dataclass(frozen=True)
class Corrected:
    """What a correction gives: clean latents (n, *shape), and what is added to those that the step leads to."""

    clean: Tensor
    shift: Tensor | float = 0.0


class Correction(Protocol):
    """How the estimate at latents ``z`` (n, *shape) and progress ``t`` is made to agree with a measurement.

    ``steps`` is how many it does well with, ``Knobs`` what it adds to those of the path.
    """

    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def Knobs(self) -> type[EtaKnobs]: ...
    @property
    def steps(self) -> int: ...
    def correct(
        self, denoise: PathDenoiser, problem: Problem, z: Tensor, t: float, steer: Steer, rng: Rng
    ) -> Corrected: ...


@dataclass(frozen=True)
class Guided:
    """Walks the path of ``sampler`` with corrected estimates; without a condition it is that sampler."""

    sampler: PathSampler[Any]
    denoise: PathDenoiser
    correction: Correction

    @property
    def title(self) -> str:
        return self.correction.title

    @property
    def help(self) -> str:
        return self.correction.help

    @property
    def Knobs(self) -> type[StepKnobs]:
        return extend(self.denoise.sampler.Knobs, self.correction.Knobs, steps=self.correction.steps)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return self.sampler.start(n, steer, rng)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        condition = steer.condition
        if not isinstance(condition, Mask | Observation):
            return self.sampler.step(frame, steer, rng)
        path = self.sampler.path
        t, s = frame.t, next_time(frame.t, steer.read(self.Knobs).steps)
        z = path.latents(frame)
        there = self.correction.correct(self.denoise, Problem.at(path, condition, t), z, t, steer, rng)
        mean, fresh = posterior_step(path, z, there.clean, t, s, steer.read(self.correction.Knobs).eta)
        z = mean + there.shift
        if fresh:
            z = z + fresh * math.sqrt(steer.temperature) * noise_like(z, rng)
        return arrive(condition, path, z, there.clean, s)


def arrive(condition: Linear, path: Path, z: Tensor, clean: Tensor, s: float, **state: Any) -> Frame:
    """The frame of latents ``z`` at progress ``s`` that foresee ``clean`` ones; in the last one the estimate is the sample."""
    frame = path.frame(z, s, state)
    if s == 1:
        x = condition.settle(frame.x)
        return frame.with_(x=x, state={**frame.state, "estimate": x})
    return frame.with_(state={**frame.state, "estimate": condition.settle(path.space.decode(clean))})
