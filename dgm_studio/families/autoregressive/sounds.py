"""The autoregressive model of sounds: sample by sample, each of 256 companded levels."""

from __future__ import annotations

from dgm_studio.contract import Abilities, Method
from dgm_studio.families.autoregressive.candidates import PixelCandidates
from dgm_studio.families.autoregressive.numbers import NumberModel
from dgm_studio.families.autoregressive.pixels import NextPixel, SampleKnobs


class SoundModel(NumberModel):
    """Of sounds, whose samples dilated causal convolutions read one by one."""

    def abilities(self) -> Abilities:
        spec, net, levels = self._spec, self.learner.shown, self._levels
        draws = "Writes from first to last, each sample given those before it that the network hears."
        samplers = {"ancestral": NextPixel(net, spec, levels, "Next sample", draws, Knobs=SampleKnobs)}
        title = "From first to last"
        skips = "Writes from first to last and skips the known samples."
        ordered = NextPixel(net, spec, levels, title, skips, masked=True, Knobs=SampleKnobs)
        return Abilities(
            samplers=samplers,
            log_density=self.log_density(),
            methods={
                "ordered": Method(
                    "mask",
                    title,
                    "heuristic",
                    "Exact where the known samples come before all others, as what was heard so far; elsewhere a sample is "
                    "written before the known ones after it are heard, and may not lead to them.",
                    ordered,
                ),
                "candidates": Method(
                    "mask",
                    "Weighted candidates",
                    "asymptotic",
                    "From first to last with several candidates, weighted by how well they had expected the known samples; "
                    "the more, the nearer to the model's conditional given the class (sequential Monte Carlo).",
                    PixelCandidates(net, spec, levels),
                    careful=True,
                ),
            },
            uses_label=bool(spec.given_size),
            temperature="Divides the logits of every sample: of each conditional, which is not the joint probability to the "
            "power 1/T.",
        )
