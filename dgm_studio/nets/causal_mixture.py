"""One number after the other, each from a mixture of Gaussians whose parameters follow from those before it.

    p(x) = p(x1) p(x2 | x1),     p(x_d | ...) = sum_k w_k N(x_d; m_k, s_k^2)

A mixture density network (Bishop 1994) inside the chain rule, as in RNADE (Uria et al. 2013, arXiv:1306.0186). Every
conditional is known in closed form, and so are its distribution function and, by bisection, its inverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dgm_studio.nets.mlp import mlp

_NARROWEST = math.log(2e-3)
"""Logarithm of the smallest deviation: no component can collapse onto one example."""
_HALVINGS = 44
"""Steps of bisection: an interval of forty deviations shrinks below double precision's needs."""


@dataclass(frozen=True)
class Mixture1d:
    """Mixtures of Gaussians over one number: ``log_weight``, ``mean``, ``log_sigma``, each (n, K) or (1, K)."""

    log_weight: Tensor
    mean: Tensor
    log_sigma: Tensor

    @classmethod
    def of(cls, raw: Tensor) -> Mixture1d:
        """From unconstrained numbers (n, 3 K)."""
        logits, mean, log_sigma = raw.chunk(3, -1)
        # softplus keeps the floor smooth, so that a gradient is left to widen a component again
        return cls(logits.log_softmax(-1), mean, _NARROWEST + nn.functional.softplus(log_sigma - _NARROWEST))

    def log_density(self, x: Tensor) -> Tensor:
        """Nats (n,) of numbers (n,); of (n, m) where the parameters are `spread`."""
        z = (x[..., None] - self.mean) * torch.exp(-self.log_sigma)
        nats: Tensor = (self.log_weight - self.log_sigma - 0.5 * z * z).logsumexp(-1) - 0.5 * math.log(2 * math.pi)
        return nats

    def spread(self) -> Mixture1d:
        """The same mixtures for several numbers each: (n, 1, K)."""
        return Mixture1d(self.log_weight[:, None], self.mean[:, None], self.log_sigma[:, None])

    def tempered(self, temperature: float) -> Mixture1d:
        """Each component to the power 1/T: weights ``w^(1/T) s^(1 - 1/T)``, variances times T.

        That is the density to the power 1/T for one component and for components that do not overlap.
        """
        height = self.log_weight - self.log_sigma
        logits = height / temperature + self.log_sigma
        return Mixture1d(logits.log_softmax(-1), self.mean, self.log_sigma + 0.5 * math.log(temperature))

    def quantile_of(self, x: Tensor) -> Tensor:
        """Standard normal quantiles (n,) of numbers (n,): ``Phi^-1(F(x))``, through the tail that keeps its digits."""
        z = (x.double()[:, None] - self.mean.double()) * torch.exp(-self.log_sigma.double())
        w = self.log_weight.double()
        below = (w + torch.special.log_ndtr(z)).logsumexp(-1).exp()
        above = (w + torch.special.log_ndtr(-z)).logsumexp(-1).exp()
        tail = torch.minimum(below, above).clamp_min(1e-300)
        quantile: Tensor = torch.special.ndtri(tail) * torch.where(below <= above, 1.0, -1.0)
        return quantile.to(x)

    def at_quantile(self, z: Tensor) -> Tensor:
        """Numbers (n,) from standard normal quantiles (n,), by bisection."""
        mean, sigma = self.mean.double(), self.log_sigma.double().exp()
        quantile = z.double()
        # the mixture's quantile lies between the smallest and the largest quantile of its components
        ends = mean + sigma * quantile[:, None]
        low, high = ends.amin(-1), ends.amax(-1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            short = self.quantile_of(middle) < quantile
            low, high = torch.where(short, middle, low), torch.where(short, high, middle)
        return ((low + high) / 2).to(z)


class MixtureChain(nn.Module):
    """Mixtures for the two coordinates of a point, given a class where there are ``classes`` of them.

    ``given`` is one-hot (n, C), empty (n, 0) without classes; or a context (n, C), which moves both mixtures by a network.
    """

    def __init__(self, classes: int, components: int, width: int, depth: int, *, context: bool = False) -> None:
        super().__init__()
        self.components = components
        start = torch.cat(
            [torch.zeros(components), torch.linspace(-1.8, 1.8, components), torch.full((components,), -1.0)]
        )
        self.first = nn.Parameter(start.repeat(1 if context else max(classes, 1), 1))
        self.from_context = mlp([classes, *[width] * depth, 3 * components]) if context else None
        self.second = mlp([1 + classes, *[width] * depth, 3 * components])
        last = self.second.last
        with torch.no_grad():
            last.weight.mul_(0.3)
            last.bias.copy_(start)
            if self.from_context is not None:
                self.from_context.last.weight.mul_(0.3)
                self.from_context.last.bias.zero_()

    def of_first(self, given: Tensor) -> Mixture1d:
        """p(x1 | class): (n, K), or (1, K) without classes."""
        if self.from_context is not None:
            return Mixture1d.of(self.first + self.from_context(given))
        return Mixture1d.of(given @ self.first if given.shape[1] else self.first)

    def of_second(self, x1: Tensor, given: Tensor) -> Mixture1d:
        """p(x2 | x1, class) for x1 (n,)."""
        return Mixture1d.of(self.second(torch.cat([x1[:, None], given], 1)))

    def log_density(self, x: Tensor, given: Tensor) -> Tensor:
        """Nats (n,) of points (n, 2)."""
        return self.of_first(given).log_density(x[:, 0]) + self.of_second(x[:, 0], given).log_density(x[:, 1])
