"""Encoder, codebook, decoder and prior of a VQ-VAE over pictures.

The picture is cut into cells. The encoder sees each cell with a margin around it, and nothing else: where cell and margin
are known so is the code. The decoder sees the codes of the cells around, so that strokes meet where cells do. Both compute
on the grid of cells, which is small, and only the last layer on pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from dgm_studio.families.latent.observations import ObservationModel
from dgm_studio.families.latent.vq_codebook import Codebook
from dgm_studio.families.latent.vq_prior import CodeChain

_FINE = 12
"""Features of each pixel before the last layer."""


class Residual(nn.Module):
    """Two layers added to what came in; ``reach`` 3 sees the neighbouring cells."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, reach, padding=reach // 2)
        self.second = nn.Conv2d(width, width, 1)

    def forward(self, h: Tensor) -> Tensor:
        out: Tensor = h + self.second(F.silu(self.first(F.silu(h))))
        return out


class VqNet(nn.Module):
    """Pictures (n, C, H, W), vectors (n, D, d) of the D cells row by row, codes (n, D)."""

    def __init__(
        self,
        event: Sequence[int],
        cell: int,
        codes: int,
        size: int,
        width: int,
        observation: ObservationModel,
        prior: CodeChain,
    ) -> None:
        super().__init__()
        channels, self.height, self.width = event
        self.cell, self.margin, self.channels = cell, cell // 4, channels
        self.grid, self.size = prior.grid, size
        window = cell + 2 * self.margin
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, width, window, stride=cell, padding=self.margin),
            Residual(width, 1),
            Residual(width, 1),
            nn.SiLU(),
            nn.Conv2d(width, size, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(size, width, 1),
            Residual(width, 3),
            Residual(width, 3),
            nn.SiLU(),
            nn.Conv2d(width, _FINE * cell * cell, 1),
            nn.PixelShuffle(cell),
            nn.SiLU(),
            nn.Conv2d(_FINE, observation.outputs * channels, 3, padding=1),
        )
        self.codebook = Codebook(codes, size)
        self.observation = observation
        self.prior = prior

    def encode(self, x: Tensor) -> Tensor:
        """Vectors (n, D, d), each of mean 0 and variance 1: they can neither run away from the codes nor shrink."""
        z = self.encoder(F.pad(x, (0, -self.width % self.cell, 0, -self.height % self.cell)))
        return F.layer_norm(z.flatten(2).transpose(1, 2), (self.size,))

    def code(self, x: Tensor) -> Tensor:
        """The codes (n, D) of pictures."""
        return self.codebook.nearest(self.encode(x))

    def outputs(self, z: Tensor, grid: tuple[int, int] | None = None) -> Tensor:
        """What the observation reads, (n, outputs C H W), from vectors (n, D, d)."""
        out: Tensor = self.decoder(z.transpose(1, 2).unflatten(2, grid or self.grid))
        if grid is None:
            out = out[:, :, : self.height, : self.width]
        return out.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """Mean pictures (n, C, H, W) from vectors (n, D, d)."""
        return self.observation.mean(self.outputs(z)).view(len(z), self.channels, self.height, self.width)

    def tiles(self, code: Tensor, around: Tensor) -> Tensor:
        """Each of the codes (k,) in the middle of 3x3 cells of the code ``around`` (), cut to two cells a side."""
        grid = around.expand(len(code), 9).clone()
        grid[:, 4] = code
        mean = self.observation.mean(self.outputs(self.codebook.vectors[grid], (3, 3)))
        rim = self.cell // 2
        whole = mean.view(len(code), self.channels, 3 * self.cell, 3 * self.cell)
        return whole[:, :, rim : 3 * self.cell - rim, rim : 3 * self.cell - rim]

    def strengths(self, mask: Tensor) -> Tensor:
        """How strongly cells are masked (n, D): as strongly as anything that the encoder sees of them, mask (n, 1, H, W)."""
        padded = F.pad(mask, (0, -self.width % self.cell, 0, -self.height % self.cell))
        padded = F.pad(padded, (self.margin,) * 4)
        return F.max_pool2d(padded, self.cell + 2 * self.margin, self.cell).flatten(1)

    def of_cells(self, cells: Tensor) -> Tensor:
        """A value for each cell (n, D) as one for each pixel (n, 1, H, W)."""
        grid = cells.view(len(cells), 1, *self.grid)
        wide = grid.repeat_interleave(self.cell, 2).repeat_interleave(self.cell, 3)
        return wide[:, :, : self.height, : self.width]
