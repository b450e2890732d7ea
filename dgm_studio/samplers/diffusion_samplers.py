"""The samplers of a diffusion model: each a step of `denoising` on the path that is shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from dgm_studio.contract import Sampler, Settings, knob
from dgm_studio.samplers import denoising
from dgm_studio.samplers.denoising import Denoise
from dgm_studio.samplers.guidance import Conditional, guided
from dgm_studio.samplers.path import Leg, Path, PathSampler, StepKnobs, with_guidance, with_steps


class DdimKnobs(StepKnobs):
    """Steps, and how much of the noise is drawn anew in each."""

    eta: float = knob(
        0.0,
        0.0,
        1.0,
        step=0.05,
        help="Share of fresh noise in every step: 0 follows the ODE, 1 is the sampler of DDPM.",
    )


Solve = Callable[[Denoise, Tensor, float, float, Leg, Any], tuple[Tensor, Tensor, Any]]


def _heun(f: Denoise, x: Tensor, sigma: float, to: float, leg: Leg, knobs: Any) -> tuple[Tensor, Tensor, Any]:
    return *denoising.heun_step(f, x, sigma, to), None


def _euler(f: Denoise, x: Tensor, sigma: float, to: float, leg: Leg, knobs: Any) -> tuple[Tensor, Tensor, Any]:
    return *denoising.euler_step(f, x, sigma, to), None


def _ddim(f: Denoise, x: Tensor, sigma: float, to: float, leg: Leg, knobs: Any) -> tuple[Tensor, Tensor, Any]:
    scale = math.sqrt(leg.steer.temperature)
    return *denoising.ddim_step(f, x, sigma, to, float(knobs["eta"]), scale, leg.rng), None


def _dpmpp(f: Denoise, x: Tensor, sigma: float, to: float, leg: Leg, knobs: Any) -> tuple[Tensor, Tensor, Any]:
    x, d = denoising.dpmpp_2m_step(f, x, sigma, to, leg.past)
    return x, d, (d, sigma)


def _sde(f: Denoise, x: Tensor, sigma: float, to: float, leg: Leg, knobs: Any) -> tuple[Tensor, Tensor, Any]:
    return *denoising.sde_step(f, x, sigma, to, math.sqrt(leg.steer.temperature), leg.rng), None


_OFFERED: dict[str, tuple[str, str, type[Settings], int, Solve]] = {
    "heun": (
        "Heun",
        "Follows the probability-flow ODE with two network passes per step, the second correcting the first: order 2.",
        StepKnobs,
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
    "sde": (
        "Euler-Maruyama",
        "Follows the reverse SDE: twice the drift of the ODE and fresh noise that corrects earlier errors. With few steps "
        "the noise wins.",
        StepKnobs,
        100,
        _sde,
    ),
}


def diffusion_samplers(
    path: Path, sigma: Callable[[float], float], denoise: Conditional, classes: bool
) -> dict[str, Sampler]:
    """Samplers by name, the default first.

    ``sigma(t)`` is the noise level at progress t and ``denoise(x, sigma, label)`` the posterior mean; with ``classes``
    every sampler has a guidance knob.
    """

    def sampler(title: str, help: str, knobs: type[Settings], steps: int, solve: Solve) -> Sampler:
        def advance(leg: Leg) -> tuple[Tensor, Tensor, Any]:
            chosen = made.knobs(leg.steer)
            f = guided(denoise, leg.steer.label, chosen.get("guidance", 1.0))
            here, there = path.at(leg.t)[0], path.at(leg.s)[0]
            to = sigma(leg.s) if leg.s < 1 else 0.0
            x, d, past = solve(f, leg.z / here, sigma(leg.t), to, leg, chosen)
            return there * x, d, past

        knobs = with_steps(knobs, steps)
        made = PathSampler(title, help, with_guidance(knobs) if classes else knobs, path, advance)
        return made

    return {name: sampler(*offer) for name, offer in _OFFERED.items()}
