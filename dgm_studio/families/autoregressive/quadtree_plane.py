"""The quadtree in the plane: learning by exact likelihood, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, LogDensity, Method, Rng, Work
from dgm_studio.families.autoregressive.quadtree_cells import CellNet
from dgm_studio.families.autoregressive.quadtree_walks import CellWalk, ColumnWalk
from dgm_studio.families.shared.classes import marginal, one_hot
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices

_ROWS = 1024
"""Points per slice of work."""


class PlaneTree(SingleLearner[Learner[CellNet]]):
    """Trains a `CellNet` on points by maximum likelihood."""

    def __init__(self, spec: DataSpec, learner: Learner[CellNet]) -> None:
        super().__init__(learner)
        self._spec = spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        loss = -self.learner.net.log_density(batch.x, self._given(batch.label, batch.x)).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def _given(self, label: Tensor | None, x: Tensor) -> Tensor:
        return one_hot(label, len(x), len(self._spec.classes), x)

    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self._spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return in_slices(self._of_class, x, label, _ROWS)

    @torch.no_grad()
    def _of_class(self, x: Tensor, label: Tensor | None) -> Tensor:
        """log p(x | class) (n,)."""
        return self.learner.shown.log_density(x, self._given(label, x))

    def abilities(self) -> Abilities:
        spec, net = self._spec, self.learner.shown
        fill = ColumnWalk(net, spec)
        return Abilities(
            samplers={"coarse-to-fine": CellWalk(net, spec)},
            log_density=LogDensity("exact", self._log_density),
            methods={
                "conditional": Method(
                    "mask",
                    fill.title,
                    "exact",
                    "All cells that the known coordinate passes through are weighed, so the other comes from its law itself.",
                    fill,
                )
            },
            uses_label=bool(spec.classes),
            temperature="Divides the logits of every split: of each conditional, which is not the density to the power 1/T.",
        )
