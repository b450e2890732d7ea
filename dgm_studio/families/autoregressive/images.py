"""The autoregressive model of pictures: samplers, ways to fill a mask, and views of the inside."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from dgm_studio.contract import Abilities, Batch, Inside, Method, Rng, Sampler
from dgm_studio.families.autoregressive.candidates import PixelCandidates
from dgm_studio.families.autoregressive.exposure import Taught, exposure
from dgm_studio.families.autoregressive.lossless import NetLossless
from dgm_studio.families.autoregressive.numbers import NumberModel, NumberNet
from dgm_studio.families.autoregressive.pixels import NextPixel
from dgm_studio.families.autoregressive.receptive_field import attention, receptive_field
from dgm_studio.nets.causal_transformer import CausalTransformer

_TAUGHT = 16


class ImageModel(NumberModel):
    """Of pictures rounded to grey levels."""

    _taught: Taught | None = None
    """Some of the last batch, to compare drawing behind data with drawing behind samples."""

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        told = super().train_step(batch, rng)
        self._taught = batch.x[:_TAUGHT], None if batch.label is None else batch.label[:_TAUGHT]
        return told

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
            log_density=self.log_density(),
            inside=self._inside(net),
            methods=methods,
            lossless=NetLossless(net, spec, levels).ability(),
            uses_label=bool(spec.given_size),
            temperature="Divides the logits of every pixel: of each conditional, which is not the joint probability to the "
            "power 1/T.",
        )

    def _inside(self, net: NumberNet) -> dict[str, Inside]:
        spec, levels = self._spec, self._levels
        views = {"receptive field": receptive_field(net, spec, levels)}
        if isinstance(net, CausalTransformer) and net.tokens > 1:
            views["attention"] = attention(net, spec, levels, self._taught)
        return {**views, "exposure": exposure(net, spec, levels, self._taught)}
