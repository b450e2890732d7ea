"""Heun: with the mean of the velocities at both ends (order 2, two passes).

x' = x + h/2 (k + v(x + h k, s)),    k = v(x, t),    h = s - t
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.contract import extend
from dgm_studio.samplers.flow.solver import Velocity
from dgm_studio.samplers.path import StepKnobs


class Heun:
    name = "heun"
    title = "Heun"
    help = "Goes with the mean of the velocities at both ends: order 2, two passes per step."
    Knobs = extend(StepKnobs, steps=8)

    def step(self, v: Velocity, x: Tensor, t: float, s: float) -> tuple[Tensor, Tensor]:
        h = s - t
        k = v(x, t)
        return x + 0.5 * h * (k + v(x + h * k, s)), k


SOLVER = Heun()
