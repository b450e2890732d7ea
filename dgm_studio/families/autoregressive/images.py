"""The autoregressive model of pictures: training, density, samplers and ways to fill a mask."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, Inside, LogDensity, Method, Rng, Sampler, Work
from dgm_studio.families.autoregressive.candidates import PixelCandidates
from dgm_studio.families.autoregressive.exposure import Taught, exposure
from dgm_studio.families.autoregressive.lossless import NetLossless
from dgm_studio.families.autoregressive.pixels import NextPixel
from dgm_studio.families.autoregressive.receptive_field import attention, receptive_field
from dgm_studio.families.shared.classes import marginal, one_hot, shown_to
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.levels import to_levels
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices
from dgm_studio.nets.causal import nats
from dgm_studio.nets.causal_made import Made
from dgm_studio.nets.causal_pixelcnn import PixelCnn
from dgm_studio.nets.causal_transformer import CausalTransformer

_TAUGHT = 16
_NUMBERS_PER_SLICE = 16384
"""Pixels scored per slice of work."""

PixelNet = Made | PixelCnn | CausalTransformer


class ImageModel(SingleLearner[Learner[PixelNet]]):
    """Trains a causal network by maximum likelihood on pictures rounded to ``levels`` grey levels.

    ``raster_share`` is the share of the steps in which a network that can read in any order reads row by row; 1 for the
    others.
    """

    def __init__(
        self, spec: DataSpec, learner: Learner[PixelNet], levels: int, raster_share: float, rate_factor: float = 1.0
    ) -> None:
        super().__init__(learner, rate_factor)
        self._spec, self._levels, self._raster_share = spec, levels, raster_share
        self._taught: Taught | None = None
        """Some of the last batch, to compare drawing behind data with drawing behind samples."""

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        level = to_levels(batch.x, self._levels)
        order = None
        if self._raster_share < 1 and float(torch.rand((), generator=rng, device=rng.device)) >= self._raster_share:
            order = torch.randperm(self._spec.size, generator=rng, device=rng.device)
        net = self.learner.net
        logits = net.logits(net.waves(level), self._given(shown_to(batch, self._spec, rng), batch.x), order)
        loss = -nats(logits, level).sum(1).mean()
        self.learner.learn(loss)
        self._taught = batch.x[:_TAUGHT], None if batch.label is None else batch.label[:_TAUGHT]
        return {"loss": loss.detach()}

    def _given(self, label: Tensor | None, x: Tensor) -> Tensor:
        return one_hot(label, len(x), self._spec.given_size, x)

    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return marginal(self._conditional, x, label, self._spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return in_slices(self._of_class, x, label, _NUMBERS_PER_SLICE // self._spec.size)

    @torch.no_grad()
    def _of_class(self, x: Tensor, label: Tensor | None) -> Tensor:
        """log p(x | class) (n,)."""
        net, level = self.learner.shown, to_levels(x, self._levels)
        return nats(net.logits(net.waves(level), self._given(label, x)), level).sum(1)

    def abilities(self) -> Abilities:
        spec, net, levels = self._spec, self.learner.shown, self._levels
        samplers: dict[str, Sampler] = {
            "ancestral": NextPixel(
                net, spec, levels, "Next pixel", "Draws row by row, each pixel given all those before it."
            )
        }
        methods: dict[str, Method] = {}
        if self._raster_share < 1:
            samplers["any-order"] = NextPixel(
                net, spec, levels, "Any order", "Draws the pixels in a random order, each given all drawn so far.", True
            )
            title = "Known pixels first"
            fill = NextPixel(net, spec, levels, title, "Reads the known pixels first, then draws the rest.", True, True)
            methods["any-order"] = Method(
                "mask",
                title,
                "exact",
                "The network reads in any order: with the known pixels first, every pixel drawn has seen all of them, and "
                "the answer is the model's conditional in that order.",
                fill,
                careful=True,
            )
        title = "Row by row"
        ordered = NextPixel(net, spec, levels, title, "Draws row by row and skips the known pixels.", masked=True)
        methods["ordered"] = Method(
            "mask",
            title,
            "heuristic",
            "Exact where the known pixels come before all others, as an upper half does; elsewhere a pixel is drawn "
            "before the known ones after it are seen, and may not fit them.",
            ordered,
        )
        methods["candidates"] = Method(
            "mask",
            "Weighted candidates",
            "asymptotic",
            "Row by row with several candidates, weighted by how well they had expected the known pixels; the more, the "
            "nearer to the model's conditional given the class (sequential Monte Carlo).",
            PixelCandidates(net, spec, levels),
            careful=self._raster_share == 1,
        )
        return Abilities(
            samplers=samplers,
            log_density=LogDensity("exact", self._log_density, levels=levels),
            inside=self._inside(net),
            methods=methods,
            lossless=NetLossless(net, spec, levels).ability(),
            uses_label=bool(spec.given_size),
            temperature="Divides the logits of every pixel: of each conditional, which is not the joint probability to the "
            "power 1/T.",
        )

    def _inside(self, net: PixelNet) -> dict[str, Inside]:
        spec, levels = self._spec, self._levels
        views = {"receptive field": receptive_field(net, spec, levels)}
        if isinstance(net, CausalTransformer) and net.tokens > 1:
            views["attention"] = attention(net, spec, levels, self._taught)
        return {**views, "exposure": exposure(net, spec, levels, self._taught)}
