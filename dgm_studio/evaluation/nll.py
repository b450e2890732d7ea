"""Negative log-likelihood of held-out data: nats per example for points, bits per dimension for images.

A density over [-1, 1] becomes one over the data's L grey levels with bins of width 2/(L - 1), so

    bits/dim = -(log q(x) / D + log(2 / (L - 1))) / log 2        (Theis et al. 2015, arXiv:1511.01844);

log-probabilities of rounded pictures need no bins.

It is exact only where the model's density is; a bound never comes here.
"""

from __future__ import annotations

import math

from dgm_studio.contract import Evidence, Measure, Measurement


def _applies(evidence: Evidence) -> bool:
    return evidence.log_density is not None and len(evidence.log_density) > 1


def compute(evidence: Evidence) -> Measurement:
    """Nats in data units (points) or bits per dimension (images), with its standard error."""
    q = evidence.log_density
    if q is None or len(q) < 2:
        raise ValueError("this measure needs the model's exact log-density at two or more held-out examples")
    cost = -q.double()
    if evidence.spec.is_image:
        bin_width = 1.0 if evidence.levels else 2 / (evidence.spec.levels - 1)
        cost = (cost / evidence.spec.size - math.log(bin_width)) / math.log(2)
    else:
        cost = cost + evidence.log_volume
    return Measurement(float(cost.mean()), float(cost.std()) / len(q) ** 0.5)


def say(m: Measurement) -> str:
    return f"Held-out data cost {m.value:.3f} (±\u00a0{m.error:.3f}): nats per point, or bits per pixel value."


MEASURE = Measure(
    name="nll",
    title="Held-out likelihood",
    unit="nats, or bits/dim on images",
    help="How surprised the model is by data it has not seen: negative log-likelihood, lower is better.",
    reference="Theis, van den Oord & Bethge 2015 (arXiv:1511.01844)",
    lower_is_better=True,
    applies=_applies,
    work=Measure.at_once(compute),
    say=say,
)
