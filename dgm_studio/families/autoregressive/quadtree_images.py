"""The quadtree of pictures: training, density, samplers and ways to fill a mask."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, LogDensity, Method, Rng, Work
from dgm_studio.families.autoregressive.quadtree_lossless import ScaleLossless
from dgm_studio.families.autoregressive.quadtree_pictures import Drawing, NextScale, ScaleCandidates
from dgm_studio.families.autoregressive.quadtree_scales import scales
from dgm_studio.families.shared.classes import check_labels, marginal
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.levels import to_levels
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices
from dgm_studio.nets.unmasking import UnmaskingMlp

_NUMBERS_PER_SLICE = 65536
"""Pixels predicted per slice of work."""


class PictureTree(SingleLearner[Learner[UnmaskingMlp]]):
    """Trains a network of hidden pixels by maximum likelihood on pictures rounded to ``levels`` grey levels.

        log p(k) = sum_g sum_(i in group g) log p(k_i | groups before g)

    A step looks at one group of each picture, that of a pixel drawn at random, which stands for all.
    """

    def __init__(self, spec: DataSpec, learner: Learner[UnmaskingMlp], levels: int, device: torch.device) -> None:
        super().__init__(learner)
        self._spec, self._levels = spec, levels
        self._scales = scales(spec.event).to(device)

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        spec, group = self._spec, self._scales.group
        level, n = to_levels(batch.x, self._levels), len(batch)
        label = batch.label if spec.classes else None
        if label is not None:
            check_labels(label, len(spec.classes))
        u = (torch.arange(n) + torch.rand(n, generator=rng, device=rng.device).cpu()) / n
        asked = group[(u * spec.size).long().clamp_max(spec.size - 1).to(group.device)][:, None]
        log_p = self.learner.net(level, group >= asked, label).log_softmax(-1)
        here = group == asked
        nats = -log_p.gather(2, level[:, :, None])[:, :, 0].masked_fill(~here, 0.0).sum(1)
        loss = spec.size * (nats / here.sum(1)).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self._spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return in_slices(self._of_class, x, label, _NUMBERS_PER_SLICE // (self._spec.size * self._scales.count))

    @torch.no_grad()
    def _of_class(self, x: Tensor, label: Tensor | None) -> Tensor:
        """log p(x | class) (n,)."""
        drawing, level = self._drawing(), to_levels(x, self._levels)
        nats = x.new_zeros(len(x))
        for g in range(self._scales.count):
            members, log_p = drawing.log_p(level, g, label if self._spec.classes else None)
            nats = nats + log_p.gather(2, level[:, members, None])[:, :, 0].sum(1)
        return nats

    def _drawing(self) -> Drawing:
        return Drawing(self.learner.shown, self._spec, self._levels, self._scales)

    def abilities(self) -> Abilities:
        drawing = self._drawing()
        clamped = NextScale(
            drawing, True, "Known pixels in their turn", "Draws coarse to fine and skips the known pixels."
        )
        candidates = ScaleCandidates(drawing)
        return Abilities(
            samplers={"coarse-to-fine": NextScale(drawing)},
            log_density=LogDensity("exact", self._log_density, passes=self._scales.count, levels=self._levels),
            methods={
                "ordered": Method(
                    "mask",
                    clamped.title,
                    "heuristic",
                    "Coarse pixels are drawn before known pixels of finer scales are seen, and may not fit them.",
                    clamped,
                ),
                "candidates": Method(
                    "mask",
                    candidates.title,
                    "asymptotic",
                    "Coarse to fine with several candidates, weighted by how well they had expected the known pixels; the "
                    "more, the nearer to the model's conditional (sequential Monte Carlo).",
                    candidates,
                    careful=True,
                ),
            },
            lossless=ScaleLossless(self.learner.shown, self._spec, self._levels, self._scales).ability(),
            uses_label=bool(self._spec.classes),
            temperature="Divides the logits of every pixel: of each conditional, which is not the joint probability to the "
            "power 1/T.",
        )

    def to(self, device: torch.device) -> None:
        super().to(device)
        self._scales = self._scales.to(device)
