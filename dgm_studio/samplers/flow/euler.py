"""Euler: along the tangent (order 1, one pass).

x' = x + h v(x, t),    h = s - t
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.contract import extend
from dgm_studio.samplers.flow.solver import Velocity
from dgm_studio.samplers.path import StepKnobs


class Euler:
    name = "euler"
    title = "Euler"
    help = "Goes straight on along the present velocity: order 1. One step shows how straight the flow is."
    Knobs = extend(StepKnobs, steps=16)

    def step(self, v: Velocity, x: Tensor, t: float, s: float) -> tuple[Tensor, Tensor]:
        k = v(x, t)
        return x + (s - t) * k, k


SOLVER = Euler()
