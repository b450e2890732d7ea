"""Points as normal quantiles: the number that a standard normal exceeds as often as the coordinate exceeds its own law.

    z1 = N^-1(P(x1)),    z2 = N^-1(P(x2 | x1)),

so that independent standard normals are latents of the plane, exactly and both ways.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Latent, Work
from dgm_studio.families.shared.classes import class_or_first
from dgm_studio.families.shared.latents import standard_normal
from dgm_studio.nets.causal_mixture import MixtureChain


@dataclass(frozen=True)
class Quantiles:
    """Latents (n, 2) of points."""

    net: MixtureChain
    spec: DataSpec

    def latent(self) -> Latent:
        return Latent(2, standard_normal(2), self.decode, self.encode, exact=True, classes="mixed")

    @torch.no_grad()
    def decode(self, z: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        given = class_or_first(label, z, self.spec)
        x1 = self.net.of_first(given).at_quantile(z[:, 0])
        yield
        return torch.stack([x1, self.net.of_second(x1, given).at_quantile(z[:, 1])], 1)

    @torch.no_grad()
    def encode(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        given = class_or_first(label, x, self.spec)
        z1 = self.net.of_first(given).quantile_of(x[:, 0])
        return torch.stack([z1, self.net.of_second(x[:, 0], given).quantile_of(x[:, 1])], 1)
