"""Which measure matters most for a run, which belong together, and how their values are said."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curve, Measured, Samples


def ranked(curves: Mapping[str, Curve]) -> list[str]:
    """Names of measures, the most telling first; those of equal rank keep their order."""
    return sorted(curves, key=lambda name: curves[name].rank)


def by_topic(curves: Mapping[str, Curve]) -> list[list[str]]:
    """Names of measures, those about the same thing together; those of no topic last.

    One of training data goes without a place of its own where it is shown beside that of held-out data.
    """
    beside = {curve.training for curve in curves.values()}
    groups: dict[str, list[str]] = {}
    for name, curve in curves.items():
        if name not in beside:
            groups.setdefault(curve.topic, []).append(name)
    last = groups.pop("", None)
    return [*groups.values(), *([last] if last else [])]


def together(name: str, curves: Mapping[str, Curve]) -> dict[str, str]:
    """The measures to be drawn in one picture with ``name``, each with a word that tells it from the others.

    Held-out and training data together: the room between the two curves is what does not generalise.
    """
    if name not in curves:
        return {}
    training = curves[name].training
    if training in curves:
        return {name: "held-out", training: "training"}
    return {name: "held-out" if training else ""}


def short_unit(unit: str) -> str:
    """A unit as it is written behind a number: nothing for shares."""
    return {"share": "", "standard deviations": "sd"}.get(unit, unit)


def rounded(value: float, error: float | None = None) -> str:
    """A value with as many digits as its error allows: an error of 0.012 allows three places, one of 0.07 two."""
    if not math.isfinite(value):
        return "–"
    if error is None or not _counts(value, error):
        return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"
    place = math.floor(math.log10(error))
    text = f"{value:,.{max(0, (error < 2 * 10**place) - place)}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text  # nothing is minus nothing


def _counts(value: float, error: float) -> bool:
    """Whether an error is more than what is left of rounding, or of a chance that is as good as none."""
    return math.isfinite(value + error) and error > max(1e-6 * abs(value), 1e-12)


def value_said(value: float, error: float | None = None) -> str:
    """A value and its standard error; a value without one was counted."""
    if error is None or not _counts(value, error):
        return rounded(value)
    return f"{rounded(value, error)} ± {rounded(error, error)}"


def apart(value: float, error: float | None = None) -> tuple[str, str]:
    """A value and the words behind it, ``± error``, to be shown in two sizes. A value below its error reads ``0.000``."""
    if error is None or not _counts(value, error):
        return rounded(value), ""
    return rounded(0.0 if abs(value) < error else value, error), f"± {rounded(error, error)}"


def closeness_said(samples: Samples | None, *, on_the_way: bool = False) -> str:
    """How close the samples on screen are to data, beside what fresh data would be; empty where nobody knows.

    Samples on the way are shown as they are then, but only where they end is close to data.
    """
    close = None if samples is None else samples.close
    if close is None:
        return ""
    distance = tr("samples {distance:.3g} sd from data (floor {floor:.3g})", distance=close.distance, floor=close.floor)
    modes = tr(" · {modes} of {of_modes} modes", modes=close.modes, of_modes=close.of_modes) if close.of_modes else ""
    return distance + modes + (tr(" · at t = 1") if on_the_way else "")


def sentences(measured: Measured | None) -> list[str]:
    """What the measures say, the most telling first, one sentence each."""
    return [] if measured is None else list(measured.said.values())
