"""DDPM: draws from ``q(x' | x, x0 = D)``, a Gaussian whose mean lies between ``D`` and ``x``.

    x' = D + (s'/s)^2 (x - D) + v^(1/2) n,    v = s'^2 (s^2 - s'^2) / s^2

Its variance is right if ``x0`` is exactly ``D``, the lower bound of Ho et al. 2020, arXiv:2006.11239, section 3.2. The upper
one is that of the forward step, right for data of unit variance that the network knows nothing about.
"""

from __future__ import annotations

import math
from typing import Literal

import torch

from dgm_studio.contract import extend, knob
from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs


class DdpmKnobs(StepKnobs):
    """Steps, and the variance of each."""

    variance: Literal["small", "large"] = knob(
        "small",
        help="Variance of the noise in each step: right if the prediction were the true example (small), or if nothing were "
        "known about it (large). They agree for many steps; with few, large ruins the samples.",
    )


class Ddpm:
    name = "ddpm"
    title = "DDPM"
    help = (
        "The ancestral sampler: undoes one step of the noising process at a time, as if the predicted example were the true "
        "one. Right in the limit of many steps."
    )
    Knobs = extend(DdpmKnobs, steps=100)

    def step(self, m: Move[DdpmKnobs]) -> Moved:
        d = m.denoise(m.x, m.sigma)
        if m.to == 0:
            return Moved(d, d)
        gone = m.sigma**2 - m.to**2
        small, large = m.to**2 * gone / m.sigma**2, (1 + m.to**2) * gone / (1 + m.sigma**2)
        variance = small if m.knobs.variance == "small" else large
        return Moved(torch.lerp(d, m.x, (m.to / m.sigma) ** 2) + math.sqrt(variance) * m.noise(), d)


SOLVER = Ddpm()
