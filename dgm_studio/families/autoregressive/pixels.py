"""Sampling pictures pixel by pixel, free or around known pixels.

``p(k) = prod_i p(k_i | k_1 ... k_(i-1))``: each pixel is drawn from its conditional, all samples side by side, and a
cursor keeps the activations that later pixels do not change. A frame is the picture so far and nothing else that counts,
so one can go back to any frame and on from there. Known pixels are fixed when their turn comes:

* in the network's own order a pixel does not see known ones that come after it, so the answer is the model's
  conditional only where the known pixels come first;
* a network that reads in any order is handed the known pixels first, and then its answer is its conditional.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask, compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.shared.classes import draw_classes, labels_for, log_shares, one_hot
from dgm_studio.families.shared.known import mask_of
from dgm_studio.families.shared.levels import as_event, from_levels, in_order, not_there, to_levels
from dgm_studio.nets.causal import CausalNet, nats

_FRAMES = 32
"""About how many frames a picture takes unless someone chooses."""
_COLDEST = 1e-4
"""Temperatures below it are this one: the likeliest level."""


class LetterKnobs(Settings):
    letters: int = knob(1, 1, 64, help="Letters drawn per visible step. The result is the same kind of sample.")


class SampleKnobs(Settings):
    at_once: int = knob(
        128,
        1,
        2048,
        scale="log",
        title="samples a step",
        help="Samples written per visible step; the law of the sound is the same.",
    )


class PixelKnobs(Settings):
    pixels: int = knob(
        0,
        0,
        1024,
        zero="auto",
        help="Pixels drawn per visible step; 0 shows a picture in about 32 steps. The result is the same kind of sample.",
    )


def pixels_per_step(steer: Steer, spec: DataSpec) -> int:
    """How many pixels the next visible step draws; by itself a part of a row, or whole rows. Letters come one by one."""
    if spec.alphabet:
        return steer.read(LetterKnobs).letters
    if spec.is_sound:
        return steer.read(SampleKnobs).at_once
    asked = steer.read(PixelKnobs).pixels
    row = spec.event[0] * spec.event[2]
    enough = -(-spec.size // _FRAMES)
    return asked or next((k for k in range(enough, row) if row % k == 0), -(-enough // row) * row)


def tempered(logits: Tensor, temperature: float) -> Tensor:
    """Log-probabilities (n, L) at a temperature."""
    return (logits / max(temperature, _COLDEST)).log_softmax(-1)


def pick(log_p: Tensor, u: Tensor) -> Tensor:
    """Levels (n,) with log-probabilities (n, L), by inversion of uniform numbers u (n,)."""
    share = log_p.exp().cumsum(-1)
    return torch.searchsorted(share, u[:, None] * share[:, -1:])[:, 0].clamp_max(log_p.shape[-1] - 1)


@dataclass(frozen=True)
class NextPixel:
    """Pixel by pixel: in the network's own order, or (``any_order``) in a random one that begins with what is known."""

    begins: ClassVar[str] = "nothing"
    net: CausalNet
    spec: DataSpec
    levels: int
    title: str
    help: str
    any_order: bool = False
    masked: bool = False
    Knobs: type[Settings] = PixelKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        size = self.spec.size
        x = nothing_drawn(n, self.spec, rng.device)
        state: dict[str, Any] = {"drawn_class": draw_classes(n, self.spec, rng), "pixels": 0}
        first = torch.zeros(size, device=rng.device)
        if self.masked:
            condition = mask_of(steer, x)
            state["free"] = free_pixels(condition, n, self.spec, rng)
            first = state["free"].float().mean(0)
            x = compose(condition, x)
        if self.any_order:
            shuffled = torch.randperm(size, generator=rng, device=rng.device)
            # what is free in fewer of the samples comes earlier
            state["order"] = shuffled[first[shuffled].argsort(stable=True)]
            if self.masked and self.spec.classes:
                level = known_levels(mask_of(steer, x), n, self.levels, self.spec)
                state["drawn_class"] = self._fitting_classes(level, state["free"], state["order"], rng)
        return Frame(x, 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        size, done = self.spec.size, int(frame.state["pixels"])
        count = min(pixels_per_step(steer, self.spec), size - done)
        order = frame.state.get("order")
        places = range(size) if order is None else order.tolist()
        n = len(frame.x)
        level = to_levels(frame.x, self.levels)
        known = self._known(frame, steer)
        u = torch.rand(count, n, generator=rng, device=rng.device)
        cursor = self.net.cursor(level, done, self._given(frame, steer), order)
        for i in range(count):
            position = places[done + i]
            new = pick(tempered(cursor.read(), steer.temperature), u[i])
            if known is not None:
                new = torch.where(known[1][:, position], new, known[0][:, position])
            level[:, position] = new
            if done + i + 1 < size:
                cursor.write(new)
        done += count
        drawn = torch.zeros(size, dtype=torch.bool, device=level.device)
        drawn[list(places[:done])] = True
        there = as_event(drawn[None], self.spec.event)
        x = torch.where(there, from_levels(level, self.levels, self.spec.event), not_there(self.spec))
        if known is not None:
            x = compose(mask_of(steer, x), x)
        return Frame(x, done / size, {**frame.state, "pixels": done})

    def _known(self, frame: Frame, steer: Steer) -> tuple[Tensor, Tensor] | None:
        """Levels of the known picture (n, D) and where each sample is free to differ (n, D)."""
        if not self.masked:
            return None
        return known_levels(mask_of(steer, frame.x), len(frame.x), self.levels, self.spec), frame.state["free"]

    @torch.no_grad()
    def _fitting_classes(self, level: Tensor, free: Tensor, order: Tensor, rng: Rng) -> Tensor:
        """A class for each sample (n,), by Bayes' rule from the known pixels, which come first in the order."""
        classes, waves = len(self.spec.classes), self.net.waves(level)
        evidence = []
        for y in range(classes):
            given = torch.eye(classes, device=level.device)[y].expand(len(level), classes)
            evidence.append(torch.where(free, 0.0, nats(self.net.logits(waves, given, order), level)).sum(1))
        u = torch.rand(len(level), generator=rng, device=rng.device)
        found = torch.stack(evidence, 1)
        return pick((found + log_shares(self.spec, found)).log_softmax(1), u)

    def _given(self, frame: Frame, steer: Steer) -> Tensor:
        return one_hot(labels_for(frame, steer), len(frame.x), self.spec.given_size, frame.x)


def nothing_drawn(n: int, spec: DataSpec, device: torch.device) -> Tensor:
    """``n`` examples of which nothing is there yet."""
    return torch.full((n, *spec.event), not_there(spec), device=device)


def free_pixels(condition: Mask, n: int, spec: DataSpec, rng: Rng) -> Tensor:
    """Where each of ``n`` samples generates (n, D): a pixel of strength s in the share s of them."""
    mask = in_order(condition.mask.expand(n, *spec.event))
    return torch.rand(mask.shape, generator=rng, device=rng.device) < mask


def known_levels(condition: Mask, n: int, levels: int, spec: DataSpec) -> Tensor:
    """The known picture at the model's grey levels (n, D)."""
    return to_levels(condition.value.expand(n, *spec.event), levels)
