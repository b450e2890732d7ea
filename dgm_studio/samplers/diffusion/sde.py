"""Euler-Maruyama on the reverse SDE, against time, with ``V = sigma^2``:

    dx = -(1 + c)/2 score dV + sqrt(c dV) dw

c is the stochasticity: 0 is the probability-flow ODE, 1 the reverse SDE. All have the same marginals, because what c adds is
Langevin dynamics at constant noise (Karras et al. 2022, arXiv:2206.00364, eq. 6).

**VE and VP** are two drawings of one process. The variance-exploding one moves ``x = x0 + sigma n``; the
variance-preserving one moves ``y = a x`` with ``a = (1 + sigma^2)^(-1/2)``, whose forward SDE is
``dy = -y/2 dB + sqrt(dB) dw`` in the clock ``B = ln(1 + sigma^2)``. Exact solutions agree; Euler steps do not, for a
tangent in one drawing is a curve in the other (Song et al. 2020, arXiv:2011.13456).
"""

from __future__ import annotations

import math
from typing import Any, Literal

import torch

from dgm_studio.contract import extend, knob
from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs

Process = Literal["VE", "VP"]


class SdeKnobs(StepKnobs):
    """Steps, stochasticity, and the process whose SDE is followed."""

    stochasticity: float = knob(
        1.0,
        0.0,
        2.0,
        step=0.1,
        help="How fast noise is drawn and removed on the way. 0 is the ODE, 1 the reverse SDE; the samples' "
        "distribution is the same in the limit of many steps.",
    )
    process: Process = knob(
        "VE",
        help="The drawing in which steps are straight: examples with growing noise added (variance exploding), or examples "
        "fading into noise (variance preserving). The same model, the same limit.",
    )


class EulerMaruyama:
    name = "sde"
    title = "Euler-Maruyama"
    help = (
        "Follows the reverse SDE: twice the drift of the ODE and fresh noise that corrects earlier errors. With few steps "
        "the noise wins."
    )
    Knobs = extend(SdeKnobs, steps=100)

    def step(self, m: Move[SdeKnobs]) -> Moved:
        return along_the_sde(m, m.knobs.stochasticity, m.knobs.process)


def along_the_sde(m: Move[Any], c: float, process: Process) -> Moved:
    """One step with stochasticity ``c``; for ``VP`` straight in ``y``."""
    d = m.denoise(m.x, m.sigma)
    if m.to == 0:
        return Moved(d, d)
    if process == "VE":
        gone = m.sigma**2 - m.to**2
        x = torch.lerp(m.x, d, 0.5 * (1 + c) * gone / m.sigma**2)
        spread = math.sqrt(c * gone)
    else:
        here, there = 1 + m.sigma**2, 1 + m.to**2  # 1 / a^2 of both ends
        b = math.log(here / there)
        x = math.sqrt(there / here) * ((1 + b / 2) * m.x + 0.5 * (1 + c) * b * (here / m.sigma**2) * (d - m.x))
        spread = math.sqrt(c * b * there)
    return Moved(x + spread * m.noise() if spread > 0 else x, d)


SOLVER = EulerMaruyama()
