"""DPM-Solver++(2M): exact in the linear part, the denoised picture extrapolated from the last two (order 2, one pass).

    x' = (s'/s) x + (1 - s'/s) [D + (h / 2 h_past) (D - D_past)],    h = ln(s / s'),

Lu et al. 2022, arXiv:2211.01095. The first step has no past and is of order 1.
"""

from __future__ import annotations

import math

import torch

from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs


class DpmSolver2M:
    name = "dpmpp-2m"
    title = "DPM-Solver++(2M)"
    help = "Order 2 with one pass per step: remembers the last prediction and extrapolates. Best below 20 passes."
    Knobs = StepKnobs

    def step(self, m: Move[StepKnobs]) -> Moved:
        d = m.denoise(m.x, m.sigma)
        if m.to == 0:
            return Moved(d, d)
        target = d
        if m.past is not None:
            d_past, sigma_past = m.past
            h, h_past = math.log(m.sigma / m.to), math.log(sigma_past / m.sigma)
            target = torch.lerp(d_past, d, 1 + 0.5 * h / h_past)
        return Moved(torch.lerp(target, m.x, m.to / m.sigma), d, (d, m.sigma))


SOLVER = DpmSolver2M()
