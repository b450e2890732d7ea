"""Euler: along the tangent of the probability-flow ODE ``dx/dsigma = (x - D) / sigma`` (order 1, one pass).

    x' = D + (s'/s) (x - D)

The same step as DDIM with eta 0 (Song, Meng & Ermon 2020, arXiv:2010.02502).
"""

from __future__ import annotations

import torch

from dgm_studio.contract import extend
from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs


class EdmEuler:
    name = "euler"
    title = "Euler"
    help = "Follows the probability-flow ODE along its tangent, one pass per step: order 1, so few steps cut corners."
    Knobs = extend(StepKnobs, steps=36)

    def step(self, m: Move[StepKnobs]) -> Moved:
        d = m.denoise(m.x, m.sigma)
        return Moved(torch.lerp(d, m.x, m.to / m.sigma), d)


SOLVER = EdmEuler()
