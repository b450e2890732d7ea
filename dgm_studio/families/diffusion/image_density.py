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
from dataclasses import dataclass

from torch import Tensor

from dgm_studio.contract import DataSpec, LogDensity, PlaneField, Work, rng_for
from dgm_studio.families.shared.hutchinson import estimate
from dgm_studio.families.shared.levels import dequantised, level_width
from dgm_studio.nets.mdct import FittedSpace

_SEED = 71
_CHECKED = 16
"""So many pictures are judged in twice as many steps too."""


def image_density(
    velocity: PlaneField, spec: DataSpec, fitted: FittedSpace | None, std: Tensor, steps: int, probes: int = 2
) -> LogDensity:
    """Estimated nats of pictures whose latents (all of the picture where ``fitted`` is None) start from noise of ``std``."""
    found = ImageDensity(velocity, spec, fitted, std, steps, probes)
    return LogDensity(
        "estimate", found.work, passes=4 * steps * (1 + probes), note=found.note, numerical=lambda: found.by_steps
    )


@dataclass
class ImageDensity:
    """The estimate by so many RK4 steps and random probes, and how far off it may be by either.

    Errors by the probes are independent from picture to picture, so that the spread of their nats holds them already. Those
    by the steps are not: the first pictures are judged in twice as many steps too, along the same probes, and by how much that
    moves them on average is the stated error of a mean.
    """

    velocity: PlaneField
    spec: DataSpec
    fitted: FittedSpace | None
    std: Tensor
    steps: int
    probes: int
    by_probes: float = 0.0
    """Standard error of one picture of those judged last, in nats; 0 before."""
    by_steps: float = 0.0
    """Nats by which the mean of those judged may be off; 0 before."""
    _checked: int = 0

    def work(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        noisy = dequantised(x, self.spec.levels)
        latents = noisy if self.fitted is None else self.fitted.encode(noisy)
        nats, errors = yield from self._judged(latents, label, self.steps)
        if len(errors):
            self.by_probes = float(errors.square().mean().sqrt())
        some = min(len(x), _CHECKED - self._checked)
        if some:
            rows = None if label is None else label[:some]
            finer, _ = yield from self._judged(latents[:some], rows, 2 * self.steps)
            off = float((finer - nats[:some]).abs().mean())
            self.by_steps = (self._checked * self.by_steps + some * off) / (self._checked + some)
            self._checked += some
        return nats if self.fitted is None else nats + _outside(noisy, latents, self.fitted, self.spec.levels)

    def _judged(self, latents: Tensor, label: Tensor | None, steps: int) -> Work[tuple[Tensor, Tensor]]:
        rng = rng_for(_SEED, 1, device=latents.device)
        return (yield from estimate(self.velocity, latents, label, steps, self.probes, rng, self.std))

    def note(self) -> str:
        if not self.by_probes:
            return ""
        return (
            f"± {self.by_probes:.2g} nats by {self.probes} random probes of the divergence; in steps half as long a "
            f"picture moves by {self.by_steps:.2g} nats"
        )


def _outside(x: Tensor, latents: Tensor, fitted: FittedSpace, levels: int) -> Tensor:
    """What units and rest of the pictures add (n,) to the density of their latents."""
    size, kept = x[0].numel(), latents.shape[1]
    volume = -kept * fitted.scale.log()
    if size == kept:
        return volume.expand(len(x))
    rest = (x - fitted.decode(latents)).flatten(1).square().sum(1)
    # what pictures lose, and the noise of their grey levels, which has to go somewhere
    variance = fitted.left.square().sum() / (size - kept) + level_width(levels) ** 2 / 12
    return volume - 0.5 * rest / variance - 0.5 * (size - kept) * (2 * math.pi * variance).log()
