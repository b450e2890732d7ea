"""Sampling from a decoder: codes from the prior, decoded on their way out from the origin.

The code of a sample is drawn once; the frames show what ``t z`` decodes to, so that each sample is seen to grow from
what the decoder makes of the origin.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families._classes import draw_classes, labels_for, one_hot

Decode = Callable[[Tensor, Tensor], Tensor]
"""Codes (n, k) and one-hot classes (n, C) to examples (n, *event)."""


class DecodeKnobs(Settings):
    steps: int = knob(4, 1, 64, scale="log", help="How many pictures of the way out are made; the result is the same.")


class NoisyKnobs(DecodeKnobs):
    noise: float = knob(
        1.0, 0.0, 1.0, step=0.05, help="Share of the decoder's own noise that is added at the end; 0 shows its mean."
    )


@dataclass(frozen=True)
class DecodeSampler:
    """Decodes codes from a standard normal; ``sigma`` is the decoder's noise where it has one."""

    decode: Decode
    spec: DataSpec
    size: int
    Knobs: type[Settings]
    sigma: Tensor | None = None
    title: str = "Decode"
    help: str = "Draws a code from the prior and decodes it, starting at the origin of the code space."

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        drawn = draw_classes(n, len(self.spec.classes), rng)
        z = torch.randn(n, self.size, generator=rng, device=rng.device) * math.sqrt(steer.temperature)
        frame = Frame(z, 0.0, {"code": z, "steps": 0, "drawn_class": drawn})
        return frame.with_(x=self._show(frame, steer, 0.0))

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.knobs if isinstance(steer.knobs, DecodeKnobs) else self.Knobs()
        assert isinstance(knobs, DecodeKnobs)
        done = frame.state["steps"] + 1
        t = 1.0 if done >= knobs.steps else max(done / knobs.steps, frame.t + 1e-6)
        x = self._show(frame, steer, t)
        state = {**frame.state, "steps": done}
        if t == 1.0 and self.sigma is not None and isinstance(knobs, NoisyKnobs):
            state["estimate"] = x
            noise = torch.randn(x.shape, generator=rng, device=rng.device)
            x = x + knobs.noise * math.sqrt(steer.temperature) * self.sigma * noise
        return Frame(x, t, state)

    @torch.no_grad()
    def _show(self, frame: Frame, steer: Steer, t: float) -> Tensor:
        z: Tensor = frame.state["code"]
        given = one_hot(labels_for(frame, steer), len(z), len(self.spec.classes), z)
        return self.decode(t * z, given).view(len(z), *self.spec.event)
