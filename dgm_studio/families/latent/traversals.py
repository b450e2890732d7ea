"""Traversals: what each number of a latent does. A row moves one of them from -2 to 2 while the others rest at 0.

Where every number of the latent does one thing of its own, a code is said to be disentangled (Higgins et al. 2017, beta-VAE);
usually each does a little of everything. Those that change the picture most are shown, most first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor, nn

from dgm_studio.contract import DataSpec, Inside, Work
from dgm_studio.families.shared.latents import Decoder

ROWS, STEPS, REACH = 8, 7, 2.0
_HELP = (
    "Each row moves one number of the latent from -2 to 2 while the others rest at 0; those that change the picture most are "
    "shown, most first."
)


class DecodingNet(Protocol):
    """A network that decodes latents."""

    def decode(self, z: Tensor, given: Tensor) -> Tensor: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...


def traversals(net: DecodingNet, size: int, spec: DataSpec, unit: float = 1.0) -> dict[str, Inside]:
    """The inner view of a network that decodes pictures from ``size`` numbers, each of which is usually as large as ``unit``;
    none of points."""
    if not spec.is_image:
        return {}

    def tiles() -> Work[Tensor]:
        device, decoder = next(net.parameters()).device, Decoder(net.decode, spec)
        ends = REACH * unit * torch.eye(size, device=device)
        low = yield from decoder(-ends, None)
        high = yield from decoder(ends, None)
        best = (high - low).flatten(1).norm(dim=1).topk(min(ROWS, size)).indices
        steps = torch.linspace(-REACH * unit, REACH * unit, STEPS, device=device)
        z = torch.zeros(len(best), STEPS, size, device=device)
        z[torch.arange(len(best))[:, None], torch.arange(STEPS), best[:, None]] = steps
        return (yield from decoder(z.flatten(0, 1), None))

    return {"traversals": Inside("Traversals", _HELP, tiles, STEPS)}
