"""The autoregressive model of sounds: sample by sample, each of 256 companded levels."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Method, Predictive, Work
from dgm_studio.families.autoregressive.candidates import PixelCandidates
from dgm_studio.families.autoregressive.numbers import NumberModel
from dgm_studio.families.autoregressive.pixels import NextPixel, SampleKnobs
from dgm_studio.families.shared.classes import log_shares
from dgm_studio.families.shared.levels import from_levels, to_levels


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
            predictive=Predictive(self._values(), self._expected),
            uses_label=bool(spec.given_size),
            temperature="Divides the logits of every sample: of each conditional, which is not the joint probability to the "
            "power 1/T.",
        )

    def _values(self) -> Tensor:
        """What the levels stand for (levels,)."""
        return from_levels(torch.arange(self._levels)[None], self._levels, (1, self._levels))[0, 0]

    def _expected(self, x: Tensor) -> Work[Tensor]:
        """log p (n, T, levels) of every sample given those before it. Of a model with classes it is the mixture of theirs, by
        what the samples so far say of the class."""
        spec, net, level = self._spec, self.learner.shown, to_levels(x, self._levels)
        classes, found, joint = len(spec.classes), [], []
        for y in range(max(1, classes)):
            given = torch.eye(classes, device=x.device)[y].expand(len(x), -1) if classes else self._given(None, x)
            with torch.no_grad():
                log_p = net.logits(net.waves(level), given).log_softmax(-1)
            found.append(log_p)
            told = log_p.gather(2, level[..., None])[..., 0].cumsum(1)
            joint.append(torch.nn.functional.pad(told, (1, 0))[:, :-1])
            yield
        if not classes:
            return found[0]
        weight = (torch.stack(joint) + log_shares(spec, x)[:, None, None]).log_softmax(0)
        return (torch.stack(found) + weight[..., None]).logsumexp(0)
