"""Guidance: three ways to sharpen a prediction, each a small wrapper.

* **Classifier-free** (Ho & Salimans 2022, arXiv:2207.12598): ``u + w (c - u)``, past the class-conditional prediction, away
  from the unconditional one. w = 0 ignores the class, 1 is the conditional model, more trades variety for likeness to the
  class. Inside an interval of noise levels only, it keeps most of the likeness and loses hardly any variety
  (Kynkäänniemi et al. 2024, arXiv:2404.07724).
* **Autoguidance** (Karras et al. 2024, arXiv:2406.02507): ``e + w (f - e)``, away from a weaker version of the same model,
  which makes the same errors, only larger ones.
* **Classifier guidance** (Dhariwal & Nichol 2021, arXiv:2105.05233): ``D + w sigma^2 grad log p(y | x)`` with a classifier
  that has seen noise; for w = 1 Bayes' rule.

The first two are linear and mean the same for denoisers, velocities and scores. What comes out for w > 1 is not a sample of
``p(x) p(y | x)^w``, though it is often drawn as if it were.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Settings, knob

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


def guided(
    f: Conditional, label: Tensor | None, weight: float, interval: tuple[float, float] = Everywhere
) -> Callable[[Tensor, float], Tensor]:
    """A prediction (x, level) guided towards ``label`` (n,); with no label, or weight 1, a single pass without guidance.

    ``f(x, level, label)`` takes labels of -1 for "no class"; such rows come out unguided, as do those of a context (n, width)
    in which nothing is given. Weights above 1 act at levels in ``interval`` only, elsewhere as 1.
    """
    if label is None or weight == 1:
        return lambda x, level: f(x, level, label)
    nobody = torch.full_like(label, 0 if label.is_floating_point() else -1)
    if weight == 0:
        return lambda x, level: f(x, level, nobody)
    both = torch.cat((label, nobody))

    def predict(x: Tensor, level: float) -> Tensor:
        if weight > 1 and not interval[0] <= level <= interval[1]:
            return f(x, level, label)
        c, u = f(torch.cat((x, x)), level, both).chunk(2)
        return torch.lerp(u, c, weight)

    return predict


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
