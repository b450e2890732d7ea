"""The density of pictures under a flow that lives in a learned latent space, estimated from below.

Decoder and noise make a latent-variable model of pictures: a latent z with the density of the flow, and a picture around
what is drawn of it, ``p(x | z) = N(x; decode(z), s^2)``, with the variance, pixel by pixel, that reconstructions have in
training. The encoder says where to look, ``q(z | x) = N(z; encode(x), tau^2 I)``, and the mean of

    w = p(x | z) p(z) / q(z | x),    z ~ q(z | x)

is p(x); its logarithm from a few draws is too low on average, the less the more there are (importance weighting, Burda et al.
2016, arXiv:1509.00519). The density of z follows its path back by the ODE, as of other pictures (`image_density`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, LogDensity, PlaneField, Work, rng_for
from dgm_studio.families.diffusion.learned_space import TAU, LearnedSpace
from dgm_studio.families.shared.hutchinson import estimate
from dgm_studio.families.shared.levels import dequantised, level_width

_SEED = 73
_DRAWS = 2


def latent_density(
    velocity: PlaneField, spec: DataSpec, space: LearnedSpace, std: Tensor, steps: int, probes: int = 2
) -> LogDensity:
    """Estimated nats of pictures whose latents start from noise of ``std`` and follow ``velocity`` in ``steps``."""
    found = LatentDensity(velocity, spec, space, std, steps, probes)
    return LogDensity("estimate", found.work, passes=4 * steps * (1 + probes) * _DRAWS, note=found.note)


@dataclass
class LatentDensity:
    """The estimate by so many draws, RK4 steps and random probes; ``spread`` is that of the draws' logarithms, in nats."""

    velocity: PlaneField
    spec: DataSpec
    space: LearnedSpace
    std: Tensor
    steps: int
    probes: int
    spread: float = 0.0

    def work(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        rng = rng_for(_SEED, 1, device=x.device)
        noisy = dequantised(x, self.spec.levels)
        mean = self.space.encode(noisy)
        draws = []
        for _ in range(_DRAWS):
            noise = torch.randn(mean.shape, generator=rng, device=rng.device).to(mean)
            z = mean + TAU * noise
            prior, _ = yield from estimate(self.velocity, z, label, self.steps, self.probes, rng, self.std)
            draws.append(
                prior + self._drawn_as(noisy, z) - normal(noise, torch.full_like(noise[:1], 1.0)) + self._volume
            )
        each = torch.stack(draws)
        if len(x):
            self.spread = float(each.std(0).mean())
        return each.logsumexp(0) - math.log(_DRAWS)

    @property
    def _volume(self) -> float:
        """Minus the log-volume of q's unit of noise."""
        return self.space.shape[0] * math.log(TAU)

    def _drawn_as(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z), (n,)."""
        deviation = (self.space.left.square() + level_width(self.spec.levels) ** 2 / 12).sqrt()
        return normal((x - self.space.decode(z)).flatten(1), deviation.flatten()[None])

    def note(self) -> str:
        if not self.spread:
            return ""
        return (
            f"from {_DRAWS} latents an image, whose answers spread by {self.spread:.2g} nats: too low rather than too high; "
            "the pixels are noisy by what the latent space loses"
        )


def normal(off: Tensor, deviation: Tensor) -> Tensor:
    """Log-density (n,) of deviations (n, d) from the mean of a Gaussian of independent numbers."""
    return -0.5 * ((off / deviation).square() + 2 * deviation.log() + math.log(2 * math.pi)).sum(1)
