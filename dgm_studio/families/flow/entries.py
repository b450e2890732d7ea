"""How a flow looks at its data before the first layer: as it is, as waves, or with the borders of its range stretched.

`CosineWaves` is the orthonormal discrete cosine transform (Ahmed et al. 1974), whose coefficients, coarse to fine, are nearly
uncorrelated. `Stretch` is the logit that RealNVP begins with (Dinh et al. 2016, arXiv:1605.08803, section 4.1): most
pixels are black or white, and a flow must not have to heap them up against a wall.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from dgm_studio.families.flow.net import FlowEntry

_MARGIN = 1.1
"""How far beyond the range of pixels the stretched range goes."""
_NEAREST = 1e-5
"""How near to the ends of the stretched range a value is taken for what it is."""


class Plain(FlowEntry):
    """Points, as they are."""

    def enter(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, x.new_zeros(len(x))

    def leave(self, h: Tensor) -> Tensor:
        return h


class Stretch(FlowEntry):
    """Pixels in ``[-r, r]`` to all numbers: ``h = log(p / (1 - p))``, ``p = (x + r) / 2r``, r a tenth beyond ``reach``."""

    def __init__(self, reach: float) -> None:
        super().__init__()
        self.reach = _MARGIN * reach

    def enter(self, x: Tensor) -> tuple[Tensor, Tensor]:
        p = ((x + self.reach) / (2 * self.reach)).clamp(_NEAREST, 1 - _NEAREST)
        up, down = p.log(), (-p).log1p()
        return up - down, -(up + down + math.log(2 * self.reach)).sum(-1)

    def leave(self, h: Tensor) -> Tensor:
        return self.reach * torch.tanh(h / 2)


def _dct(n: int) -> Tensor:
    """Orthonormal type-II cosine transform (n, n): rows are frequencies."""
    k, i = torch.arange(n, dtype=torch.float64)[:, None], torch.arange(n, dtype=torch.float64)[None]
    rows = torch.cos(math.pi * (i + 0.5) * k / n) * math.sqrt(2 / n)
    rows[0] /= math.sqrt(2)
    return rows


class CosineWaves(nn.Module):
    """The orthonormal cosine transform of images (C, H, W), rows and columns and colours in turn, coarse to fine."""

    def __init__(self, event: tuple[int, ...]) -> None:
        super().__init__()
        c, h, w = self.event = event
        for name, n in (("colours", c), ("rows", h), ("columns", w)):
            self.register_buffer(name, _dct(n).float(), persistent=False)
        a, b, d = torch.meshgrid(torch.arange(c), torch.arange(h), torch.arange(w), indexing="ij")
        # colour differences count as a little finer than brightness
        frequency = (b / h).square() + (d / w).square() + 0.02 * a
        order = frequency.flatten().argsort(stable=True)
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("place", order.argsort(), persistent=False)

    colours: Tensor
    rows: Tensor
    columns: Tensor
    order: Tensor
    place: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Flat images (n, D) to amplitudes (n, D)."""
        y = self.rows @ x.view(-1, *self.event) @ self.columns.T
        return torch.einsum("ac,nchw->nahw", self.colours, y).flatten(1)[:, self.order]

    def inverse(self, amplitude: Tensor) -> Tensor:
        y = self.rows.T @ amplitude[:, self.place].view(-1, *self.event) @ self.columns
        return torch.einsum("ac,nahw->nchw", self.colours, y).flatten(1)


class EvenWaves(FlowEntry):
    """Pictures as waves, each shifted and scaled to unit variance."""

    def __init__(self, event: tuple[int, ...]) -> None:
        super().__init__()
        self.waves = CosineWaves(event)
        self.shift = nn.Parameter(torch.zeros(math.prod(event)))
        self.log_scale = nn.Parameter(torch.zeros(math.prod(event)))

    @torch.no_grad()
    def prepare(self, x: Tensor) -> None:
        waves = self.waves(x)
        self.shift.copy_(waves.mean(0))
        self.log_scale.copy_(waves.std(0).clamp_min(1e-3).log())

    def enter(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return (self.waves(x) - self.shift) * torch.exp(-self.log_scale), -self.log_scale.sum().expand(len(x))

    def leave(self, h: Tensor) -> Tensor:
        x: Tensor = self.waves.inverse(h * torch.exp(self.log_scale) + self.shift)
        return x
