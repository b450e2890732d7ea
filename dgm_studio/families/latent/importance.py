"""What a VAE says of the density of an example, by importance sampling with its encoder (Burda et al. 2015, arXiv:1509.00519):

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k | x),     z_k ~ q(z | x).

With one latent it is the classic bound, of which some are averaged. The latents' noise is the same for every point, class and
call: a smooth surface that does not flicker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Classifier, DataSpec, LogDensity, Work, rng_for
from dgm_studio.families.latent.vae_net import VaeNet
from dgm_studio.families.shared.classes import class_or_first, marginal
from dgm_studio.families.shared.slices import in_slices

_PASSES_PER_SLICE = 16384
_BOUND_DRAWS = 16


@dataclass(frozen=True)
class Importance:
    """The estimate by ``draws`` latents for each example; 1 gives the bound."""

    net: VaeNet
    spec: DataSpec
    draws: int

    def density(self) -> LogDensity:
        return LogDensity(
            "estimate" if self.draws > 1 else "lower bound",
            self.log_density,
            passes=self.draws,
            levels=self.net.observation.levels,
        )

    def classifier(self) -> Classifier | None:
        """Bayes' rule, where there are classes."""
        classes = len(self.spec.classes)
        if not classes:
            return None
        title = f"Bayes' rule on bounds: {self.draws} latents per class, the same noise for all"
        return Classifier(title, "heuristic", self.by_class, passes=self.draws * classes)

    def log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self.spec)

    def by_class(self, x: Tensor) -> Work[Tensor]:
        """log p(x | y) (n, C)."""
        evidence = x.new_empty(len(x), len(self.spec.classes))
        for y in range(len(self.spec.classes)):
            evidence[:, y] = yield from self._conditional(x, torch.full((len(x),), y, device=x.device))
        return evidence

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        draws = self.draws if self.draws > 1 else _BOUND_DRAWS
        shape, device = (draws, 1, self.net.latent), x.device
        noise = torch.randn(shape, generator=rng_for(0, self.net.latent, draws, device=device), device=device)

        @torch.no_grad()
        def estimate(x: Tensor, label: Tensor | None) -> Tensor:
            flat = self.net.observation.rounded(x.flatten(1))
            given = class_or_first(label, flat, self.spec)
            likelihood, ratio = self.net.weigh(self.net.posterior(flat, given), flat, given, noise)
            log_weight = likelihood + ratio
            return log_weight.mean(0) if self.draws == 1 else log_mean(log_weight)

        return in_slices(estimate, x, label, _PASSES_PER_SLICE // draws // max(1, self.spec.size // 16))


def log_mean(log_weight: Tensor) -> Tensor:
    """Logarithm of the mean of exponentials over the first axis."""
    return log_weight.logsumexp(0) - math.log(len(log_weight))
