"""Guidance: three ways to sharpen a prediction, each a small wrapper.

* **Classifier-free** (Ho & Salimans 2022, arXiv:2207.12598): ``u + w (c - u)``, past the class-conditional prediction, away
  from the unconditional one. w = 0 ignores the class, 1 is the conditional model, more trades variety for likeness to the
  class. Inside an interval of noise levels only, it keeps most of the likeness and loses hardly any variety
  (Kynkäänniemi et al. 2024, arXiv:2404.07724). Of a context each slot has a weight of its own: what every slot adds to those
  before it counts that often, ``f(0) + sum_i w_i (f(c_1..c_i) - f(c_1..c_(i-1)))``, as two weights do for a picture and an
  instruction in Brooks et al. 2023 (arXiv:2211.09800).
* **Autoguidance** (Karras et al. 2024, arXiv:2406.02507): ``e + w (f - e)``, away from a weaker version of the same model,
  which makes the same errors, only larger ones.
* **Classifier guidance** (Dhariwal & Nichol 2021, arXiv:2105.05233): ``D + w sigma^2 grad log p(y | x)`` with a classifier
  that has seen noise; for w = 1 Bayes' rule.

The first two are linear and mean the same for denoisers, velocities and scores. What comes out for w > 1 is not a sample of
``p(x) p(y | x)^w``, though it is often drawn as if it were.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import torch
from pydantic import create_model
from torch import Tensor

from dgm_studio.contract import DataSpec, Settings, knob
from dgm_studio.contract.context import columns_of
from dgm_studio.protocol.context import ContextSlot

WIDEST = 100.0
"""The largest noise level that any model is trained on."""


class GuidanceKnobs(Settings):
    """Classifier-free guidance, by the class or by all that is given of a context."""

    guidance: float = knob(
        1.0,
        0.0,
        8.0,
        step=0.1,
        help="How far to walk past the prediction for the class, away from the one without: 0 ignores the "
        "class, 1 is the model itself, more trades variety for likeness to the class.",
    )


class IntervalKnobs(Settings):
    """Where on the way guidance acts."""

    guidance_low: float = knob(
        0.0,
        0.0,
        2.0,
        step=0.05,
        advanced=True,
        title="Guidance from",
        help="The least noise at which guidance above 1 acts: below it samples keep their own detail.",
    )
    guidance_high: float = knob(
        WIDEST,
        0.1,
        WIDEST,
        scale="log",
        advanced=True,
        title="Guidance up to",
        help="The most noise at which guidance above 1 acts: above it, guidance only takes variety away.",
    )


class AutoguidanceKnobs(Settings):
    """Guidance by a weaker self."""

    autoguidance: float = knob(
        1.0,
        0.0,
        4.0,
        step=0.1,
        help="How far to walk away from what an early, worse version of this model predicts: 1 is the model itself, 0 "
        "the early one, a little more than 1 mends errors that both share.",
    )


class ClassifierKnobs(Settings):
    """Guidance by a classifier."""

    classifier_guidance: float = knob(
        0.0,
        0.0,
        10.0,
        step=0.1,
        help="How strongly the gradient of a classifier of noisy examples pulls towards the class. With guidance 0 and this "
        "at 1 it is Bayes' rule.",
    )


Conditional = Callable[[Tensor, float, Tensor | None], Tensor]
Everywhere = (0.0, float("inf"))


@dataclass(frozen=True)
class Weights:
    """How often what is given counts: ``all`` of it, and beside that each of some columns of a context by its own factor.

    Weights above 1 act at levels in ``interval`` only, elsewhere as 1.
    """

    all: float = 1.0
    interval: tuple[float, float] = Everywhere
    slots: tuple[tuple[slice, float], ...] = ()


PLAIN = Weights()
"""The model as it is."""


def guidance_knobs(spec: DataSpec | None) -> tuple[type[Settings], ...]:
    """The knobs of classifier-free guidance where a class or a context is learned, for each slot of several one of its own."""
    if spec is None or not spec.given_size:
        return ()
    return (GuidanceKnobs, _slot_knobs(tuple(spec.context))) if len(spec.context) > 1 else (GuidanceKnobs,)


@cache
def _slot_knobs(slots: tuple[ContextSlot, ...]) -> type[Settings]:
    """A knob for each slot: how often what it adds counts, beside the knob for all."""
    fields: dict[str, Any] = {
        _knob_of(slot): (
            float,
            knob(1.0, 0.0, 4.0, step=0.1, advanced=True, title=f"Guidance of {slot.name}",
                 help=f"How often what {slot.name} adds to what stands before it counts, as a factor of the guidance."),
        )
        for slot in slots
    }  # fmt: skip
    return create_model("SlotGuidanceKnobs", __base__=Settings, __doc__="Guidance by each slot of a context.", **fields)


def _knob_of(slot: ContextSlot) -> str:
    return "guidance_of_" + re.sub(r"\W+", "_", slot.name)


def weights_of(knobs: Settings, spec: DataSpec | None) -> Weights:
    """What a sampler's knobs say of guidance."""
    weight = knobs.guidance if isinstance(knobs, GuidanceKnobs) else 1.0
    where = (knobs.guidance_low, knobs.guidance_high) if isinstance(knobs, IntervalKnobs) else Everywhere
    slots = () if spec is None else tuple((at, getattr(knobs, _knob_of(s), 1.0)) for s, at in columns_of(spec.context))
    return Weights(weight, where, slots)


def guided(f: Conditional, label: Tensor | None, weights: Weights) -> Callable[[Tensor, float], Tensor]:
    """A prediction (x, level) guided towards ``label`` (n,); with no label, or weight 1, a single pass without guidance.

    ``f(x, level, label)`` takes labels of -1 for "no class"; such rows come out unguided, as do those of a context (n, width)
    in which nothing is given.
    """
    if label is None:
        return lambda x, level: f(x, level, None)
    inside, outside = _terms(label, weights, float("inf")), _terms(label, weights, 1.0)
    low, high = weights.interval
    return lambda x, level: _summed(f, inside if low <= level <= high else outside, x, level)


def _terms(label: Tensor, weights: Weights, most: float) -> list[tuple[Tensor, float]]:
    """What is given, from nothing to all of ``label``, each with how often the prediction for it counts: 1 in all."""
    context = label.is_floating_point()
    known = [torch.full_like(label, 0 if context else -1)]
    each: list[float] = []
    for at, own in weights.slots if context else ():
        if label[:, at.start].any():
            more = known[-1].clone()
            more[:, at] = label[:, at]
            weight = min(weights.all * own, most)
            if each and each[-1] == weight:
                known[-1] = more
            else:
                known.append(more)
                each.append(weight)
    if not each:
        known, each = [known[0], label], [min(weights.all, most)]
    counts = [1 - each[0], *(a - b for a, b in pairwise(each)), each[-1]]
    return [(given, count) for given, count in zip(known, counts, strict=True) if count != 0]


def _summed(f: Conditional, terms: list[tuple[Tensor, float]], x: Tensor, level: float) -> Tensor:
    if len(terms) == 1:
        return f(x, level, terms[0][0])
    parts = f(torch.cat([x] * len(terms)), level, torch.cat([given for given, _ in terms])).chunk(len(terms))
    if len(terms) == 2:
        return torch.lerp(parts[0], parts[1], terms[1][1])
    return torch.stack([count * part for part, (_, count) in zip(parts, terms, strict=True)]).sum(0)


def autoguided(f: Conditional, weaker: Conditional, weight: float) -> Conditional:
    """The prediction of ``f`` led away from that of ``weaker``; with weight 1 ``f`` itself."""
    if weight == 1:
        return f
    return lambda x, level, label: torch.lerp(weaker(x, level, label), f(x, level, label), weight)


def classifier_guided(
    denoise: Callable[[Tensor, float], Tensor], grad: Conditional, label: Tensor | None, weight: float
) -> Callable[[Tensor, float], Tensor]:
    """A posterior mean moved up the gradient of ``log p(y | x)``, which ``grad(x, sigma, label)`` gives (n, ...).

    Rows labelled -1 have no class to go to: their gradient is to be 0.
    """
    if label is None or weight == 0:
        return denoise
    return lambda x, sigma: denoise(x, sigma) + (weight * sigma**2) * grad(x, sigma, label)
