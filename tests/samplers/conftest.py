"""An exact Gaussian mixture: its denoiser, its velocity, its density, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor


@dataclass(frozen=True)
class Mixture:
    """Weights (k,), means (k, 2) and one standard deviation, in float64."""

    weights: Tensor
    means: Tensor
    std: float

    def _responsibilities(self, x: Tensor, means: Tensor, variance: float) -> Tensor:
        away = (x[:, None] - means).square().sum(2)
        return torch.softmax(self.weights.log() - away / (2 * variance), 1)

    def denoise(self, x: Tensor, sigma: float) -> Tensor:
        """E[x0 | x0 + sigma n = x]"""
        variance = self.std**2 + sigma**2
        r = self._responsibilities(x, self.means, variance)
        return (self.std**2 * x + sigma**2 * (r @ self.means)) / variance

    def velocity(self, x: Tensor, t: float) -> Tensor:
        """E[x1 - x0 | (1 - t) x0 + t x1 = x]"""
        variance = (t * self.std) ** 2 + (1 - t) ** 2
        mean = self._responsibilities(x, t * self.means, variance) @ self.means
        return mean + (t * self.std**2 - (1 - t)) / variance * (x - t * mean)

    def log_density(self, x: Tensor) -> Tensor:
        away = (x[:, None] - self.means).square().sum(2) / (2 * self.std**2)
        return torch.logsumexp(self.weights.log() - away, 1) - math.log(2 * math.pi * self.std**2)


@pytest.fixture
def mixture() -> Mixture:
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    means = torch.tensor([[1.0, 0.5], [-1.0, 0.2], [0.1, -1.2]], dtype=torch.float64)
    return Mixture(weights, means, 0.4)
