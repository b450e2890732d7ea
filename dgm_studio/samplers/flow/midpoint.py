"""Midpoint: with the velocity half a step ahead (order 2, two passes).

x' = x + h v(x + h/2 v(x, t), t + h/2),    h = s - t
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.contract import extend
from dgm_studio.samplers.flow.solver import Velocity
from dgm_studio.samplers.path import StepKnobs


class Midpoint:
    name = "midpoint"
    title = "Midpoint"
    help = "Asks for the velocity half a step ahead and goes there with it: order 2, two passes per step."
    Knobs = extend(StepKnobs, steps=8)

    def step(self, v: Velocity, x: Tensor, t: float, s: float) -> tuple[Tensor, Tensor]:
        h = s - t
        k = v(x, t)
        return x + h * v(x + 0.5 * h * k, t + 0.5 * h), k


SOLVER = Midpoint()
