"""DDIM: part of the noise is forgotten and drawn anew; eta 0 is the ODE, 1 the ancestral sampler of DDPM.

    x' = D + (kept / s) (x - D) + fresh n,    fresh = eta s' sqrt(1 - (s'/s)^2),    kept^2 = s'^2 - fresh^2

Song, Meng & Ermon 2020, arXiv:2010.02502.
"""

from __future__ import annotations

import math

import torch

from dgm_studio.contract import extend, knob
from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs


class DdimKnobs(StepKnobs):
    """Steps, and how much of the noise is drawn anew in each."""

    eta: float = knob(
        0.0,
        0.0,
        1.0,
        step=0.05,
        help="Share of fresh noise in every step: 0 follows the ODE, 1 is the sampler of DDPM.",
    )


class Ddim:
    name = "ddim"
    title = "DDIM"
    help = "Steps to the predicted example and back to less noise, of which the share eta is drawn anew."
    Knobs = extend(DdimKnobs, steps=36)

    def step(self, m: Move[DdimKnobs]) -> Moved:
        d = m.denoise(m.x, m.sigma)
        fresh = m.knobs.eta * m.to * math.sqrt(max(0.0, 1 - (m.to / m.sigma) ** 2))
        kept = math.sqrt(max(0.0, m.to**2 - fresh**2))
        x = torch.lerp(d, m.x, kept / m.sigma)
        return Moved(x + fresh * m.noise() if fresh > 0 else x, d)


SOLVER = Ddim()
