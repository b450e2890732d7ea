"""Noise schedules: which noise levels a diffusion model trains on, and in what order it samples through them.

All of them speak of ``sigma``, the noise added to data of unit spread; a variance-preserving process with signal share
``alpha_bar`` has ``sigma^2 = 1 / alpha_bar - 1``. A schedule is two curves: quantiles of the levels seen in training, and the
level at progress t of sampling, which falls from ``largest`` at 0 to ``smallest`` at 1.

* **edm**: ln sigma is normal in training; sampling is even in ``sigma^(1/7)`` (Karras et al. 2022, arXiv:2206.00364).
* **linear**: ``beta`` rises linearly, ``ln alpha_bar = -(b0 s + (b1 - b0) s^2 / 2)``, with time s uniform in training and
  even in sampling (Ho et al. 2020, arXiv:2006.11239; in continuous time Song et al. 2020, arXiv:2011.13456).
* **cosine**: ``alpha_bar = cos^2``, so that ``sigma = tan(angle)`` with the angle uniform and even (Nichol & Dhariwal 2021,
  arXiv:2102.09672).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from dgm_studio.samplers.noise import rho_schedule

_RHO = 7.0
_BETA_0, _BETA_1 = 0.1, 20.0


class NoiseLevels(Protocol):
    """A schedule from ``largest`` to ``smallest``."""

    def sigma(self, t: float) -> float:
        """The noise level at progress ``t`` of sampling."""
        ...

    def rate(self, t: float) -> float:
        """Its derivative, d sigma / dt, at most 0."""
        ...

    def draw(self, quantile: Tensor) -> Tensor:
        """ln sigma (n,) of training, at quantiles (n,) in (0, 1)."""
        ...


@dataclass(frozen=True)
class LogNormal:
    """The schedule of EDM; ``mean`` and ``std`` are those of ln sigma in training."""

    largest: float
    smallest: float
    mean: float
    std: float

    def sigma(self, t: float) -> float:
        return rho_schedule(t, self.largest, self.smallest, _RHO)

    def rate(self, t: float) -> float:
        step = self.smallest ** (1 / _RHO) - self.largest ** (1 / _RHO)
        return float(_RHO * self.sigma(t) ** (1 - 1 / _RHO) * step)

    def draw(self, quantile: Tensor) -> Tensor:
        log_sigma: Tensor = self.mean + self.std * torch.special.ndtri(quantile)
        return log_sigma.clamp(math.log(self.smallest), math.log(self.largest))


@dataclass(frozen=True)
class Linear:
    """The schedule of DDPM, in that part of its time where sigma is in range."""

    largest: float
    smallest: float

    def time(self, sigma: float) -> float:
        """When in DDPM's time from 0 to 1 there is so much noise."""
        rise = _BETA_1 - _BETA_0
        return (math.sqrt(_BETA_0**2 + 2 * rise * math.log1p(sigma**2)) - _BETA_0) / rise

    def _at(self, t: float) -> float:
        first, last = self.time(self.largest), self.time(self.smallest)
        return first + t * (last - first)

    def sigma(self, t: float) -> float:
        s = self._at(t)
        return math.sqrt(math.expm1(_BETA_0 * s + (_BETA_1 - _BETA_0) * s * s / 2))

    def rate(self, t: float) -> float:
        s, sigma = self._at(t), self.sigma(t)
        beta = _BETA_0 + (_BETA_1 - _BETA_0) * s
        return 0.5 * beta * (sigma + 1 / sigma) * (self.time(self.smallest) - self.time(self.largest))

    def draw(self, quantile: Tensor) -> Tensor:
        first, last = self.time(self.smallest), self.time(self.largest)
        s = first + quantile * (last - first)
        return 0.5 * torch.expm1(_BETA_0 * s + (_BETA_1 - _BETA_0) * s * s / 2).log()


@dataclass(frozen=True)
class Cosine:
    """The schedule of improved DDPM."""

    largest: float
    smallest: float

    def sigma(self, t: float) -> float:
        first, last = math.atan(self.largest), math.atan(self.smallest)
        return math.tan(first + t * (last - first))

    def rate(self, t: float) -> float:
        return (1 + self.sigma(t) ** 2) * (math.atan(self.smallest) - math.atan(self.largest))

    def draw(self, quantile: Tensor) -> Tensor:
        first, last = math.atan(self.smallest), math.atan(self.largest)
        return torch.tan(first + quantile * (last - first)).log()
