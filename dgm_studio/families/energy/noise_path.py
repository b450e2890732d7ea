"""The noise path of an energy that knows noise levels: what a diffusion model can be asked, such an energy can be as well.

The gradient of the energy is minus the score, so ``u - sigma^2 dE/du`` is the posterior mean of clean latents (Tweedie's
formula, Efron 2011, doi:10.1198/jasa.2011.tm11181), and every way to steer a noise path towards a measurement follows (Chung
et al. 2022, arXiv:2209.14687; Wu et al. 2023, arXiv:2306.17775). Chains whose known pixels are put back after every move learn
of them only through their neighbours' noise; here the gradient of the misfit moves all the others at once.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from dgm_studio.conditions.path_methods import RESTORE, path_methods
from dgm_studio.contract import Method
from dgm_studio.samplers.diffusion_samplers import diffusion_samplers
from dgm_studio.samplers.guidance import Conditional
from dgm_studio.samplers.noise import rho_schedule
from dgm_studio.samplers.path import Path, Space

_OFFERED = ("dps", "twisted", RESTORE + "dps", RESTORE + "twisted", "sdedit", "uphill")


def steered_methods(
    denoise: Conditional, space: Space, largest: float, smallest: float, device: torch.device
) -> dict[str, Method]:
    """Ways to fill masks, restore measurements and follow strokes with latents ``u + sigma n`` of unit variance at clean.

    ``denoise(u, sigma, label)`` is their posterior mean for sigma from ``largest`` down to ``smallest``.
    """

    def sigma(t: float) -> float:
        return rho_schedule(t, largest, smallest)

    def at(t: float) -> tuple[float, float]:
        a = 1 / math.hypot(1, sigma(t))
        return (1.0, 0.0) if t >= 1 else (a, a * sigma(t))

    path = Path(at, space, torch.ones((), device=device), device)
    offered = diffusion_samplers(path, sigma, denoise, None)
    methods = path_methods({name: offered[name] for name in ("euler",)})
    return {name: replace(methods[name], careful=name in ("twisted", RESTORE + "twisted")) for name in _OFFERED}
