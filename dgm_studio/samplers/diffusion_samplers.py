"""The samplers of a diffusion model: each a step of `denoising` or `stochastic` on the path that is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dgm_studio.contract import Rng, Sampler, Settings
from dgm_studio.samplers import denoising, stochastic
from dgm_studio.samplers.denoising import Denoise
from dgm_studio.samplers.diffusion_knobs import (
    CorrectorKnobs,
    DdimKnobs,
    DdpmKnobs,
    HeunKnobs,
    SdeKnobs,
    with_guides,
)
from dgm_studio.samplers.guidance import Conditional, autoguided, classifier_guided, guided
from dgm_studio.samplers.path import Leg, Path, PathSampler, StepKnobs, with_steps


@dataclass(frozen=True)
class Guides:
    """What a model offers besides itself to be guided by; absent is None."""

    weaker: Conditional | None = None
    """The posterior mean of an early version of the model."""
    class_slope: Conditional | None = None
    """The slope of log p(label | x) at a noise level, 0 in rows labelled -1."""


@dataclass(frozen=True)
class Move:
    """One step of a solver: ``x`` from ``sigma`` down to ``to``, noise multiplied by ``scale``."""

    denoise: Denoise
    x: Tensor
    sigma: float
    to: float
    largest: float
    scale: float
    rng: Rng
    past: Any
    knobs: Mapping[str, Any]


Solve = Callable[[Move], tuple[Tensor, Tensor, Any]]
"""A move to (x at ``to``, the posterior mean that led there, what the next move needs)."""


def _heun(m: Move) -> tuple[Tensor, Tensor, Any]:
    amount = min(m.knobs["churn"] / m.knobs["steps"], math.sqrt(2) - 1, m.largest / m.sigma - 1)
    x, sigma = stochastic.churned(m.x, m.sigma, max(0.0, amount), m.scale, m.rng)
    return *denoising.heun_step(m.denoise, x, sigma, m.to), None


def _dpmpp(m: Move) -> tuple[Tensor, Tensor, Any]:
    x, d = denoising.dpmpp_2m_step(m.denoise, m.x, m.sigma, m.to, m.past)
    return x, d, (d, m.sigma)


def _euler(m: Move) -> tuple[Tensor, Tensor, Any]:
    return *denoising.euler_step(m.denoise, m.x, m.sigma, m.to), None


def _ddim(m: Move) -> tuple[Tensor, Tensor, Any]:
    return *stochastic.ddim_step(m.denoise, m.x, m.sigma, m.to, m.knobs["eta"], m.scale, m.rng), None


def _ddpm(m: Move) -> tuple[Tensor, Tensor, Any]:
    large = m.knobs["variance"] == "large"
    return *stochastic.ddpm_step(m.denoise, m.x, m.sigma, m.to, large, m.scale, m.rng), None


def _sde(m: Move) -> tuple[Tensor, Tensor, Any]:
    how = {"stochasticity": m.knobs["stochasticity"], "process": m.knobs["process"]}
    return *stochastic.sde_step(m.denoise, m.x, m.sigma, m.to, m.scale, m.rng, **how), None


def _predictor_corrector(m: Move) -> tuple[Tensor, Tensor, Any]:
    x, d = stochastic.sde_step(m.denoise, m.x, m.sigma, m.to, m.scale, m.rng, process=m.knobs["process"])
    if m.to > 0:
        for _ in range(m.knobs["corrections"]):
            x = stochastic.langevin_step(m.denoise, x, m.to, m.knobs["snr"], m.scale, m.rng)
    return x, d, None


_OFFERED: dict[str, tuple[str, str, type[Settings], int, Solve]] = {
    "heun": (
        "Heun",
        "Follows the probability-flow ODE with two network passes per step, the second correcting the first: order 2. "
        "Churn adds noise before each step.",
        HeunKnobs,
        18,
        _heun,
    ),
    "dpmpp-2m": (
        "DPM-Solver++(2M)",
        "Order 2 with one pass per step: remembers the last prediction and extrapolates. Best below 20 passes.",
        StepKnobs,
        18,
        _dpmpp,
    ),
    "euler": (
        "Euler",
        "Follows the probability-flow ODE along its tangent, one pass per step: order 1, so few steps cut corners.",
        StepKnobs,
        36,
        _euler,
    ),
    "ddim": (
        "DDIM",
        "Steps to the predicted example and back to less noise, of which the share eta is drawn anew.",
        DdimKnobs,
        36,
        _ddim,
    ),
    "ddpm": (
        "DDPM",
        "The ancestral sampler: undoes one step of the noising process at a time, as if the predicted example were the true "
        "one. Right in the limit of many steps.",
        DdpmKnobs,
        100,
        _ddpm,
    ),
    "sde": (
        "Euler-Maruyama",
        "Follows the reverse SDE: twice the drift of the ODE and fresh noise that corrects earlier errors. With few steps "
        "the noise wins.",
        SdeKnobs,
        100,
        _sde,
    ),
    "predictor-corrector": (
        "Predictor-corrector",
        "After each step of the reverse SDE a Langevin walk at constant noise brings the samples back to where the score says "
        "they should be.",
        CorrectorKnobs,
        50,
        _predictor_corrector,
    ),
}


def diffusion_samplers(
    path: Path,
    sigma: Callable[[float], float],
    denoise: Conditional,
    classes: bool,
    guides: Guides | None = None,
) -> dict[str, Sampler]:
    """Samplers by name, the default first.

    ``sigma(t)`` is the noise level at progress t and ``denoise(x, sigma, label)`` the posterior mean; with ``classes``
    every sampler has knobs for classifier-free guidance, and one more for each of the ``guides``.
    """
    guides = guides or Guides()

    def sampler(title: str, help: str, knobs: type[Settings], steps: int, solve: Solve) -> Sampler:
        def advance(leg: Leg) -> tuple[Tensor, Tensor, Any]:
            chosen = made.knobs(leg.steer)
            here, there = path.at(leg.t)[0], path.at(leg.s)[0]
            to = sigma(leg.s) if leg.s < 1 else 0.0
            scale = math.sqrt(leg.steer.temperature)
            f = _led(denoise, guides, leg.steer.label, chosen)
            move = Move(f, leg.z / here, sigma(leg.t), to, sigma(0.0), scale, leg.rng, leg.past, chosen)
            x, d, past = solve(move)
            return there * x, d, past

        offered = with_guides(
            with_steps(knobs, steps), classes, guides.weaker is not None, guides.class_slope is not None
        )
        made = PathSampler(title, help, offered, path, advance)
        return made

    return {name: sampler(*offer) for name, offer in _OFFERED.items()}


def _led(denoise: Conditional, guides: Guides, label: Tensor | None, knobs: Mapping[str, Any]) -> Denoise:
    """The posterior mean under all guidance that the knobs ask for."""
    if guides.weaker is not None:
        denoise = autoguided(denoise, guides.weaker, knobs["autoguidance"])
    interval = knobs.get("guidance_low", 0.0), knobs.get("guidance_high", math.inf)
    f = guided(denoise, label, knobs.get("guidance", 1.0), interval)
    if guides.class_slope is not None:
        f = classifier_guided(f, guides.class_slope, label, knobs["classifier_guidance"])
    return f
