"""A mixture of equal Gaussians around remembered examples, and how it is sampled.

    p(x) = sum_j w_j N(x; x_j, h^2 I),

of which any conditional is again one: known coordinates move the weights and nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, Work
from dgm_studio.families.memory.kernel_context import ContextKernel
from dgm_studio.families.shared.classes import check_labels, draw_classes, labels_for
from dgm_studio.families.shared.known import known_part, mask_of
from dgm_studio.families.shared.slices import in_slices

SMALLEST_VARIANCE = 1e-8
_DISTANCES = 1_000_000
"""Per slice of work."""


@dataclass(frozen=True)
class KernelMixture:
    """A Gaussian around each of the examples (m, D), its log-weight by class (C + 1, m), and the bandwidth.

    The last row of ``log_weight``, which label -1 picks, is the mixture of all classes by their shares. With a ``kernel`` the
    label is a context, and examples weigh by how near theirs are.
    """

    examples: Tensor
    log_weight: Tensor
    bandwidth: float
    kernel: ContextKernel | None = None

    def weights(self, label: Tensor | None, n: int) -> Tensor:
        """Log-weights (n, m), or (1, m) where every sample has the same."""
        if self.kernel is not None and label is not None:
            return self.kernel.log_weight(label.to(self.examples))
        if label is None or len(self.log_weight) == 1:
            return self.log_weight[-1:]
        if bool((label >= 0).any()):
            check_labels(label[label >= 0], len(self.log_weight) - 1)
        return self.log_weight[label.to(self.examples.device)]

    def squared_distance(self, x: Tensor) -> Tensor:
        """(n, D) to (n, m). Few coordinates are subtracted directly: products would cancel at small bandwidths."""
        if x.shape[1] <= 16:
            return torch.cdist(x, self.examples, compute_mode="donot_use_mm_for_euclid_dist").square()
        return torch.cdist(x, self.examples).square()

    def log_joint(self, x: Tensor, label: Tensor | None) -> Tensor:
        """``log w_j + log N(x; x_j, h^2)`` (n, m) for x (n, D)."""
        h2 = self.bandwidth**2
        constant = 0.5 * x.shape[1] * math.log(2 * math.pi * h2)
        return self.weights(label, len(x)) - self.squared_distance(x) / (2 * h2) - constant

    def log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        """x (n, *event) to nats (n,)."""
        return in_slices(
            lambda x, label: self.log_joint(x, label).logsumexp(-1),
            x.flatten(1),
            label,
            _DISTANCES // len(self.examples),
        )

    def score(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """The exact gradient of the log-density, the same at every progress: towards the weighted mean of the examples."""
        flat = x.flatten(1)
        mean = self.log_joint(flat, label).softmax(-1) @ self.examples
        return ((mean - flat) / self.bandwidth**2).view_as(x)


@dataclass(frozen=True)
class PickAndJitter:
    """Two steps: pick an example, then jitter it. With ``fills`` it explains the known part of a mask, which is put back."""

    mixture: KernelMixture
    spec: DataSpec
    fills: bool = False
    title: str = "Pick and jitter"
    help: str = "Picks a random example, then adds Gaussian noise as wide as the bandwidth."
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        classes = draw_classes(n, self.spec, rng)
        jitter = torch.randn(n, *self.spec.event, generator=rng, device=rng.device)
        return Frame(self._settled(jitter, steer), 0.0, {"drawn_class": classes, "jitter": jitter})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        n = len(frame.x)
        if frame.t < 0.5:
            log_weight = self._log_weight(labels_for(frame, steer), steer, n)
            weight = (log_weight - log_weight.amax(-1, keepdim=True)).exp().expand(n, -1)
            picked = torch.multinomial(weight, 1, generator=rng)[:, 0]
            x = self.mixture.examples[picked].view(n, *self.spec.event)
            return Frame(self._settled(x, steer), 0.5, {**frame.state, "picked": x})
        spread = self.mixture.bandwidth * math.sqrt(steer.temperature)
        x = frame.state["picked"] + spread * frame.state["jitter"]
        return Frame(self._settled(x, steer), 1.0, frame.state)

    def _settled(self, x: Tensor, steer: Steer) -> Tensor:
        return compose(mask_of(steer, x), x) if self.fills else x

    def _log_weight(self, label: Tensor, steer: Steer, n: int) -> Tensor:
        """Of the examples (n, m); given a known part their posterior, that of the nearest alone when there is no blur."""
        mixture = self.mixture
        if not self.fills:
            return mixture.weights(label, n)
        m = mixture.examples
        value, weight = known_part(mask_of(steer, m), n, m.shape[1])
        distance = (weight * value.square()).sum(-1, keepdim=True) - 2 * (weight * value) @ m.T + weight @ m.square().T
        variance = mixture.bandwidth**2 * steer.temperature
        return mixture.weights(label, n) - distance.clamp_min(0) / (2 * max(variance, SMALLEST_VARIANCE))
