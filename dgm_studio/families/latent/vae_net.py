"""Encoder and decoder of a variational autoencoder.

The class goes into every layer of both: told of it only at its input, the decoder learns to read the class from the
latent instead, and a latent drawn from the prior then contradicts the class asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.families.latent.observations import LOG_2PI, ObservationModel


@dataclass(frozen=True)
class Gaussian:
    """Independent normals with mean and log standard deviation (..., k)."""

    mean: Tensor
    log_sigma: Tensor

    def sample(self, rng: Rng) -> Tensor:
        noise = torch.randn(self.mean.shape, generator=rng, device=rng.device)
        return self.mean + self.log_sigma.exp() * noise

    def log_density(self, z: Tensor) -> Tensor:
        """Nats (...)."""
        off = (z - self.mean) * torch.exp(-self.log_sigma)
        return -(0.5 * off.square() + self.log_sigma + 0.5 * LOG_2PI).sum(-1)

    def divergence(self) -> Tensor:
        """KL to the standard normal in nats (..., k), coordinate by coordinate."""
        return 0.5 * (self.mean.square() + (2 * self.log_sigma).exp() - 1) - self.log_sigma


class ClassMLP(nn.Module):
    """Linear layers of the given sizes, each of which is told the class (n, C) as well."""

    def __init__(self, sizes: Sequence[int], classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a + classes, b) for a, b in pairwise(sizes))

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        for i, layer in enumerate(self.layers):
            if i:
                x = nn.functional.silu(x)
            x = layer(torch.cat([x, given], -1) if given.shape[-1] else x)
        return x


class VaeNet(nn.Module):
    """``q(z | x, y)`` and ``p(x | z, y)`` with latents of ``latent`` numbers and decoder layers mirroring the encoder's."""

    def __init__(
        self,
        size: int,
        classes: int,
        hidden: Sequence[int],
        latent: int,
        observation: ObservationModel,
    ) -> None:
        super().__init__()
        self.size, self.latent = size, latent
        self.encoder = ClassMLP([size, *hidden, 2 * latent], classes)
        self.decoder = ClassMLP([latent, *reversed(hidden), observation.outputs * size], classes)
        self.observation = observation

    def posterior(self, x: Tensor, given: Tensor) -> Gaussian:
        """x (n, D), classes (n, C) one-hot."""
        mean, log_sigma = self.encoder(x, given).chunk(2, -1)
        # a bounded width keeps the first steps finite
        return Gaussian(mean, 6 * torch.tanh(log_sigma / 6))

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Latents (n, k) to means (n, D)."""
        return self.observation.mean(self.decoder(z, given))

    def draw(self, z: Tensor, given: Tensor, rng: Rng, temperature: float = 1.0) -> Tensor:
        """Latents (n, k) to samples (n, D) of ``p(x | z)``."""
        return self.observation.draw(self.decoder(z, given), rng, temperature)

    def log_likelihood(self, x: Tensor, z: Tensor, given: Tensor) -> Tensor:
        """``log p(x | z)`` in nats (n,)."""
        return self.observation.log_density(x, self.decoder(z, given))

    def log_joint(self, x: Tensor, z: Tensor, given: Tensor) -> Tensor:
        """``log p(x, z)`` in nats (n,)."""
        return self.log_likelihood(x, z, given) - 0.5 * (z.square() + LOG_2PI).sum(-1)

    def weigh(self, q: Gaussian, x: Tensor, given: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """``log p(x | z_k)`` and ``log p(z_k) - log q(z_k | x)``, each (K, n), for the latents that noise (K, n or 1, k)
        stands for.

        The mean of their sum is the evidence bound, ``logsumexp`` of it less ``log K`` the importance-weighted one.
        """
        draws, n = len(noise), len(x)
        z = q.mean + q.log_sigma.exp() * noise
        likelihood = self.log_likelihood(x.repeat(draws, 1), z.flatten(0, 1), given.repeat(draws, 1)).view(draws, n)
        return likelihood, -0.5 * (z.square() + LOG_2PI).sum(-1) - q.log_density(z)
