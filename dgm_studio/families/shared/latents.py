"""What latent spaces of different families have in common: the standard normal prior, and decoding with or without a class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Rng, Work
from dgm_studio.families.shared.classes import class_or_first

Decode = Callable[[Tensor, Tensor], Tensor]
"""Latents (n, k) and one-hot classes (n, C) to examples (n, *event)."""


def standard_normal(size: int) -> Callable[[int, Rng], Tensor]:
    """The prior N(0, I) over latents of ``size`` numbers, as `Latent` asks for it."""
    return lambda n, rng: torch.randn(n, size, generator=rng, device=rng.device)


@dataclass(frozen=True)
class Decoder:
    """A network that decodes latents in one pass, as `Latent` asks for it."""

    net: Decode
    spec: DataSpec

    @torch.no_grad()
    def __call__(self, z: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        return self.net(z, class_or_first(label, z, self.spec)).view(len(z), *self.spec.event)
