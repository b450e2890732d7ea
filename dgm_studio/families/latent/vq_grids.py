"""What follows from seeing pictures as grids of codes: a bound on the likelihood, classes, and the codes' vectors as latents.

With the codes c(x) of a picture ``log p(x) >= log p(c(x)) + log p(x | c(x))``, where the prior p(c) knows the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Classifier, DataSpec, Latent, LogDensity, Rng, Steer, Work
from dgm_studio.families.latent.vq_net import VqNet
from dgm_studio.families.latent.vq_samplers import CodeKnobs, NextCode
from dgm_studio.families.shared.classes import marginal, one_hot
from dgm_studio.families.shared.slices import in_slices

_CODES_PER_SLICE = 4096


@dataclass(frozen=True)
class Grids:
    """A trained network, and the sampler that draws its grids."""

    net: VqNet
    spec: DataSpec
    sampler: NextCode

    def density(self) -> LogDensity:
        return LogDensity("lower bound", self.log_density, levels=self.net.observation.levels)

    def latent(self) -> Latent:
        """The vectors of all codes in a row."""
        size = self.net.prior.size * self.net.size
        return Latent(size, self.draw, self.decode, self.encode, gaussian=False, classes="ignored")

    def classifier(self) -> Classifier | None:
        """Bayes' rule, where there are classes."""
        title = "Bayes' rule on the codes: the prior's probability of the encoder's grid in each class"
        classes = len(self.spec.classes)
        return Classifier(title, "heuristic", self.by_class, passes=classes) if classes else None

    def log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self.spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return in_slices(self._bound, x, label, self._rows)

    @property
    def _rows(self) -> int:
        return max(1, _CODES_PER_SLICE // self.net.prior.size)

    @torch.no_grad()
    def _bound(self, x: Tensor, label: Tensor | None) -> Tensor:
        net, flat = self.net, self.net.observation.rounded(x.flatten(1))
        code = net.code(flat.unflatten(1, self.spec.event))
        fit = net.observation.log_density(flat, net.outputs(net.codebook.vectors[code]))
        return fit + self._log_prior(code, label)

    @torch.no_grad()
    def _log_prior(self, code: Tensor, label: Tensor | None) -> Tensor:
        """log p(c | class) (n,) of grids (n, D)."""
        given = one_hot(label, len(code), len(self.spec.classes), self.net.codebook.vectors)
        return self.net.prior.log_probability(code, given, self.net.prior.row_by_row()).sum(1)

    @torch.no_grad()
    def by_class(self, x: Tensor) -> Work[Tensor]:
        """log p(c(x) | y) (n, C)."""
        evidence = x.new_empty(len(x), len(self.spec.classes))
        for i in range(0, len(x), self._rows):
            code = self.net.code(x[i : i + self._rows])
            for y in range(len(self.spec.classes)):
                label = torch.full((len(code),), y, device=x.device)
                evidence[i : i + self._rows, y] = self._log_prior(code, label)
                yield
        return evidence

    def draw(self, n: int, rng: Rng) -> Tensor:
        """Latents (n, k) of grids that the prior draws."""
        at_once = Steer(CodeKnobs(codes=self.net.prior.size))
        latent: Tensor = self.sampler.step(self.sampler.start(n, at_once, rng), at_once, rng).state["latent"]
        return latent

    @torch.no_grad()
    def decode(self, z: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        return self.net.decode(z.view(len(z), self.net.prior.size, self.net.size))

    @torch.no_grad()
    def encode(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        return self.net.codebook.vectors[self.net.code(x)].flatten(1)
