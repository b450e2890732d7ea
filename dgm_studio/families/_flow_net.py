"""The network of a normalizing flow: a fixed view of the data, then coupling layers down to standard normal noise.

Points go straight into the couplings. Images are first seen through an orthonormal discrete cosine transform (Ahmed et
al. 1974), whose coefficients, coarse to fine, are nearly uncorrelated; each is shifted and scaled to unit variance. The
fine ones are bent once given the coarse ones, the coarse ones by all further layers: cheap, and where the shapes are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from dgm_studio.families._couplings import Coupling, Kind


def _dct(n: int) -> Tensor:
    """Orthonormal type-II cosine transform (n, n): rows are frequencies."""
    k, i = torch.arange(n, dtype=torch.float64)[:, None], torch.arange(n, dtype=torch.float64)[None]
    rows = torch.cos(math.pi * (i + 0.5) * k / n) * math.sqrt(2 / n)
    rows[0] /= math.sqrt(2)
    return rows


class Waves(nn.Module):
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


class FlowNet(nn.Module):
    """Invertible map between examples (n, D) and noise (n, D).

    ``inward`` goes from data to noise, ``outward`` one layer back; layers are numbered in the inward direction.
    """

    def __init__(
        self, kind: Kind, event: tuple[int, ...], classes: int, layers: int, width: int, bins: int, coarse: int
    ) -> None:
        super().__init__()
        self.size = math.prod(event)
        self.image = len(event) == 3
        self.layers = nn.ModuleList()
        first = min(coarse, self.size) if self.image else self.size
        index = torch.arange(self.size)
        if self.image:
            self.waves = Waves(event)
            self.shift = nn.Parameter(torch.zeros(self.size))
            self.log_scale = nn.Parameter(torch.zeros(self.size))
            if first < self.size:
                self.layers.append(Coupling("realnvp", index[first:], index[:first], classes, width, bins))
        for i in range(layers):
            # even and odd numbers, then even and odd pairs, so that all come to depend on all
            stride = 1 if first < 4 else 2 ** ((i // 2) % 2)
            turn = (index[:first] // stride) % 2 == (i + 1) % 2
            self.layers.append(Coupling(kind, index[:first][turn], index[:first][~turn], classes, width, bins))

    def __len__(self) -> int:
        return len(self.layers)

    @torch.no_grad()
    def standardise(self, x: Tensor) -> None:
        """Set shift and scale of every wave from a first batch (n, D)."""
        if self.image:
            waves = self.waves(x)
            self.shift.copy_(waves.mean(0))
            self.log_scale.copy_(waves.std(0).clamp_min(1e-3).log())

    def enter(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Examples (n, D) to what the first layer sees, and the log-determinant (n,)."""
        if not self.image:
            return x, x.new_zeros(len(x))
        return (self.waves(x) - self.shift) * torch.exp(-self.log_scale), -self.log_scale.sum().expand(len(x))

    def leave(self, h: Tensor) -> Tensor:
        """The inverse of `enter`: also how an unfinished sample is shown."""
        if not self.image:
            return h
        x: Tensor = self.waves.inverse(h * torch.exp(self.log_scale) + self.shift)
        return x

    def inward(self, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Examples (n, D), classes (n, C) one-hot to noise (n, D) and the log-determinant (n,)."""
        h, log_det = self.enter(x)
        for layer in self.layers:
            assert isinstance(layer, Coupling)
            h, change = layer.bend(h, given, inverse=False)
            log_det = log_det + change
        return h, log_det

    def outward(self, h: Tensor, given: Tensor, layer: int) -> Tensor:
        """Undo one layer."""
        coupling = self.layers[layer]
        assert isinstance(coupling, Coupling)
        return coupling.bend(h, given, inverse=True)[0]

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Noise (n, D) to examples (n, D)."""
        for layer in reversed(range(len(self))):
            z = self.outward(z, given, layer)
        return self.leave(z)

    def log_density(self, x: Tensor, given: Tensor) -> Tensor:
        """Nats (n,) of examples (n, D)."""
        z, log_det = self.inward(x, given)
        return log_det - 0.5 * z.square().sum(-1) - 0.5 * self.size * math.log(2 * math.pi)
