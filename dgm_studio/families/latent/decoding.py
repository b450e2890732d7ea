"""Sampling from a decoder: latents from a prior, decoded on their way out from the origin.

The latent of a sample is drawn once; the frames show what ``t z`` decodes to, so that each sample is seen to grow from
what the decoder makes of the origin.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.latent.priors import Prior, PriorName
from dgm_studio.families.shared.classes import draw_classes, labels_for, one_hot
from dgm_studio.families.shared.latents import Decode
from dgm_studio.samplers.path import counted

Draw = Callable[[Tensor, Tensor, Rng, float], Tensor]
"""Latents, one-hot classes, generator and temperature to examples (n, D) with the decoder's own noise."""


class DecodeKnobs(Settings):
    steps: int = knob(
        4, 1, 64, scale="log", title="frames", help="How many pictures of the way out are made; the result is the same."
    )


PRIOR_HELP = (
    "Where latents come from: the standard prior, or a Gaussian or a mixture fitted to the latents of training examples, which "
    "avoids latents that the decoder never saw."
)


class PriorKnobs(DecodeKnobs):
    prior: PriorName = knob("standard", help=PRIOR_HELP)


class TruncationKnobs(DecodeKnobs):
    truncation: float = knob(
        0.0,
        0.0,
        3.0,
        step=0.05,
        zero="none",
        help="Numbers of a latent beyond this many standard deviations are drawn again: more usual samples, fewer kinds.",
    )


class NoisyKnobs(PriorKnobs):
    noise: float = knob(
        1.0, 0.0, 1.0, step=0.05, help="Share of the decoder's own noise that is added at the end; 0 shows its mean."
    )


def standard_latents(n: int, size: int, rng: Rng, truncation: float = 0.0) -> Tensor:
    """Standard normal latents (n, size); those numbers beyond the ``truncation``, where it is not 0, are drawn again.

    The truncation trick (Brock et al. 2018, BigGAN, arXiv:1809.11096), by the inverse of the distribution function, which
    needs no second draw.
    """
    if not truncation:
        return torch.randn(n, size, generator=rng, device=rng.device)
    u = 2 * torch.rand(n, size, generator=rng, device=rng.device) - 1
    z = math.sqrt(2) * torch.erfinv(u * math.erf(truncation / math.sqrt(2)))
    return z.clamp(-truncation, truncation)


@dataclass(frozen=True)
class DecodeSampler:
    """Decodes latents from ``prior``, a standard normal where there is none; ``draw`` adds the decoder's noise."""

    begins: ClassVar[str] = "origin"
    decode: Decode
    spec: DataSpec
    size: int
    Knobs: type[DecodeKnobs]
    draw: Draw | None = None
    prior: Prior | None = None
    title: str = "Decode"
    help: str = "Draws a latent from the prior and decodes it, starting at the origin of the latent space."

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        drawn = draw_classes(n, self.spec, rng)
        frame = Frame(drawn, 0.0, {"steps": 0, "drawn_class": drawn})
        knobs = steer.read(self.Knobs)
        if self.prior is None:
            truncation = knobs.truncation if isinstance(knobs, TruncationKnobs) else 0.0
            z = standard_latents(n, self.size, rng, truncation) * math.sqrt(steer.temperature)
        else:
            which = knobs.prior if isinstance(knobs, PriorKnobs) else "standard"
            # fitted priors know classes, and one for all where there are none
            groups = labels_for(frame, steer) if self.spec.classes else drawn.new_zeros(n, dtype=torch.long)
            z = self.prior(which, groups, steer.temperature, rng)
        frame = frame.with_(state={**frame.state, "latent": z})
        return frame.with_(x=self._show(frame, steer, 0.0))

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        done = frame.state["steps"] + 1
        t = counted(done, knobs.steps, frame.t)
        x = self._show(frame, steer, t)
        state = {**frame.state, "steps": done}
        if t == 1.0 and self.draw is not None and isinstance(knobs, NoisyKnobs):
            state["estimate"] = x
            z: Tensor = frame.state["latent"]
            with torch.no_grad():
                drawn = self.draw(z, self._given(frame, steer), rng, steer.temperature).view_as(x)
            x = x + knobs.noise * (drawn - x)
        return Frame(x, t, state)

    def _given(self, frame: Frame, steer: Steer) -> Tensor:
        z: Tensor = frame.state["latent"]
        return one_hot(labels_for(frame, steer), len(z), self.spec.given_size, z)

    @torch.no_grad()
    def _show(self, frame: Frame, steer: Steer, t: float) -> Tensor:
        z: Tensor = frame.state["latent"]
        return self.decode(t * z, self._given(frame, steer)).view(len(z), *self.spec.event)
