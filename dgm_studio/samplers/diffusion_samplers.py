"""The samplers of a diffusion model: each of the solvers in `diffusion/` on the path that is shown, under guidance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic

from torch import Tensor

from dgm_studio.contract import DataSpec, Sampler, extend
from dgm_studio.samplers.diffusion.solver import Denoise, DiffusionSolver, Move
from dgm_studio.samplers.guidance import (
    AutoguidanceKnobs,
    ClassifierKnobs,
    Conditional,
    IntervalKnobs,
    autoguided,
    classifier_guided,
    guidance_knobs,
    guided,
    weights_of,
)
from dgm_studio.samplers.path import K, Leg, Moved, Path, PathSampler
from dgm_studio.samplers.solvers import diffusion_solvers


@dataclass(frozen=True)
class Guides:
    """What a model offers besides itself to be guided by; absent is None."""

    weaker: Conditional | None = None
    """The posterior mean of an early version of the model."""
    class_grad: Conditional | None = None
    """The gradient of log p(label | x) at a noise level, 0 in rows labelled -1."""


@dataclass(frozen=True)
class DiffusionWalk(Generic[K]):
    """``solver`` on a path whose noise level at progress t is ``sigma(t)``; ``denoise`` is the posterior mean, led by what is
    ``given``.
    """

    solver: DiffusionSolver[K]
    Knobs: type[K]
    path: Path
    sigma: Callable[[float], float]
    denoise: Conditional
    guides: Guides = field(default_factory=Guides)
    given: DataSpec | None = None

    @property
    def title(self) -> str:
        return self.solver.title

    @property
    def help(self) -> str:
        return self.solver.help

    def go(self, leg: Leg[K]) -> Moved:
        here, there = self.path.at(leg.t)[0], self.path.at(leg.s)[0]
        move = Move(
            self._led(leg.label, leg.knobs),
            leg.z / here,
            self.sigma(leg.t),
            self.sigma(leg.s) if leg.s < 1 else 0.0,
            leg.knobs,
            leg.rng,
            noise_scale=math.sqrt(leg.temperature),
            largest=self.sigma(0.0),
            past=leg.past,
        )
        moved = self.solver.step(move)
        return replace(moved, x=there * moved.x)

    def _led(self, label: Tensor | None, knobs: K) -> Denoise:
        """The posterior mean under all guidance that the knobs ask for."""
        denoise, weaker, grad = self.denoise, self.guides.weaker, self.guides.class_grad
        if weaker is not None and isinstance(knobs, AutoguidanceKnobs):
            denoise = autoguided(denoise, weaker, knobs.autoguidance)
        led = guided(denoise, label, weights_of(knobs, self.given))
        if grad is not None and isinstance(knobs, ClassifierKnobs):
            led = classifier_guided(led, grad, label, knobs.classifier_guidance)
        return led


def diffusion_samplers(
    path: Path,
    sigma: Callable[[float], float],
    denoise: Conditional,
    given: DataSpec | None,
    guides: Guides | None = None,
) -> dict[str, Sampler]:
    """Samplers by name, the default first.

    ``sigma(t)`` is the noise level at progress t and ``denoise(x, sigma, label)`` the posterior mean; where
    classes or a context are ``given`` every sampler has knobs for classifier-free guidance, and one more for each of the
    ``guides``.
    """
    guides = guides or Guides()
    more = [
        *((*by, IntervalKnobs) if (by := guidance_knobs(given)) else ()),
        *((AutoguidanceKnobs,) if guides.weaker is not None else ()),
        *((ClassifierKnobs,) if guides.class_grad is not None else ()),
    ]
    return {
        name: PathSampler(path, DiffusionWalk(solver, extend(solver.Knobs, *more), path, sigma, denoise, guides, given))
        for name, solver in diffusion_solvers().items()
    }
