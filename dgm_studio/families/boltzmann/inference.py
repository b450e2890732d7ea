"""What a trained Boltzmann machine says of an example: its free energy, its density once Z is known, its class; its weights.

F(v) = -log sum_h exp(-E(v, h)),      log p(v) = -F(v) - log Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from dgm_studio.contract import Classifier, DataSpec, Inside, LogDensity, Surface, Work
from dgm_studio.families.boltzmann.knobs import binary
from dgm_studio.families.boltzmann.partition import Machine, Partition, enumerable, log_density
from dgm_studio.families.boltzmann.restricted import Restricted
from dgm_studio.families.shared.gradients import value_and_grad

_ROWS = 256
"""Examples per slice of work."""


@dataclass(frozen=True)
class Inference:
    """``mean`` (units,) is that of the data, whose last units are the classes."""

    machine: Machine
    spec: DataSpec
    mean: Tensor
    partition: Partition

    def density(self) -> LogDensity:
        exact = self.machine.gaussian or enumerable(self.machine)
        return LogDensity(
            "exact" if exact else "estimate",
            self.log_density,
            levels=2 if self.spec.is_image else 0,
            note=self.partition.note,
            chains=self.partition.chains,
        )

    def classifier(self) -> Classifier | None:
        """Where there are classes."""
        return Classifier("free energies", "exact", self.class_evidence) if self.spec.classes else None

    def surface(self) -> Surface:
        return Surface("free energy", "Minus the logarithm of the density, up to a constant.", self.free_energy)

    def inside(self) -> dict[str, Inside]:
        """Tiles of weights, of pictures alone."""
        if not self.spec.is_image:
            return {}
        machine, size = self.machine, self.spec.size
        if isinstance(machine, Restricted):
            title, help = "Filters", "Bright pixels turn a hidden unit on, dark ones off; mid grey has no say."
            return {"filters": Inside(title, help, partial(self._tiles, machine.weight[:size].T))}
        tiled = partial(self._tiles, machine.coupling[:size, :size])
        return {"couplings": Inside("Couplings", "To which pixels each pixel is joined.", tiled)}

    def log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return log_density(self.partition, self._visible(x), label)

    def free_energy(self, x: Tensor, label: Tensor | None) -> Tensor:
        """x (n, *event) to (n,); without a class, summed over all of them."""
        joint = self._joint(x)
        total = joint.logsumexp(-1)
        if label is None or not self.spec.classes:
            return -total
        return -torch.where(label >= 0, joint.gather(-1, label.clamp_min(0)[:, None])[:, 0], total)

    def score(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """The gradient of the log-density, the same at every progress."""
        return -value_and_grad(self.free_energy, x, label)[1]

    @torch.no_grad()
    def class_evidence(self, x: Tensor) -> Work[Tensor]:
        """log p(x, y) less the logarithm of the machine's own p(y), which training makes that of the data."""
        prior = self.mean[self.spec.size :].clamp_min(1e-6).log()
        parts = []
        for part in x.split(_ROWS):
            parts.append(self._joint(part) - prior)
            yield
        return torch.cat(parts) if parts else x.new_zeros(0, len(prior))

    def _visible(self, x: Tensor) -> Tensor:
        return binary(x) if self.spec.is_image else x.flatten(1)

    def _joint(self, x: Tensor) -> Tensor:
        return self.machine.joint(self._visible(x))

    def _tiles(self, weight: Tensor) -> Work[Tensor]:
        """Weights (n, pixels), a tile for each row."""
        yield
        return tiles(weight.reshape(-1, *self.spec.event))


def tiles(weight: Tensor) -> Tensor:
    """Weights (n, C, h, w) on one scale from -1 to 1, the largest hundredth cut off."""
    w = weight.detach()
    scale = w.abs().flatten()[:100_000].quantile(0.99).clamp_min(1e-12)
    return (w / scale).clamp(-1, 1)
