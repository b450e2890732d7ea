"""The classical Runge-Kutta step (order 4, four passes).

    x' = x + h/6 (k1 + 2 k2 + 2 k3 + k4),    h = s - t,

with the velocity k1 here, k2 and k3 half a step ahead along k1 and k2, and k4 a step ahead along k3.
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.contract import extend
from dgm_studio.samplers.flow.solver import Velocity
from dgm_studio.samplers.path import StepKnobs


class RungeKutta4:
    name = "rk4"
    title = "Runge-Kutta 4"
    help = "Weighs four velocities per step: order 4, four passes."
    Knobs = extend(StepKnobs, steps=8)

    def step(self, v: Velocity, x: Tensor, t: float, s: float) -> tuple[Tensor, Tensor]:
        h = s - t
        k1 = v(x, t)
        k2 = v(x + 0.5 * h * k1, t + 0.5 * h)
        k3 = v(x + 0.5 * h * k2, t + 0.5 * h)
        k4 = v(x + h * k3, s)
        return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), k1


SOLVER = RungeKutta4()
