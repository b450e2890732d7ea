"""DDNM: what the measurement tells of the estimate is replaced by what was measured.

    D + A^+ (y - A D)

With noise, or in principal components, its Gaussian form ``D + R A^T K^-1 (y - A D)``, where ``R`` is the variance of each
clean latent given the noisy ones (Wang, Yu & Zhang 2022, arXiv:2212.00490). In a learned latent space the picture is replaced
and encoded again.
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.conditions.guided import Corrected, EtaKnobs
from dgm_studio.conditions.inverse import PathDenoiser, Problem
from dgm_studio.contract import Rng, Steer


class Ddnm:
    title = "DDNM"
    help = "In every step the predicted picture is made to agree with what is known. One pass per step, no gradients."
    Knobs = EtaKnobs
    steps = 30

    def correct(
        self, denoise: PathDenoiser, problem: Problem, z: Tensor, t: float, steer: Steer, rng: Rng
    ) -> Corrected:
        return Corrected(problem.agreeing(denoise(z, t, steer, rng)))
