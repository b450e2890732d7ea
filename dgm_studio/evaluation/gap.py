"""The exact gap: how many nats the model's code is longer than the best possible one.

    gap = mean over held-out x of (log p(x) - log q(x)),    an estimate of KL(p || q) with standard error sd / sqrt(n).

Both densities are taken at the same points: far tighter than a difference of two averages. A perfect model
scores 0; a small negative value is chance.
"""

from __future__ import annotations

import math

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.language import tr
from dgm_studio.protocol.spec import KINDS


def _applies(evidence: Evidence) -> bool:
    known = evidence.log_density is not None and evidence.true_log_density is not None and len(evidence.held_out) > 1
    return known and evidence.density_kind == "exact"


def compute(evidence: Evidence) -> Measurement:
    """Gap in nats and its error: the standard one, and that of the solver where there is one."""
    p, q = evidence.true_log_density, evidence.log_density
    if p is None or q is None or len(p) != len(q) or len(p) < 2:
        raise ValueError("the gap needs both exact log-densities at the same two or more held-out points")
    difference = (p - q).double()
    error = math.hypot(float(difference.std()) / len(p) ** 0.5, evidence.numerical)
    return Measurement(float(difference.mean()), error, floor=0.0)


def say(m: Measurement) -> str:
    if m.value <= 2 * m.error:
        return tr("As good as the true density, as far as these points can tell.")
    return tr("{value:.3f} nats above the entropy (±\xa0{error:.3f}).", value=m.value, error=m.error)


MEASURE = Measure(
    name="gap",
    title="Gap to the truth",
    unit="nats",
    help="How much worse than the true density the model predicts fresh data, on average; 0 is perfect.",
    reference="Kullback & Leibler 1951 (doi:10.1214/aoms/1177729694)",
    lower_is_better=True,
    topic="likelihood",
    rank=10,
    applies=_applies,
    work=Measure.at_once(compute),
    kinds=KINDS,
    floor_help="0, which the true density gives",
    say=say,
)
