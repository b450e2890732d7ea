"""What a decoder says about an example given its latent: three distributions of independent coordinates.

* Gaussian, ``N(x; m(z), sigma^2 I)``, its noise level learned (sigma-VAE, Rybkin et al. 2020, arXiv:2006.13202);
* Bernoulli, for black and white; a grey pixel counts as the probability of white;
* discretised logistic, the mass that a logistic distribution with mean m(z) and scale s(z) gives to each grey level
  (Salimans et al. 2017, arXiv:1701.05517).

All take examples in model units, pixels in [-1, 1].
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dgm_studio.contract import DataSpec, Rng
from dgm_studio.families.shared.levels import nearest_level

LOG_2PI = math.log(2 * math.pi)
DecoderName = Literal["auto", "gaussian", "bernoulli", "discretised"]
_SMALLEST_LOG_SIGMA = -5.0
_SMALLEST_MASS = 1e-12


class ObservationModel(nn.Module, ABC):
    """``p(x | out)`` with ``outputs`` numbers of the network for each of the D coordinates of an example.

    ``levels`` is how many grey levels its log-probabilities are masses of, 0 where they are densities.
    """

    outputs: int
    levels: int

    @property
    @abstractmethod
    def reach(self) -> Tensor | float:
        """How far an example usually is from the mean, in each coordinate."""

    @abstractmethod
    def log_density(self, x: Tensor, out: Tensor) -> Tensor:
        """Nats (n,) of x (n, D) given out (n, outputs * D)."""

    @abstractmethod
    def mean(self, out: Tensor) -> Tensor:
        """Means (n, D)."""

    @abstractmethod
    def draw(self, out: Tensor, rng: Rng, temperature: float = 1.0) -> Tensor:
        """A sample (n, D), its noise at a temperature."""

    @abstractmethod
    def rounded(self, x: Tensor) -> Tensor:
        """The nearest example that has a log-probability under this distribution."""


class GaussianObservation(ObservationModel):
    """One noise level for all coordinates; means of pixels stay in [-1, 1]."""

    outputs, levels = 1, 0

    def __init__(self, *, image: bool) -> None:
        super().__init__()
        self.image = image
        self.log_sigma = nn.Parameter(torch.tensor(-1.0))

    @property
    def sigma(self) -> Tensor:
        """Standard deviation of the noise."""
        return self.log_sigma.clamp_min(_SMALLEST_LOG_SIGMA).exp()

    @property
    def reach(self) -> Tensor:
        return self.sigma

    def log_density(self, x: Tensor, out: Tensor) -> Tensor:
        log_sigma = self.log_sigma.clamp_min(_SMALLEST_LOG_SIGMA)
        off = (x - self.mean(out)).square().sum(-1)
        return -0.5 * off * torch.exp(-2 * log_sigma) - x.shape[-1] * (log_sigma + 0.5 * LOG_2PI)

    def mean(self, out: Tensor) -> Tensor:
        return torch.tanh(out) if self.image else out

    def draw(self, out: Tensor, rng: Rng, temperature: float = 1.0) -> Tensor:
        noise = torch.randn(out.shape, generator=rng, device=rng.device)
        return self.mean(out) + math.sqrt(temperature) * self.sigma * noise

    def rounded(self, x: Tensor) -> Tensor:
        return x


class BernoulliObservation(ObservationModel):
    """Pixels -1 and 1; ``out`` is the log-odds of 1. A temperature divides the log-odds."""

    outputs, levels = 1, 2
    reach = 0.5

    def log_density(self, x: Tensor, out: Tensor) -> Tensor:
        share = (x + 1) / 2
        return (share * out - F.softplus(out)).sum(-1)

    def mean(self, out: Tensor) -> Tensor:
        return torch.tanh(out / 2)

    def draw(self, out: Tensor, rng: Rng, temperature: float = 1.0) -> Tensor:
        chance = torch.sigmoid(out / max(temperature, 1e-6))
        return 2 * (torch.rand(out.shape, generator=rng, device=rng.device) < chance).to(out) - 1

    def rounded(self, x: Tensor) -> Tensor:
        return torch.where(x >= 0, 1.0, -1.0)


class DiscretisedObservation(ObservationModel):
    """Masses of ``levels`` grey levels; ``out`` holds the means, then the log scales. A temperature multiplies the scale."""

    outputs = 2
    reach = 0.3

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = max(levels, 2)

    def _split(self, out: Tensor) -> tuple[Tensor, Tensor]:
        """Locations and log scales; narrower than a sixteenth of a level cannot be told apart."""
        location, log_scale = out.chunk(2, -1)
        return torch.tanh(location), (log_scale - 2).clamp(math.log(0.125 / self.levels), 3.0)

    def log_density(self, x: Tensor, out: Tensor) -> Tensor:
        location, log_scale = self._split(out)
        half, off, steep = 1 / (self.levels - 1), x - location, torch.exp(-log_scale)
        above, below = (off + half) * steep, (off - half) * steep
        # the outer levels own everything beyond them
        inner = (torch.sigmoid(above) - torch.sigmoid(below)).clamp_min(_SMALLEST_MASS).log()
        log_mass = torch.where(
            x < -1 + half, F.logsigmoid(above), torch.where(x > 1 - half, F.logsigmoid(-below), inner)
        )
        return log_mass.sum(-1)

    def mean(self, out: Tensor) -> Tensor:
        return self._split(out)[0]

    def draw(self, out: Tensor, rng: Rng, temperature: float = 1.0) -> Tensor:
        location, log_scale = self._split(out)
        u = torch.rand(location.shape, generator=rng, device=rng.device).clamp(1e-6, 1 - 1e-6)
        return self.rounded(location + temperature * log_scale.exp() * torch.logit(u))

    def rounded(self, x: Tensor) -> Tensor:
        return nearest_level(x, self.levels)


def observation_for(decoder: DecoderName, spec: DataSpec) -> ObservationModel:
    """The distribution asked for; "auto" follows the kind of data. In 2D it is always Gaussian."""
    if decoder == "auto":
        black_and_white = spec.kind == "binary" or spec.levels == 2
        decoder = "bernoulli" if black_and_white else "discretised" if spec.kind == "discrete" else "gaussian"
    if decoder == "gaussian" or not spec.is_image:
        return GaussianObservation(image=spec.is_image)
    return BernoulliObservation() if decoder == "bernoulli" else DiscretisedObservation(spec.levels)
