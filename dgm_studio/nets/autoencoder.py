"""A small convolutional autoencoder of pictures.

The encoder looks at blocks of pixels, as channels of a picture a quarter as high and wide (space to depth, Shi et al. 2016,
arXiv:1609.05158), and gives a few dozen numbers; the decoder goes the same way back. Both are shallow on purpose: layers at
full size are what costs time on a CPU. Pixels end in a tanh: black and white are then places where it rests, and grey haze has
to be asked for (on glyphs of 28 x 28 pixels after 800 steps, the share of grey pixels was 1.07 of that of data, and 2.08
without).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.nets.mlp import ZeroConv2d, initialise

_CHANNELS, _FINE = 32, 16
"""Channels among blocks, and among pairs of pixels."""
_WIDTH = 384
"""Units between the numbers of a latent and the decoder's channels."""
_LARGE = 16
"""From this side on blocks are of 4 x 4 pixels, else of 2 x 2."""

_LEAK = 0.05
"""Slope that is left where the tanh rests: without it a step too large may leave every picture black for good."""


class PlainBlock(nn.Module):
    """``h + conv(silu(conv(silu h)))``, the second convolution starting at zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = ZeroConv2d(channels, channels, 3, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        out: Tensor = h + self.second(F.silu(self.first(F.silu(h))))
        return out


class Autoencoder(nn.Module):
    """Pictures (n, C, H, W) to latents (n, size) and back; sides that blocks do not divide are padded with their edge."""

    def __init__(self, event: tuple[int, ...], size: int, rng: Rng) -> None:
        super().__init__()
        colours, *sides = event
        self.block = 4 if min(sides) >= _LARGE else 2
        self.event = event
        self.inner = tuple(math.ceil(side / self.block) for side in sides)
        cells = math.prod(self.inner)
        self.read = nn.Conv2d(colours * self.block**2, _CHANNELS, 1)
        self.look = PlainBlock(_CHANNELS)
        self.to_latent = nn.Linear(_CHANNELS * cells, size)
        self.widen = nn.Linear(size, _WIDTH)
        self.from_latent = nn.Linear(_WIDTH, _CHANNELS * cells)
        self.draw = PlainBlock(_CHANNELS)
        self.larger = nn.Conv2d(_CHANNELS, _FINE * (self.block // 2) ** 2, 3, padding=1)
        self.write = nn.Conv2d(_FINE, colours * 4, 3, padding=1)
        initialise(self, rng)

    def encode(self, x: Tensor) -> Tensor:
        """Latents of no particular scale."""
        missing = [self.block * n - side for n, side in zip(self.inner, self.event[1:], strict=True)]
        if any(missing):
            x = F.pad(x, (0, missing[1], 0, missing[0]), mode="replicate")
        h = self.look(self.read(F.pixel_unshuffle(x, self.block)))
        out: Tensor = self.to_latent(F.silu(h).flatten(1))
        return out

    def decode(self, z: Tensor) -> Tensor:
        h = self.from_latent(F.silu(self.widen(z))).view(-1, _CHANNELS, *self.inner)
        h = F.silu(self.draw(h))
        h = F.silu(F.pixel_shuffle(self.larger(h), self.block // 2))
        x: Tensor = F.pixel_shuffle(self.write(h), 2)
        x = x[..., : self.event[1], : self.event[2]]
        return torch.tanh(x) + _LEAK * x
