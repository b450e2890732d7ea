"""Energies: networks that give one number per class, low where data are likely.

A plain energy is a fixed bowl less a network, ``E(x, y) = bowl(x) - f(x)[y]``, and over all classes
``E(x) = bowl(x) - log sum_y exp f(x)[y]`` (Grathwohl et al. 2020, arXiv:1912.03263): a classifier's logits are energies.
The bowl keeps the density integrable whatever the network says far from the data.

A noisy energy knows a noise level as well. In ``mix = cos(a) u + sin(a) n``, a unit-variance mix of a latent ``u`` and
noise, it is ``E(mix, y) = |mix|^2/2 - cot(a) phi(mix, a)[y]``; the gradient of ``phi`` then is what diffusion models predict,
``F = sin(a) u - cos(a) n``, of unit variance at every noise level (Salimans & Ho 2022, arXiv:2202.00512).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.nets.mlp import FourierFeatures, TimeFeatures, ZeroLinear, initialise, mlp

WALL = 4.0
"""Beyond this radius the bowl of the plane rises steeply: data of standard deviation 1 end before it."""


def pick(joint: Tensor, label: Tensor | None) -> Tensor:
    """Of per-class values (n, C) the one of the class (n,); the log-sum of all where the label is -1 or there is none."""
    if joint.shape[1] == 1:
        return joint[:, 0]
    if label is None:
        return joint.logsumexp(1)
    chosen = joint.gather(1, label.clamp_min(0)[:, None])[:, 0]
    return torch.where(label >= 0, chosen, joint.logsumexp(1))


class PlaneEnergy(nn.Module):
    """An energy of points (n, 2); the bowl is ``0.05 |x|^2`` and a wall."""

    def __init__(self, width: int, depth: int, features: int, std: float, classes: int, rng: Rng) -> None:
        super().__init__()
        self.features = FourierFeatures(2, features, std, rng) if features else None
        self.body = mlp([2 + 2 * features, *[width] * depth, max(1, classes)])
        initialise(self, rng)

    def bowl(self, x: Tensor) -> Tensor:
        square = x.square().sum(1)
        return 0.05 * square + (square.clamp_min(1e-12).sqrt() - WALL).clamp_min(0).square()

    def logits(self, x: Tensor) -> Tensor:
        """f(x) (n, C)."""
        out: Tensor = self.body(x if self.features is None else torch.cat((x, self.features(x)), 1))
        return out

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """E(x, y), or E(x) where there is no label: (n,)."""
        return self.bowl(x) - pick(self.logits(x), label)


class LatentEnergy(nn.Module):
    """An energy of unit-variance latents of pictures (n, k); the bowl is that of a standard normal."""

    def __init__(self, size: int, width: int, depth: int, classes: int, rng: Rng) -> None:
        super().__init__()
        self.body = mlp([size, *[width] * depth, max(1, classes)])
        initialise(self, rng)

    def bowl(self, u: Tensor) -> Tensor:
        return 0.5 * u.square().sum(1)

    def logits(self, u: Tensor) -> Tensor:
        out: Tensor = self.body(u)
        return out

    def forward(self, u: Tensor, label: Tensor | None = None) -> Tensor:
        return self.bowl(u) - pick(self.logits(u), label)


class NoisyEnergy(nn.Module):
    """``phi(mix, a)[y] = <mix, G h> + W_y h`` with a residual MLP h of the mix and the noise level."""

    def __init__(self, size: int, width: int, depth: int, classes: int, rng: Rng) -> None:
        super().__init__()
        octaves = 6
        self.time = TimeFeatures(octaves)
        self.from_mix = nn.Linear(size, width)
        self.from_time = nn.Linear(2 * octaves + 1, width)
        self.first = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.second = nn.ModuleList(ZeroLinear(width, width) for _ in range(depth))
        self.context = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.pull = ZeroLinear(width, size)
        self.head = nn.Linear(width, max(1, classes), bias=classes > 1)  # a constant of one energy has no gradient
        initialise(self, rng)

    def phi(self, mix: Tensor, time: Tensor) -> Tensor:
        """mix (n, k) and ln tan(a) (n,) or (1,), both of order one, to (n, C)."""
        silu = nn.functional.silu
        context = silu(self.from_time(self.time(time)))
        h = self.from_mix(mix)
        for first, second, from_context in zip(self.first, self.second, self.context, strict=True):
            h = h + second(silu(first(silu(h)) + from_context(context)))
        h = silu(h)
        out: Tensor = (mix * self.pull(h)).sum(1, keepdim=True) + self.head(h)
        return out

    def forward(self, mix: Tensor, log_tan: Tensor) -> Tensor:
        """-E(mix, y) + |mix|^2/2 (n, C): logits of the classes at that noise level."""
        cot: Tensor = (-log_tan).exp()[:, None]
        return cot * self.phi(mix, log_tan / 4)
