"""The knobs of diffusion samplers: how much noise is drawn on the way, and what guides the samples."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import create_model

from dgm_studio.contract import Settings, knob
from dgm_studio.samplers.path import StepKnobs, with_guidance
from dgm_studio.samplers.stochastic import Process

WIDEST = 100.0
"""The largest noise level that any model is trained on."""


class HeunKnobs(StepKnobs):
    """Steps, and noise added before each."""

    churn: float = knob(
        0.0,
        0.0,
        80.0,
        step=1,
        help="Noise added before the steps, in all: each goes up by this share of its level over the number of steps, then "
        "down again, which forgets earlier errors. 0 follows the ODE.",
    )


class DdimKnobs(StepKnobs):
    """Steps, and how much of the noise is drawn anew in each."""

    eta: float = knob(
        0.0,
        0.0,
        1.0,
        step=0.05,
        help="Share of fresh noise in every step: 0 follows the ODE, 1 is the sampler of DDPM.",
    )


class DdpmKnobs(StepKnobs):
    """Steps, and the variance of each."""

    variance: Literal["small", "large"] = knob(
        "small",
        help="Variance of the noise in each step: right if the prediction were the true example (small), or if nothing were "
        "known about it (large). They agree for many steps; with few, large ruins the samples.",
    )


class SdeKnobs(StepKnobs):
    """Steps, stochasticity, and the process whose SDE is followed."""

    stochasticity: float = knob(
        1.0,
        0.0,
        2.0,
        step=0.1,
        help="How fast noise is drawn and removed on the way. 0 is the ODE, 1 the reverse SDE; the samples' "
        "distribution is the same in the limit of many steps.",
    )
    process: Process = knob(
        "VE",
        help="The drawing in which steps are straight: examples with growing noise added (variance exploding), or examples "
        "fading into noise (variance preserving). The same model, the same limit.",
    )


class CorrectorKnobs(StepKnobs):
    """Steps, the walk after each, and the process of the predictor."""

    corrections: int = knob(1, 0, 10, step=1, help="Langevin moves after every step; 0 leaves the predictor alone.")
    snr: float = knob(
        0.16,
        0.01,
        0.5,
        step=0.01,
        help="Signal-to-noise ratio of a Langevin move: larger moves mix faster and, since they are never rejected, blur.",
    )
    process: Process = knob(
        "VE",
        help="The drawing in which the predictor's steps are straight: variance exploding or variance preserving.",
    )


_INTERVAL: dict[str, Any] = {
    "guidance_low": (
        float,
        knob(
            0.0,
            0.0,
            2.0,
            step=0.05,
            advanced=True,
            title="Guidance from",
            help="The least noise at which guidance above 1 acts: below it samples keep their own detail.",
        ),
    ),
    "guidance_high": (
        float,
        knob(
            WIDEST,
            0.1,
            WIDEST,
            scale="log",
            advanced=True,
            title="Guidance up to",
            help="The most noise at which guidance above 1 acts: above it, guidance only takes variety away.",
        ),
    ),
}
_AUTOGUIDANCE: dict[str, Any] = {
    "autoguidance": (
        float,
        knob(
            1.0,
            0.0,
            4.0,
            step=0.1,
            help="How far to walk away from what an early, worse version of this model predicts: 1 is the model itself, 0 "
            "the early one, a little more than 1 mends errors that both share.",
        ),
    )
}
_CLASSIFIER: dict[str, Any] = {
    "classifier_guidance": (
        float,
        knob(
            0.0,
            0.0,
            10.0,
            step=0.1,
            help="How strongly the slope of a classifier of noisy examples pulls towards the class. With guidance 0 and this "
            "at 1 it is Bayes' rule.",
        ),
    )
}


@cache
def with_guides(knobs: type[Settings], classes: bool, weaker: bool, classifier: bool) -> type[Settings]:
    """The same knobs and those of the guidance that a model can give."""
    if classes:
        knobs = with_guidance(knobs)
    fields = {
        **(_INTERVAL if classes else {}),
        **(_AUTOGUIDANCE if weaker else {}),
        **(_CLASSIFIER if classifier else {}),
    }
    made: type[Settings] = create_model("Led" + knobs.__name__, __base__=knobs, __doc__=knobs.__doc__, **fields)
    return made
