"""Generators and critics of a GAN: plain networks of numbers, and small convolutional ones for pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize

from dgm_studio.nets.mlp import activation_of

_FIRST_ROUNDS = 15
_WAVES_PER_UNIT = 0.7
"""Deviation of a generator's frequencies along a latent of one number."""


class SpectralLinear(nn.Linear):
    """A linear layer over its largest singular value, ``W / (u^T W v)`` (Miyato et al. 2018, arXiv:1802.05957).

    ``settle`` brings u and v one round of power iteration nearer to the singular vectors: once per training step, since
    the weights move slowly.
    """

    u: Tensor
    v: Tensor

    def __init__(self, fan_in: int, fan_out: int) -> None:
        super().__init__(fan_in, fan_out)
        self.register_buffer("u", normalize(torch.randn(fan_out), dim=0))
        self.register_buffer("v", normalize(torch.randn(fan_in), dim=0))
        for _ in range(_FIRST_ROUNDS):
            self.settle()

    @torch.no_grad()
    def settle(self) -> None:
        self.v.copy_(normalize(self.weight.T @ self.u, dim=0))
        self.u.copy_(normalize(self.weight @ self.v, dim=0))

    def scaled(self) -> Tensor:
        """The weight that acts (out, in), of spectral norm 1."""
        return self.weight / torch.dot(self.u.clone(), self.weight @ self.v.clone())

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.scaled(), self.bias)


def _mlp(sizes: Sequence[int], activation: str, layer: Callable[[int, int], nn.Module] = nn.Linear) -> nn.Sequential:
    parts: list[nn.Module] = []
    for i in range(len(sizes) - 1):
        parts += [activation_of(activation)] if i else []
        parts.append(layer(sizes[i], sizes[i + 1]))
    return nn.Sequential(*parts)


class FourierWaves(nn.Module):
    """Numbers (n, k) and random Fourier features of them (n, k + 2 count), of frequencies from N(0, spread^2) in waves per
    unit (Tancik et al. 2020, arXiv:2006.10739): with them a network can tell apart what is close together."""

    frequency: Tensor

    def __init__(self, size: int, count: int, spread: float) -> None:
        super().__init__()
        self.register_buffer("frequency", torch.randn(size, count) * spread)

    def forward(self, x: Tensor) -> Tensor:
        phase = 2 * math.pi * x @ self.frequency
        return torch.cat([x, phase.cos(), phase.sin()], -1)


class Generator(nn.Module):
    """Latents (n, k) and one-hot classes (n, C) to examples (n, D); pixels are squashed into [-1, 1].

    ``waves`` above 0 is for points: ``x = A z + f(waves of z, y)``. They begin as A z, a cloud as wide as the data, so that
    no mode is far from all of them, and by the waves latents close together part early. Of 25 Gaussians a plain network
    leaves a whole column empty for some seeds, and without the cloud or without the waves all modes are found, but fill
    evenly only after a thousand steps more. The units have corners: smooth ones smear bridges between separate modes.

    ``channels`` above 0 makes pictures by convolutions, from a quarter of their height and width on (DCGAN, Radford et al.
    2015, arXiv:1511.06434). For pictures the class counts as much as the whole latent: else it is long overheard.
    """

    def __init__(
        self, latent: int, classes: int, width: int, event: Sequence[int], *, channels: int = 0, waves: int = 0
    ) -> None:
        super().__init__()
        self.image = len(event) == 3
        self.gain = latent**0.5 if self.image else 1.0
        # phases spread alike however many numbers a latent has
        self.waves = FourierWaves(latent, waves, _WAVES_PER_UNIT / latent**0.5) if waves else None
        self.cloud = nn.Linear(latent, math.prod(event), bias=False) if waves else None
        if self.cloud is not None:
            nn.init.orthogonal_(self.cloud.weight)
        if channels:
            c, h, w = event
            self.layers = nn.Sequential(
                nn.Linear(latent + classes, width),
                nn.SiLU(),
                nn.Linear(width, 2 * channels * (h // 4) * (w // 4)),
                nn.Unflatten(1, (2 * channels, h // 4, w // 4)),
                nn.SiLU(),
                nn.ConvTranspose2d(2 * channels, channels, 4, 2, 1),
                nn.SiLU(),
                nn.ConvTranspose2d(channels, c, 4, 2, 1),
                nn.Flatten(),
            )
        else:
            sizes = [latent + 2 * waves + classes, width, width, width, math.prod(event)]
            self.layers = _mlp(sizes, "silu" if self.image else "relu")

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        seen = z if self.waves is None else self.waves(z)
        x: Tensor = self.layers(torch.cat([seen, self.gain * given], -1))
        if self.cloud is not None:
            x = x + self.cloud(z)
        return torch.tanh(x) if self.image else x


class Critic(nn.Module):
    """Points (n, 2) and one-hot classes (n, C) to one number each: higher means more real.

    Without waves it cannot tell modes apart that are close together. ``spectral`` layers bound how steep it is.
    """

    def __init__(
        self, size: int, classes: int, width: int, frequencies: int, spread: float, *, spectral: bool = False
    ) -> None:
        super().__init__()
        self.waves = FourierWaves(size, frequencies, spread)
        sizes = [size + 2 * frequencies + classes, width, width, width, 1]
        self.layers = _mlp(sizes, "silu", SpectralLinear if spectral else nn.Linear)

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        score: Tensor = self.layers(torch.cat([self.waves(x), given], -1))
        return score[:, 0]


class ImageCritic(nn.Module):
    """Pictures (n, D) and one-hot classes (n, C) to one number each; ``channels`` above 0 begins with two convolutions.

    The class is compared with what was seen, ``D(x, y) = w . f(x) + e_y . f(x)`` (projection, Miyato & Koyama 2018,
    arXiv:1802.05637): as one input among hundreds of pixels it would go unheard.
    """

    def __init__(
        self, event: Sequence[int], classes: int, width: int, channels: int = 0, *, spectral: bool = False
    ) -> None:
        super().__init__()
        c, h, w = event
        layer = SpectralLinear if spectral else nn.Linear
        if channels:
            self.seen = nn.Sequential(
                nn.Unflatten(1, (c, h, w)),
                nn.Conv2d(c, channels, 4, 2, 1),
                nn.SiLU(),
                nn.Conv2d(channels, 2 * channels, 4, 2, 1),
                nn.SiLU(),
                nn.Flatten(),
                layer(2 * channels * (h // 4) * (w // 4), width),
                nn.SiLU(),
            )
        else:
            self.seen = nn.Sequential(*_mlp([c * h * w, width, width, width], "silu", layer), nn.SiLU())
        self.out = layer(width, 1)
        self.of_class = nn.Linear(classes, width, bias=False) if classes else None

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        seen = self.seen(x)
        score: Tensor = self.out(seen)[:, 0]
        return score if self.of_class is None else score + (self.of_class(given) * seen).sum(-1)


def settle(critic: nn.Module) -> None:
    """One round of power iteration in every spectral layer."""
    for layer in critic.modules():
        if isinstance(layer, SpectralLinear):
            layer.settle()
