"""PiGDM: the estimate moves as the network itself says that pixels hang together.

    D + C A^T K^-1 (y - A D),    C = (b^2 / a) (dD/dz)^T

is the gradient of log p(y | z) if clean latents given ``z`` are Gaussian (Song, Vahdat, Mardani & Kautz 2023, openreview
9_gsMA8MRKQ).
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.conditions.guided import Corrected, EtaKnobs
from dgm_studio.conditions.inverse import PathDenoiser, Problem, look
from dgm_studio.contract import Rng, Steer


class PiGdm:
    title = "PiGDM"
    help = (
        "Every step follows the gradient of how likely what is known would be, by a Gaussian guess at the finished picture; "
        "exact if data were Gaussian."
    )
    Knobs = EtaKnobs
    steps = 30

    def correct(
        self, denoise: PathDenoiser, problem: Problem, z: Tensor, t: float, steer: Steer, rng: Rng
    ) -> Corrected:
        return Corrected(look(denoise, problem, z, t, steer, rng).pulled)
