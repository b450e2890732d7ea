"""The density of pictures under an ODE that lives in principal components, estimated.

Orthogonal directions part a picture into its latent ``z`` and a rest ``r`` outside the span of the components. The model says
how latents are distributed; the rest is taken as white noise of the variance it has in the data (probabilistic principal
components; Tipping & Bishop 1999, doi:10.1111/1467-9868.00196):

    log p(x) = log p(z) - k log scale + log N(r; 0, s^2 I),    r in D - k dimensions.

Pictures take a few grey levels only, and a density of real numbers has no bound on them; each is therefore judged with
uniform noise as wide as one level on it, the same at every call (Theis et al. 2015, arXiv:1511.01844).
"""

from __future__ import annotations

import math

from torch import Tensor

from dgm_studio.contract import DataSpec, LogDensity, PlaneField, Work, rng_for
from dgm_studio.families.shared.hutchinson import estimate
from dgm_studio.families.shared.levels import dequantised, level_width
from dgm_studio.nets.pca import PcaSpace

_SEED = 71


def image_density(
    velocity: PlaneField, spec: DataSpec, pca: PcaSpace | None, std: Tensor, steps: int, probes: int = 2
) -> LogDensity:
    """Estimated nats of pictures whose latents (all of the picture where ``pca`` is None) start from noise of ``std``.

    Its note says the standard error of one picture of those that were judged last. Errors of different pictures are
    independent, so that the spread of their nats holds them already.
    """
    last: list[float] = []

    def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        noisy = dequantised(x, spec.levels)
        latents = noisy if pca is None else pca.encode(noisy)
        nats, errors = yield from estimate(
            velocity, latents, label, steps, probes, rng_for(_SEED, 1, device=x.device), std
        )
        if len(errors):
            last[:] = [float(errors.square().mean().sqrt())]
        return nats if pca is None else nats + _outside(noisy, latents, pca, spec.levels)

    def note() -> str:
        return f"± {last[0]:.2g} nats by {probes} random probes of the divergence" if last else ""

    return LogDensity("estimate", work, passes=4 * steps * (1 + probes), note=note)


def _outside(x: Tensor, latents: Tensor, pca: PcaSpace, levels: int) -> Tensor:
    """What units and rest of the pictures add (n,) to the density of their latents."""
    size, kept = x[0].numel(), latents.shape[1]
    volume = -kept * pca.scale.log()
    if size == kept:
        return volume.expand(len(x))
    rest = (x - pca.decode(latents)).flatten(1).square().sum(1)
    # what pictures lose, and the noise of their grey levels, which has to go somewhere
    variance = pca.left.square().sum() / (size - kept) + level_width(levels) ** 2 / 12
    return volume - 0.5 * rest / variance - 0.5 * (size - kept) * (2 * math.pi * variance).log()
