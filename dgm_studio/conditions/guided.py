"""Three ways to steer a noise path towards a measurement, each by correcting the denoised estimate in every step.

* **DDNM** (Wang, Yu & Zhang 2022, arXiv:2212.00490): replace what the measurement tells by what was measured,
  ``D + A^+ (y - A D)``; with noise, or in principal components, its Gaussian form ``D + R A^T K^-1 (y - A D)``.
* **PiGDM** (Song, Vahdat, Mardani & Kautz 2023, openreview 9_gsMA8MRKQ): the same with the covariance that the network
  itself has, ``(b^2 / a) (dD/dz)^T`` in place of ``R``: the gradient of log p(y | z) if clean codes given ``z`` are Gaussian.
* **DPS** (Chung et al. 2022, arXiv:2209.14687): after a free step walk down the gradient of the misfit ``|y - A D(z)|``.

All see a measurement through `Problem`, a mask being the measurement of single pixels. None is exact unless data are
Gaussian: the estimate is corrected as if one Gaussian could stand for all clean pictures that fit ``z``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import create_model
from torch import Tensor

from dgm_studio.conditions.inverse import Denoiser, Linear, Problem, look, posterior_step
from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import Observation
from dgm_studio.contract import Frame, Rng, Settings, Steer, knob
from dgm_studio.samplers.path import PathSampler, StepKnobs, next_time, with_steps
from dgm_studio.samplers.stochastic import noise_like


@cache
def with_fields(knobs: type[Settings], prefix: str, steps: int, fields: Callable[[], dict[str, Any]]) -> type[Settings]:
    """The knobs of a sampler with another default number of steps and further fields."""
    base = with_steps(knobs, steps) if issubclass(knobs, StepKnobs) else knobs
    return create_model(prefix + knobs.__name__, __base__=base, __doc__=knobs.__doc__, **fields())


def eta_field() -> dict[str, Any]:
    """The knob for fresh noise."""
    return {
        "eta": (
            float,
            knob(
                1.0,
                0.0,
                1.0,
                step=0.05,
                help="Share of fresh noise in every step: 1 lets early errors heal, 0 follows the ODE.",
            ),
        )
    }


def dps_fields() -> dict[str, Any]:
    """The knobs of DPS: fresh noise, and how hard it pulls."""
    return eta_field() | {
        "pull": (
            float,
            knob(
                1.0,
                0.0,
                4.0,
                step=0.05,
                help="How much of the misfit each step takes away, to first order: less is freer, more may overshoot.",
            ),
        )
    }


Correct = Callable[[Denoiser, Problem, Tensor, float, float, "Ask"], tuple[Tensor, Tensor | float]]
"""(denoiser, problem, codes at t, t, s, ask) to (clean codes corrected, what to add to the codes at s)."""


@dataclass(frozen=True)
class Ask:
    """What a step is made with."""

    steer: Steer
    knobs: dict[str, Any]
    rng: Rng


def ddnm(denoise: Denoiser, problem: Problem, z: Tensor, t: float, s: float, ask: Ask) -> tuple[Tensor, float]:
    """What was measured takes the place of what is predicted of it."""
    clean = denoise(z, t, ask.steer, ask.rng)
    return clean + problem.variance * problem.back(problem.solve(problem.missing(clean))), 0.0


def pigdm(denoise: Denoiser, problem: Problem, z: Tensor, t: float, s: float, ask: Ask) -> tuple[Tensor, float]:
    """The same, as the network itself says that pixels hang together."""
    return look(denoise, problem, z, t, ask.steer, ask.rng).pulled, 0.0


def dps(denoise: Denoiser, problem: Problem, z: Tensor, t: float, s: float, ask: Ask) -> tuple[Tensor, Tensor]:
    """A step down the gradient of the misfit, beside the free one."""
    misfit: list[Tensor] = []

    def say(clean: Tensor) -> Tensor:
        r = problem.missing(clean)
        size = r.flatten(1).norm(dim=1).view(-1, *[1] * (r.dim() - 1)).clamp_min(1e-12)
        misfit.append(size.view(-1, *[1] * (z.dim() - 1)))
        return problem.back(r / size)

    clean, slope = denoise.with_pull(z, t, ask.steer, ask.rng, say)
    # the paper's fixed length suits a thousand steps; Polyak's, misfit over squared slope, suits any number
    square = slope.flatten(1).square().sum(1).view(-1, *[1] * (z.dim() - 1))
    return clean, float(ask.knobs["pull"]) * misfit[0] * slope / square.clamp_min(1e-8)


@dataclass(frozen=True)
class Guided:
    """Walks the path of ``sampler`` with corrected estimates; without a condition it is that sampler."""

    sampler: PathSampler
    denoise: Denoiser
    title: str
    help: str
    correct: Correct
    steps: int
    fields: Callable[[], dict[str, Any]] = eta_field

    @property
    def Knobs(self) -> type[Settings]:
        return with_fields(self.denoise.sampler.Knobs, self.correct.__name__, self.steps, self.fields)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return self.sampler.start(n, steer, rng)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        condition = steer.condition
        if not isinstance(condition, Mask | Observation):
            return self.sampler.step(frame, steer, rng)
        path = self.sampler.path
        knobs = self.Knobs().model_dump() | steer.knobs.model_dump()
        t, s = frame.t, next_time(frame.t, int(knobs["steps"]))
        z = path.space.encode(frame.x)
        problem = Problem.at(path, condition, t)
        clean, shift = self.correct(self.denoise, problem, z, t, s, Ask(steer, knobs, rng))
        mean, fresh = posterior_step(path, z, clean, t, s, float(knobs["eta"]))
        z = mean + shift
        if fresh:
            z = z + fresh * math.sqrt(steer.temperature) * noise_like(z, rng)
        return arrive(condition, path.space.decode(z), path.space.decode(clean), s)


def arrive(condition: Linear, x: Tensor, estimate: Tensor, s: float, **state: Any) -> Frame:
    """The frame at progress ``s``; in the last one the estimate is the sample."""
    x = condition.settle(x) if s == 1 else x
    return Frame(x, s, {"estimate": x if s == 1 else condition.settle(estimate), **state})
