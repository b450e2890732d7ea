"""Walks of masked diffusion: everything is hidden, and some numbers are revealed at each step, in any order.

Revealed together, numbers are drawn each by itself: one at a time the walk is exact for the model, all at once it ignores how
they hang together. Whatever is known is simply not hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.autoregressive.pixels import free_pixels, known_levels, nothing_drawn, pick, tempered
from dgm_studio.families.masked.absorbing import revealed
from dgm_studio.families.shared.known import mask_of
from dgm_studio.families.shared.levels import as_event, from_levels, not_there
from dgm_studio.nets.unmasking import Unmasker

_FRAMES = 32
"""About how many steps a picture takes unless someone chooses."""


class UnmaskingKnobs(Settings):
    pixels: int = knob(
        0,
        0,
        3072,
        zero="auto",
        help="Pixels revealed together in each step, which do not know of each other: 1 is exact for the model, all at once is "
        "one pass; 0 takes about 32 steps.",
    )
    order: Literal["random", "surest"] = knob(
        "random",
        help="Which pixels are revealed next: any, as in training, or those that the network is surest of, which keeps "
        "pictures whole and varies less.",
    )


class LetterUnmaskingKnobs(Settings):
    letters: int = knob(
        1,
        1,
        64,
        help="Letters revealed together in each step, which do not know of each other: 1 is exact for the model, all at once "
        "is one pass whose errors show.",
    )
    order: Literal["random", "surest", "first"] = knob(
        "random",
        help="Which letters are revealed next: any, those that the network is surest of, which varies less, or the first, from "
        "left to right, which goes wrong least where it was trained on endings.",
    )


class GuidedUnmaskingKnobs(UnmaskingKnobs):
    guidance: float = knob(
        1.0,
        0.0,
        5.0,
        step=0.1,
        help="How much the class counts: logits move from those without a class to those with it, and beyond at more than 1.",
    )


@dataclass(frozen=True)
class Unmasking:
    """Of pictures of a spec, at ``levels`` grey levels, or of strings; ``masked`` keeps what is known."""

    begins: ClassVar[str] = "nothing"
    net: Unmasker
    spec: DataSpec
    levels: int
    masked: bool = False
    title: str = "Unmasking"
    help: str = "Begins with everything hidden and reveals some at each step, given all revealed so far."

    @property
    def Knobs(self) -> type[UnmaskingKnobs] | type[LetterUnmaskingKnobs]:
        if self.spec.alphabet:
            return LetterUnmaskingKnobs
        return GuidedUnmaskingKnobs if self.spec.classes else UnmaskingKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        spec = self.spec
        x = nothing_drawn(n, spec, rng.device)
        hidden = torch.ones(n, spec.size, dtype=torch.bool, device=rng.device)
        level = torch.zeros(n, spec.size, dtype=torch.long, device=rng.device)
        if self.masked:
            condition = mask_of(steer, x)
            hidden = free_pixels(condition, n, spec, rng)
            level = torch.where(hidden, level, known_levels(condition, n, self.levels, spec))
            x = compose(condition, x)
        return Frame(x, 0.0, {"level": level, "hidden": hidden, "most": int(hidden.sum(1).max())})

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        level, hidden = frame.state["level"], frame.state["hidden"]
        left = int(hidden.sum(1).max())
        asked = knobs.letters if isinstance(knobs, LetterUnmaskingKnobs) else knobs.pixels
        count = min(asked or max(1, -(-self.spec.size // _FRAMES)), max(1, left))
        log_p = tempered(self._logits(level, hidden, steer, knobs), steer.temperature)
        u = torch.rand(2, *level.shape, generator=rng, device=rng.device)
        new = pick(log_p.flatten(0, 1), u[0].flatten()).view_as(level).long()
        now = revealed(hidden, count, _turns(knobs.order, u[1], log_p))
        level, hidden = torch.where(now, new, level), hidden & ~now
        x = from_levels(level, self.levels, self.spec.event)
        x = torch.where(as_event(hidden, self.spec.event), not_there(self.spec), x)
        if self.masked:
            x = compose(mask_of(steer, x), x)
        most = max(1, int(frame.state["most"]))
        t = 1.0 if count >= left else max(1 - (left - count) / most, frame.t + 1e-6)
        return Frame(x, t, {**frame.state, "level": level, "hidden": hidden})

    def _logits(self, level: Tensor, hidden: Tensor, steer: Steer, knobs: Settings) -> Tensor:
        """Logits (n, D, L) under the class that is asked for, led by the guidance."""
        label = steer.label.to(level.device) if steer.label is not None and self.spec.classes else None
        logits = self.net(level, hidden, label)
        if label is None or not isinstance(knobs, GuidedUnmaskingKnobs) or knobs.guidance == 1:
            return logits
        without = self.net(level, hidden, None)
        return torch.lerp(without, logits, knobs.guidance)


def _turns(order: str, u: Tensor, log_p: Tensor) -> Tensor:
    """What comes sooner has more of it (n, D); ``u`` (n, D) is chance."""
    if order == "surest":
        return log_p.amax(2)
    return torch.arange(u.shape[1], 0, -1.0, device=u.device).expand_as(u) if order == "first" else u
