"""Objectives: a number of an example that shall be large, such as log p(y | x) by a classifier or what a unit of it says.

Activation maximisation (Erhan et al. 2009; Nguyen et al. 2016, arXiv:1605.09304): alone, a classifier is pleased by pictures
that nobody would take for one, as it has never had to know p(x). Under a prior the same gradient leads to pictures that could
be data. On a noise path the estimate D(z) of the clean latents is led uphill,

    D + w (b^2 / a) (dD/dz)^T grad v(D),

which is the posterior mean where v = log p(y | x) and D(z) stood for all that may come of z (Bansal et al. 2023,
arXiv:2302.07121).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dgm_studio.conditions.inverse import FIRST, PathDenoiser, bounded, posterior_step, variance_at
from dgm_studio.contract import Frame, Rng, Settings, Steer, extend, knob
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import PathSampler, StepKnobs, next_time


@dataclass(frozen=True)
class Objective:
    """``value`` maps examples (n, *event) in model units to (n,), differentiably; what is walked in pixels starts at ``start``
    (*event), or in noise."""

    value: Callable[[Tensor], Tensor]
    start: Tensor | None = None

    @property
    def name(self) -> str:
        return "objective"

    def grad(self, x: Tensor) -> Tensor:
        """The gradient by x (n, *event), whatever gradient mode the caller is in."""
        with torch.inference_mode(False), torch.enable_grad():
            at = x.detach().clone().requires_grad_()
            (grad,) = torch.autograd.grad(self.value(at).sum(), at)
        return grad

    def through(self, decode: Callable[[Tensor], Tensor]) -> Objective:
        """The same of latents that ``decode`` (n, *shape) to examples (n, *event), differentiably."""
        return Objective(lambda z: self.value(decode(z)))


class UphillKnobs(Settings):
    """How hard what is asked pulls against what is usual."""

    pull: float = knob(
        1.0,
        0.0,
        20.0,
        step=0.1,
        help="How often what is asked counts against what is usual: at 1 a class is asked for as Bayes' rule has it, more is a "
        "caricature.",
    )


@dataclass(frozen=True)
class Uphill:
    """Walks the noise path of ``sampler`` with estimates led uphill; without an objective it is that sampler."""

    sampler: PathSampler[Any]
    denoise: PathDenoiser
    title: str = "Under the noise path"
    help: str = (
        "Every estimate of the finished picture is led uphill, and the path makes it a picture that could be data."
    )

    @property
    def Knobs(self) -> type[StepKnobs]:
        return extend(self.denoise.sampler.Knobs, UphillKnobs, steps=40)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return self.sampler.start(n, steer, rng)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        asked = steer.condition
        if not isinstance(asked, Objective):
            return self.sampler.step(frame, steer, rng)
        path, knobs = self.sampler.path, steer.read(self.Knobs)
        t, s = frame.t, next_time(frame.t, knobs.steps)
        z = path.latents(frame)
        here = asked.through(path.space.decode)
        (a, b), variance = path.at(t), variance_at(path, t)
        weight = steer.read(UphillKnobs).pull
        if a < FIRST:  # latents say nothing yet
            clean = self.denoise(z, t, steer, rng)
            direction = weight * here.grad(clean)
            pull = variance * direction
        else:
            seen: list[Tensor] = []

            def say(clean: Tensor) -> Tensor:
                seen.append(weight * here.grad(clean))
                return seen[0]

            clean, pull = self.denoise.with_pull(z, t, steer, rng, say)
            direction, pull = seen[0], b * b / a * pull
        led = clean + bounded(pull, direction, variance)
        mean, fresh = posterior_step(path, z, led, t, s, 1.0)
        if fresh:
            mean = mean + fresh * math.sqrt(steer.temperature) * noise_like(z, rng)
        reached = path.frame(mean, s)
        estimate = reached.x if s == 1 else path.space.decode(led)
        return reached.with_(state={**reached.state, "estimate": estimate})
