"""DPS: after a free step a walk down the gradient of how far the estimate misses the measurement.

    z' = free step - p |r| g / |g|^2,    r = y - A D(z),    g = d|r| / dz

(Chung et al. 2022, arXiv:2209.14687). The paper's fixed length of the walk suits a thousand steps; Polyak's, misfit over
squared gradient, suits any number. In a learned latent space it is no longer than the noise that is left.
"""

from __future__ import annotations

from torch import Tensor

from dgm_studio.conditions.guided import Corrected, EtaKnobs
from dgm_studio.conditions.inverse import PathDenoiser, Problem
from dgm_studio.contract import Rng, Steer, knob


class PullKnobs(EtaKnobs):
    """Fresh noise, and how hard the measurement pulls."""

    pull: float = knob(
        1.0,
        0.0,
        4.0,
        step=0.05,
        help="How much of the misfit each step takes away, to first order: less is freer, more may overshoot.",
    )


class Dps:
    title = "DPS"
    help = "After every step a walk down the gradient of the misfit between prediction and what is known."
    Knobs = PullKnobs
    steps = 50

    def correct(
        self, denoise: PathDenoiser, problem: Problem, z: Tensor, t: float, steer: Steer, rng: Rng
    ) -> Corrected:
        size: list[Tensor] = []

        def towards(clean: Tensor) -> Tensor:
            """Minus the gradient of |r| by clean latents."""
            r = problem.missing(clean)
            size.append(wide(r.flatten(1).norm(dim=1).clamp_min(1e-12), r))
            return problem.back(r / size[0], clean)

        clean, downhill = denoise.with_pull(z, t, steer, rng, towards)
        square = wide(downhill.flatten(1).square().sum(1).clamp_min(1e-8), z)
        shift = steer.read(PullKnobs).pull * wide(size[0].flatten(), z) * downhill / square
        if not problem.path.space.affine:
            shift = self._within_noise(problem, shift, t)
        return Corrected(clean, shift)

    def _within_noise(self, problem: Problem, shift: Tensor, t: float) -> Tensor:
        """A walk no longer than the noise that is left: a decoder bends, and what holds to first order holds near by."""
        _, b = problem.path.at(t)
        length, most = shift.flatten(1).norm(dim=1), b * shift[0].numel() ** 0.5
        return shift * wide((most / length.clamp_min(1e-12)).clamp_max(1), shift)


def wide(v: Tensor, like: Tensor) -> Tensor:
    """(n,) shaped to multiply (n, ...)."""
    return v.view(-1, *[1] * (like.dim() - 1))
