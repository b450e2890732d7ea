"""What follows from a flow because it can be walked both ways: exact densities, and a latent for every example."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Latent, Work
from dgm_studio.families.flow.net import FlowNet
from dgm_studio.families.shared.classes import class_or_first, marginal, one_hot
from dgm_studio.families.shared.latents import Decoder, standard_normal
from dgm_studio.families.shared.levels import dequantised
from dgm_studio.families.shared.slices import in_slices

_ROWS = 512
"""Points per slice of work."""
_PIXELS = 16384
"""Pixels per slice of work."""


@dataclass(frozen=True)
class ExactDensity:
    """Nats of examples; pictures with noise on them as wide as their grey levels, without which there is no density."""

    net: FlowNet
    spec: DataSpec

    def __call__(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self.spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        rows = _PIXELS // self.spec.size if self.spec.is_image else _ROWS
        return in_slices(self._log_density, x.flatten(1), label, rows)

    def _log_density(self, x: Tensor, label: Tensor | None) -> Tensor:
        given = one_hot(label, len(x), self.spec.given_size, x)
        return self.net.log_density(dequantised(x, self.spec.levels) if self.spec.is_image else x, given)


@dataclass(frozen=True)
class ExactLatent:
    """The base noise of every example, and the way between them layer by layer."""

    net: FlowNet
    spec: DataSpec

    def latent(self) -> Latent:
        size = self.spec.size
        return Latent(
            size,
            standard_normal(size),
            Decoder(self.net.decode, self.spec),
            self.encode,
            exact=True,
            classes="mixed",
            part_way=self.part_way,
        )

    @torch.no_grad()
    def encode(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        return self.net.inward(x.flatten(1), class_or_first(label, x.flatten(1), self.spec))[0]

    @torch.no_grad()
    def part_way(self, z: Tensor, t: float, label: Tensor | None) -> Work[Tensor]:
        """Between two layers on straight lines, as frames are shown."""
        given, h, depth = class_or_first(label, z, self.spec), z, len(self.net)
        done, share = divmod(t * depth, 1)
        for k in range(int(done)):
            h = self.net.outward(h, given, depth - 1 - k)
            yield
        x = self.net.leave(h)
        if share:
            x = torch.lerp(x, self.net.leave(self.net.outward(h, given, depth - 1 - int(done))), share)
        return x.view(len(z), *self.spec.event)
