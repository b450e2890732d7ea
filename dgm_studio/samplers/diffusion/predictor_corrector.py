"""Predictor-corrector: a step of the reverse SDE, then Langevin moves at constant noise that mend its errors.

    x' = x + e score + sqrt(2 e) n,    e = 2 (snr sigma)^2

Song et al. 2020, arXiv:2011.13456, algorithm 4: their step, twice the square of snr times |n| / |score|, with the score's norm
replaced by that of a nearly pure noise, so that no sample depends on the others of its batch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import extend, knob
from dgm_studio.samplers.diffusion.sde import Process, along_the_sde
from dgm_studio.samplers.diffusion.solver import Move, Moved
from dgm_studio.samplers.path import StepKnobs


class CorrectorKnobs(StepKnobs):
    """Steps, the walk after each, and the process of the predictor."""

    corrections: int = knob(1, 0, 10, step=1, help="Langevin moves after every step; 0 leaves the predictor alone.")
    snr: float = knob(
        0.16,
        0.01,
        0.5,
        step=0.01,
        help="Signal-to-noise ratio of a Langevin move: larger moves mix faster and, since they are never rejected, blur.",
    )
    process: Process = knob(
        "VE",
        help="The drawing in which the predictor's steps are straight: variance exploding or variance preserving.",
    )


class PredictorCorrector:
    name = "predictor-corrector"
    title = "Predictor-corrector"
    help = (
        "After each step of the reverse SDE a Langevin walk at constant noise brings the samples back to where the score says "
        "they should be."
    )
    Knobs = extend(CorrectorKnobs, steps=50)

    def step(self, m: Move[CorrectorKnobs]) -> Moved:
        there = along_the_sde(m, 1.0, m.knobs.process)
        x = there.x
        for _ in range(m.knobs.corrections if m.to > 0 else 0):
            x = corrected(m, x)
        return Moved(x, there.clean)


def corrected(m: Move[CorrectorKnobs], x: Tensor) -> Tensor:
    """One Langevin move of ``x`` (n, ...) at the level that the step led to."""
    e = 2 * m.knobs.snr**2  # in units of sigma^2
    return torch.lerp(x, m.denoise(x, m.to), e) + math.sqrt(2 * e) * m.to * m.noise()


SOLVER = PredictorCorrector()
