"""Heun: along the tangent of the probability-flow ODE, then once more with the mean of the gradients at both ends (order 2).

    dx/dsigma = (x - D(x, sigma)) / sigma

The sampler of Karras et al. 2022, arXiv:2206.00364, algorithm 2. Before each step noise may be added (churn): what follows
removes more than it otherwise would, and with it earlier errors.
"""

from __future__ import annotations

import math

from dgm_studio.contract import knob
from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs


class HeunKnobs(StepKnobs):
    """Steps, and noise added before each."""

    churn: float = knob(
        0.0,
        0.0,
        80.0,
        step=1,
        help="Noise added before the steps, in all: each goes up by this share of its level over the number of steps, then "
        "down again, which forgets earlier errors. 0 follows the ODE.",
    )


class EdmHeun:
    name = "heun"
    title = "Heun"
    help = (
        "Follows the probability-flow ODE with two network passes per step, the second correcting the first: order 2. "
        "Churn adds noise before each step."
    )
    Knobs = HeunKnobs

    def step(self, m: Move[HeunKnobs]) -> Moved:
        up = max(0.0, min(m.knobs.churn / m.knobs.steps, math.sqrt(2) - 1, m.largest / m.sigma - 1))
        sigma = (1 + up) * m.sigma
        x = m.x + math.sqrt(sigma**2 - m.sigma**2) * m.noise() if up else m.x
        d = m.denoise(x, sigma)
        if m.to == 0:
            return Moved(d, d)
        grad = (x - d) / sigma
        there = x + (m.to - sigma) * grad
        grad_there = (there - m.denoise(there, m.to)) / m.to
        return Moved(x + (m.to - sigma) * 0.5 * (grad + grad_there), d)


SOLVER = EdmHeun()
