"""Filling a mask with a network that reads in one order only: candidates that are judged by what they lead to.

Sequential Monte Carlo (Gordon, Salmond & Smith 1993): every answer has several candidates. Each draws the free pixels in
order from the model's conditionals; at a known pixel its weight is multiplied by the probability it had given to that
pixel, ``w <- w p(k_i | candidate so far)``. When few candidates carry the weight, all are drawn afresh in proportion to it.
With many candidates the one that is drawn at the end comes from the exact conditional of the model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.autoregressive.pixels import (
    LetterKnobs,
    PixelKnobs,
    SampleKnobs,
    free_pixels,
    known_levels,
    nothing_drawn,
    pick,
    pixels_per_step,
    tempered,
)
from dgm_studio.families.shared.classes import draw_classes, labels_for, one_hot
from dgm_studio.families.shared.known import mask_of
from dgm_studio.families.shared.levels import as_event, from_levels, not_there
from dgm_studio.nets.causal import CausalNet

_FEW = 0.5
"""Candidates are drawn afresh when the effective number falls below this share of them."""


class CandidateKnobs(Settings):
    candidates: int = knob(
        16, 1, 256, scale="log", help="Candidates per answer: one is clamped sampling, many come near the conditional."
    )


class PixelCandidateKnobs(CandidateKnobs, PixelKnobs):
    """Candidates of pictures."""


class LetterCandidateKnobs(CandidateKnobs, LetterKnobs):
    """Candidates of strings, which are small enough for many."""

    candidates: int = knob(
        32, 1, 1024, scale="log", help="Candidates per answer: one is clamped sampling, many come near the conditional."
    )


class SampleCandidateKnobs(CandidateKnobs, SampleKnobs):
    """Candidates of sounds, of which each is long."""

    candidates: int = knob(
        8, 1, 64, scale="log", help="Candidates per answer: one is clamped sampling, many come near the conditional."
    )


@dataclass(frozen=True)
class PixelCandidates:
    """Ordered sampling with weighted candidates; a frame shows the candidate of most weight until one is drawn."""

    net: CausalNet
    spec: DataSpec
    levels: int
    title: str = "Weighted candidates"
    help: str = "Draws several candidates in order and keeps those that had expected the known pixels they came to."

    @property
    def Knobs(self) -> type[CandidateKnobs]:
        if self.spec.is_sound:
            return SampleCandidateKnobs
        return LetterCandidateKnobs if self.spec.alphabet else PixelCandidateKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        each = steer.read(self.Knobs).candidates
        x = nothing_drawn(n, self.spec, rng.device)
        condition = mask_of(steer, x)
        state = {
            "drawn_class": draw_classes(n, self.spec, rng),
            "free": free_pixels(condition, n, self.spec, rng),
            "level": torch.zeros(n, each, self.spec.size, dtype=torch.long, device=rng.device),
            "log_weight": torch.zeros(n, each, device=rng.device),
            "pixels": 0,
        }
        return Frame(compose(condition, x), 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        size, done = self.spec.size, int(frame.state["pixels"])
        level: Tensor = frame.state["level"]
        log_weight: Tensor = frame.state["log_weight"].clone()
        n, each, _ = level.shape
        level = level.flatten(0, 1).clone()
        count = min(pixels_per_step(steer, self.spec), size - done)
        u = torch.rand(count, n * each, generator=rng, device=rng.device)
        given = one_hot(labels_for(frame, steer), n, self.spec.given_size, frame.x).repeat_interleave(each, 0)
        known = known_levels(mask_of(steer, frame.x), n, self.levels, self.spec)
        free: Tensor = frame.state["free"]
        cursor = self.net.cursor(level, done, given)
        for i in range(done, done + count):
            log_p = tempered(cursor.read(), steer.temperature)
            new = pick(log_p, u[i - done])
            here, value = free[:, i].repeat_interleave(each), known[:, i].repeat_interleave(each)
            accepted = log_p.gather(1, value[:, None])[:, 0]
            log_weight += torch.where(here, 0.0, accepted).view(n, each)
            level[:, i] = torch.where(here, new, value)
            if i + 1 < size:
                cursor.write(level[:, i])
        done += count
        level = level.view(n, each, size)
        which, log_weight = renewed(log_weight, rng)
        level = level.gather(1, which[:, :, None].expand_as(level))
        if done == size:
            best = draw_candidates(log_weight, 1, rng)
        else:
            best = log_weight.argmax(1, keepdim=True)
        chosen = level.gather(1, best[:, :, None].expand(-1, 1, size))[:, 0]
        drawn = as_event(torch.arange(size, device=level.device)[None] < done, self.spec.event)
        x = torch.where(drawn, from_levels(chosen, self.levels, self.spec.event), not_there(self.spec))
        state = {**frame.state, "level": level, "log_weight": log_weight, "pixels": done}
        return Frame(compose(mask_of(steer, x), x), done / size, state)


def renewed(log_weight: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
    """Which candidates (n, each) go on, and their log-weights: drawn afresh in those answers in which few carry the weight."""
    each = log_weight.shape[1]
    effective = 2 * log_weight.logsumexp(1) - (2 * log_weight).logsumexp(1)
    poor = effective < math.log(_FEW * each)
    which = draw_candidates(log_weight, each, rng)
    which = torch.where(poor[:, None], which, torch.arange(each, device=which.device))
    # a common factor of an answer's weights means nothing
    even = torch.where(poor[:, None], 0.0, log_weight - log_weight.amax(1, keepdim=True))
    return which, even


def draw_candidates(log_weight: Tensor, count: int, rng: Rng) -> Tensor:
    """Numbers (n, count) of candidates in proportion to their weights, spread evenly over them (systematic)."""
    n, each = log_weight.shape
    share = log_weight.double().softmax(1).cumsum(1)
    start = torch.rand(n, 1, generator=rng, device=rng.device, dtype=torch.float64)
    at = (start + torch.arange(count, device=rng.device)) / count * share[:, -1:]
    return torch.searchsorted(share, at).clamp_max(each - 1)
