"""Overfitting, read off two curves: held-out data have cost more ever since a step, while training data have cost less."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dgm_studio.protocol.messages import Curve

from .quality import ranked

LEAST = 4
"""Measured steps without which nothing is said."""


@dataclass(frozen=True)
class Overfit:
    """Held-out data cost least at the step ``since``, and by now ``rise`` more, in the unit of the curve."""

    since: int
    rise: float


def overfitting(curves: Mapping[str, Curve]) -> Overfit | None:
    """What the curves of measures say; None unless the rise is beyond two standard errors, of the two newest values each."""
    held = next((curves[name] for name in ranked(curves) if curves[name].training in curves), None)
    if held is None:
        return None
    train = curves[held.training]
    values = np.asarray(held.values, np.float64)
    if len(values) < LEAST or not np.isfinite(values).any():
        return None
    errors = np.zeros(len(values)) if held.errors is None else np.nan_to_num(np.asarray(held.errors, np.float64))
    best = int(np.nanargmin(values))
    if best >= len(values) - 2:
        return None
    newest = len(values) - 2 + int(np.nanargmin(values[-2:])) if np.isfinite(values[-2:]).any() else best
    rise = float(values[newest] - values[best])
    if not rise > 2 * math.hypot(errors[best], errors[newest]):
        return None
    seen = np.asarray(train.steps) <= held.steps[best]
    if not seen.any() or not train.values[-1] < np.asarray(train.values)[seen][-1]:
        return None
    return Overfit(int(held.steps[best]), rise)
