"""Densities of the plane as Gaussian mixtures, whose denoiser is known, and diffusion samplers with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.samplers.diffusion_samplers import diffusion_samplers
from dgm_studio.samplers.noise import rho_schedule
from dgm_studio.samplers.path import Direct, Path


@dataclass(frozen=True)
class Mixture:
    """Equal round Gaussians around means (k, 2)."""

    means: Tensor
    std: float

    def denoise(self, x: Tensor, sigma: float, label: Tensor | None = None) -> Tensor:
        """E[x0 | x0 + sigma n = x]"""
        y, variance = x.double(), self.std**2 + sigma**2
        share = torch.softmax((y[:, None] - self.means).square().sum(2) / (-2 * variance), 1)
        return ((self.std**2 * y + sigma**2 * (share @ self.means)) / variance).to(x)

    def log_density(self, x: Tensor) -> Tensor:
        """Up to a constant."""
        return torch.logsumexp((x[:, None] - self.means).square().sum(2) / (-2 * self.std**2), 1)


def mixture(means: Tensor, std: float) -> Mixture:
    """Moved and scaled to mean 0 and standard deviation 1."""
    means = means.double() - means.double().mean(0)
    size = float((means.square().mean() + std**2).sqrt())
    return Mixture(means / size, std / size)


_arc = torch.linspace(0, math.pi, 24)
_turn = torch.arange(40) * (2 * math.pi / 40)
_eight = torch.arange(8) * (math.pi / 4)
_cells = torch.tensor([(i, j) for i in range(4) for j in range(4) if (i + j) % 2 == 0])
DENSITIES = {
    "moons": (
        mixture(
            torch.cat([torch.stack([_arc.cos(), _arc.sin()], 1), torch.stack([1 - _arc.cos(), 0.5 - _arc.sin()], 1)]),
            0.1,
        ),
        0.3,
    ),
    "eight": (mixture(4 * torch.stack([_eight.cos(), _eight.sin()], 1), 0.5), 0.9),
    "ring": (mixture(torch.stack([_turn.cos(), _turn.sin()], 1), 0.1), 0.5),
    "board": (mixture(_cells, 0.25), 0.4),
    "line": (mixture(torch.linspace(-1, 1, 30)[:, None].expand(-1, 2), 0.2), 0.8),
}
"""By name, with a value of the first coordinate to ask about."""


def noise_level(t: float) -> float:
    return rho_schedule(t, 20.0, 0.002)


def diffusion_of(density: Mixture, shape: tuple[int, ...] = (2,)):
    """Samplers on the path that keeps the variance."""

    def at(t: float) -> tuple[float, float]:
        size = math.hypot(1, noise_level(t))
        return (1.0, 0.0) if t >= 1 else (1 / size, noise_level(t) / size)

    path = Path(at, Direct(shape), torch.ones(()), torch.device("cpu"))
    return diffusion_samplers(path, noise_level, density.denoise, None)
