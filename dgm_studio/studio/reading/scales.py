"""Scales: from where to where the colours of a field of the plane go, and what to say where they say nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Field

DENSITY_UNIT = tr("per unit²")
FAINT = 0.01
"""Differences below this part of the highest density are not worth a full colour."""


@dataclass(frozen=True)
class ColourScale:
    """``low`` and ``high`` have the first and the last colour; ``note`` says why nothing is to be seen, ``remark`` what else is
    to be said of the picture.
    """

    low: float
    high: float
    unit: str = ""
    note: str = ""
    remark: str = ""


def scale_of(field: Field, peak: float | None = None) -> ColourScale:
    """The scale of a density (from its logarithm), of a difference of densities, or of a surface.

    ``peak`` is the highest density near it: differences far below it are drawn as faint as they are.
    """
    values = np.asarray(field.values, np.float64)
    finite = values[np.isfinite(values)]
    if field.layer == "surface":
        if not len(finite):
            return ColourScale(0.0, 1.0, "", tr("no values here"))
        low, high = (float(v) for v in np.quantile(finite, [0.02, 0.98]))
        return ColourScale(low, max(high, low + 1e-9))
    if field.layer == "difference":
        most = float(np.abs(finite).max(initial=0.0))
        if peak is not None and most < FAINT * peak:
            return ColourScale(
                -FAINT * peak,
                FAINT * peak,
                DENSITY_UNIT,
                tr("below {rounded_up} everywhere", rounded_up=_rounded_up(most)),
            )
        return ColourScale(-(most or 1.0), most or 1.0, DENSITY_UNIT, "" if most else "0 everywhere")
    if not len(finite):
        return ColourScale(0.0, 1.0, DENSITY_UNIT, "0 everywhere")
    return ColourScale(0.0, peak_of(values), DENSITY_UNIT, remark=field.note if field.layer == "density" else "")


def peak_of(log_density: np.ndarray) -> float:
    """The highest density of a grid (rows, columns), but for its very highest cells."""
    finite = log_density[np.isfinite(log_density)]
    return math.exp(min(float(np.quantile(finite, 0.998)), 700.0)) if len(finite) else 0.0


def _rounded_up(value: float) -> str:
    """A bound of one figure that a positive value lies below."""
    if value <= 0:
        return "1e-9"
    place = math.floor(math.log10(value))
    bound = (math.floor(value / 10**place) + 1) * 10.0**place
    return f"{bound:.1g}"
