"""The autoregressive model of strings: letter by letter, from left to right."""

from __future__ import annotations

from dgm_studio.contract import Abilities, Method
from dgm_studio.families.autoregressive.candidates import PixelCandidates
from dgm_studio.families.autoregressive.fillings import EveryFilling
from dgm_studio.families.autoregressive.numbers import NumberModel
from dgm_studio.families.autoregressive.pixels import LetterKnobs, NextPixel


class StringModel(NumberModel):
    """Of strings, whose letters a transformer reads one by one."""

    def abilities(self) -> Abilities:
        spec, net, levels = self._spec, self.learner.shown, self._levels
        draws = "Draws from left to right, each letter given all those before it."
        samplers = {"ancestral": NextPixel(net, spec, levels, "Next letter", draws, Knobs=LetterKnobs)}
        title = "Left to right"
        skips = "Draws from left to right and skips the known letters."
        ordered = NextPixel(net, spec, levels, title, skips, masked=True, Knobs=LetterKnobs)
        return Abilities(
            samplers=samplers,
            log_density=self.log_density(),
            methods={
                "ordered": Method(
                    "mask",
                    title,
                    "heuristic",
                    "Exact where the known letters come before all others; elsewhere a letter is drawn before the known ones "
                    "after it are seen, and may not fit them.",
                    ordered,
                ),
                "candidates": Method(
                    "mask",
                    "Weighted candidates",
                    "asymptotic",
                    "From left to right with many candidates, weighted by how well they had expected the known letters; the "
                    "more, the nearer to the model's conditional (sequential Monte Carlo).",
                    PixelCandidates(net, spec, levels),
                    careful=True,
                ),
                "every-filling": Method(
                    "mask",
                    "Every filling",
                    "exact",
                    "Scores every way to fill the hidden letters and draws one in proportion to its probability: the "
                    "model's own conditional, as long as there are few ways.",
                    EveryFilling(net, spec, levels),
                ),
            },
            temperature="Divides the logits of every letter: of each conditional, which is not the joint probability to the "
            "power 1/T.",
        )
