"""The autoregressive model of whole numbers in a row, whatever they stand for: training and density."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSpec, LogDensity, Rng, Work
from dgm_studio.families.shared.classes import marginal, one_hot, shown_to
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.levels import to_levels
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices
from dgm_studio.nets.causal import nats
from dgm_studio.nets.causal_made import Made
from dgm_studio.nets.causal_pixelcnn import PixelCnn
from dgm_studio.nets.causal_transformer import CausalTransformer
from dgm_studio.nets.causal_wave import WaveNet

_NUMBERS_PER_SLICE = 16384
"""Numbers scored per slice of work."""

NumberNet = Made | PixelCnn | CausalTransformer | WaveNet


class NumberModel(SingleLearner[Learner[NumberNet]]):
    """Trains a causal network by maximum likelihood on examples of ``levels`` levels; concrete ones add ``abilities``.

    ``raster_share`` is the share of the steps in which a network that can read in any order reads from first to last; 1 for the
    others.
    """

    def __init__(
        self,
        spec: DataSpec,
        learner: Learner[NumberNet],
        levels: int,
        raster_share: float = 1.0,
        rate_factor: float = 1.0,
    ) -> None:
        super().__init__(learner, rate_factor)
        self._spec, self._levels, self._raster_share = spec, levels, raster_share

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        level = to_levels(batch.x, self._levels)
        order = None
        if self._raster_share < 1 and float(torch.rand((), generator=rng, device=rng.device)) >= self._raster_share:
            order = torch.randperm(self._spec.size, generator=rng, device=rng.device)
        net = self.learner.net
        logits = net.logits(net.waves(level), self._given(shown_to(batch, self._spec, rng), batch.x), order)
        loss = -nats(logits, level).sum(1).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def log_density(self) -> LogDensity:
        return LogDensity("exact", self._log_density, levels=self._levels)

    def _given(self, label: Tensor | None, x: Tensor) -> Tensor:
        return one_hot(label, len(x), self._spec.given_size, x)

    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self._spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return in_slices(self._of_class, x, label, max(1, _NUMBERS_PER_SLICE // self._spec.size))

    @torch.no_grad()
    def _of_class(self, x: Tensor, label: Tensor | None) -> Tensor:
        """log p(x | class) (n,)."""
        net, level = self.learner.shown, to_levels(x, self._levels)
        return nats(net.logits(net.waves(level), self._given(label, x)), level).sum(1)
