"""Generator and critic of a GAN as plain networks of numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from dgm_studio.nets.mlp import mlp


class Generator(nn.Module):
    """Codes (n, k) and one-hot classes (n, C) to examples (n, D); pixels are squashed into [-1, 1].

    In 2D its units have corners: a smooth map from one blob of codes smears bridges between separate modes. With 25
    Gaussians ReLU puts ten times as many samples on the modes as SiLU does, after equally many steps.
    """

    def __init__(self, latent: int, classes: int, width: int, size: int, *, image: bool) -> None:
        super().__init__()
        self.image = image
        self.layers = mlp([latent + classes, width, width, width, size], "silu" if image else "relu")

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        x: Tensor = self.layers(torch.cat([z, given], -1))
        return torch.tanh(x) if self.image else x


class Critic(nn.Module):
    """Examples (n, D) and one-hot classes (n, C) to one number each: higher means more real.

    In 2D it sees random Fourier features of the point, without which it cannot tell modes apart that are close together
    (Tancik et al. 2020, arXiv:2006.10739).
    """

    def __init__(self, size: int, classes: int, width: int, frequencies: int, spread: float) -> None:
        super().__init__()
        self.register_buffer("frequency", torch.randn(size, frequencies) * spread)
        self.layers = mlp([size + classes + 2 * frequencies, width, width, width, 1])

    frequency: Tensor

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        wave = 2 * math.pi * x @ self.frequency
        score: Tensor = self.layers(torch.cat([x, given, wave.cos(), wave.sin()], -1))
        return score[:, 0]
