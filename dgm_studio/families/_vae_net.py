"""Encoder and decoder of a variational autoencoder, with one noise level learned for all coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.nets.mlp import mlp

_LOG_2PI = math.log(2 * math.pi)
_SMALLEST_LOG_SIGMA = -5.0


@dataclass(frozen=True)
class Gaussian:
    """Independent normals with mean and log standard deviation (n, k)."""

    mean: Tensor
    log_sigma: Tensor

    def sample(self, rng: Rng) -> Tensor:
        noise = torch.randn(self.mean.shape, generator=rng, device=rng.device)
        return self.mean + self.log_sigma.exp() * noise

    def log_density(self, z: Tensor) -> Tensor:
        """Nats (n,)."""
        off = (z - self.mean) * torch.exp(-self.log_sigma)
        return -(0.5 * off.square() + self.log_sigma + 0.5 * _LOG_2PI).sum(-1)

    def divergence(self) -> Tensor:
        """KL to the standard normal in nats (n, k), coordinate by coordinate."""
        return 0.5 * (self.mean.square() + (2 * self.log_sigma).exp() - 1) - self.log_sigma


class VaeNet(nn.Module):
    """``q(z | x, y)`` and ``p(x | z, y) = N(decode(z, y), sigma^2 I)`` with codes of ``latent`` numbers."""

    def __init__(self, size: int, classes: int, hidden: Sequence[int], latent: int) -> None:
        super().__init__()
        self.size, self.latent = size, latent
        self.encoder = mlp([size + classes, *hidden, 2 * latent])
        self.decoder = mlp([latent + classes, *reversed(hidden), size])
        self.log_sigma = nn.Parameter(torch.tensor(-1.0))

    @property
    def sigma(self) -> Tensor:
        """Standard deviation of the decoder's noise."""
        return self.log_sigma.clamp_min(_SMALLEST_LOG_SIGMA).exp()

    def posterior(self, x: Tensor, given: Tensor) -> Gaussian:
        """x (n, D), classes (n, C) one-hot."""
        mean, log_sigma = self.encoder(torch.cat([x, given], -1)).chunk(2, -1)
        # a bounded width keeps the first steps finite
        return Gaussian(mean, 6 * torch.tanh(log_sigma / 6))

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Codes (n, k) to means (n, D)."""
        mean: Tensor = self.decoder(torch.cat([z, given], -1))
        return mean

    def log_likelihood(self, x: Tensor, z: Tensor, given: Tensor) -> Tensor:
        """``log p(x | z)`` in nats (n,)."""
        log_sigma = self.log_sigma.clamp_min(_SMALLEST_LOG_SIGMA)
        off = (x - self.decode(z, given)).square().sum(-1)
        return -0.5 * off * torch.exp(-2 * log_sigma) - self.size * (log_sigma + 0.5 * _LOG_2PI)

    def log_joint(self, x: Tensor, z: Tensor, given: Tensor) -> Tensor:
        """``log p(x, z)`` in nats (n,)."""
        return self.log_likelihood(x, z, given) - 0.5 * (z.square() + _LOG_2PI).sum(-1)
