"""Which measure matters most for a run, which belong together, and how their values are said."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from .state import Measured, Samples

HEADLINES = ("gap", "nll", "nll_estimate", "nll_bound", "frechet", "sliced_wasserstein", "modes", "accuracy")
"""Measures by name, the most telling first: nats where a density is known, else a distance of samples."""

TOPICS = (
    ("gap", "nll", "nll_estimate", "nll_bound", "nll_train", "kl", "reverse_kl", "total_variation"),
    ("normaliser_error", "effective_chains"),
    ("frechet", "sliced_wasserstein", "wasserstein", "mmd", "energy_distance", "two_sample"),
    ("modes", "good_samples", "precision", "recall", "density", "coverage", "copying"),
    ("accuracy", "calibration"),
    ("linear_probe", "code_neighbours"),
    ("samples_per_second", "sampler_steps", "network_passes"),
)
"""What measures are about: likelihood and its normaliser, distances, what is covered and copied, classes, codes, speed."""

LIKELIHOOD = TOPICS[0]
"""Measures of the density alone: no sampler has a part in them."""

_HELD_OUT, _TRAINING = ("nll", "nll_estimate", "nll_bound"), "nll_train"


def ranked(names: Iterable[str]) -> list[str]:
    """Names of measures, the most telling first; those that are not ranked keep their order."""
    have = list(names)
    return [n for n in HEADLINES if n in have] + [n for n in have if n not in HEADLINES]


def by_topic(names: Collection[str]) -> list[list[str]]:
    """Names of measures, those about the same thing together; those of no topic last.

    The likelihood of training data goes without a place of its own where it is shown beside that of held-out data.
    """
    beside = any(n in names for n in _HELD_OUT)
    known = {n for topic in TOPICS for n in topic}
    groups = [[n for n in topic if n in names and not (beside and n == _TRAINING)] for topic in TOPICS]
    return [g for g in [*groups, [n for n in names if n not in known]] if g]


def together(name: str, names: Collection[str]) -> dict[str, str]:
    """The measures to be drawn in one picture with ``name``, each with a word that tells it from the others.

    Held-out and training data together: the room between the two curves is what does not generalise.
    """
    if name in _HELD_OUT and _TRAINING in names:
        return {name: "held-out", _TRAINING: "training"}
    return {name: "held-out" if name in _HELD_OUT else ""} if name else {}


def short_unit(unit: str) -> str:
    """A unit as it is written behind a number: nothing for shares."""
    return {"share": "", "standard deviations": "sd"}.get(unit, unit)


def rounded(value: float, error: float | None = None) -> str:
    """A value with as many digits as its error allows: an error of 0.012 allows three places, one of 0.07 two."""
    if not math.isfinite(value):
        return "–"
    if error is None or not math.isfinite(error) or error <= 0:
        return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"
    place = math.floor(math.log10(error))
    text = f"{value:,.{max(0, (error < 2 * 10**place) - place)}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text  # nothing is minus nothing


def value_said(value: float, error: float | None = None) -> str:
    """A value and its standard error; a value without one was counted."""
    if error is None or not math.isfinite(value + error) or error <= 0:
        return rounded(value)
    return f"{rounded(value, error)} ± {rounded(error, error)}"


def apart(value: float, error: float | None = None) -> tuple[str, str]:
    """A value and the words behind it, ``± error``, to be shown in two sizes. A value below its error reads ``0.000``."""
    if error is None or not math.isfinite(value + error) or error <= 0:
        return rounded(value), ""
    return rounded(0.0 if abs(value) < error else value, error), f"± {rounded(error, error)}"


def closeness_said(samples: Samples | None) -> str:
    """How close the samples on screen are to data, beside what fresh data would be; empty where nobody knows."""
    close = None if samples is None else samples.close
    if close is None:
        return ""
    distance = f"samples {close.distance:.3g} sd from data (floor {close.floor:.3g})"
    return distance + (f" · {close.modes} of {close.of_modes} modes" if close.of_modes else "")


def sentences(measured: Measured | None) -> list[str]:
    """What the measures say, the most telling first, one sentence each."""
    return [] if measured is None else [measured.said[name] for name in ranked(measured.said)]
