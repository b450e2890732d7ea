"""Cycle error: how far held-out examples of the source are from themselves after the way to the data and back.

The root mean square over examples and coordinates of ``G(F(x)) - x``, in standard deviations of the data. A flow and its
reverse differ by the steps of the solver alone; two networks that are trained to undo each other (Zhu et al. 2017,
arXiv:1703.10593) do so as far as they have learned. It says nothing about whether the way makes sense.
"""

from __future__ import annotations

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import mean_error
from dgm_studio.language import tr


def compute(evidence: Evidence) -> Measurement:
    assert evidence.translated is not None
    seen = evidence.translated
    square = (seen.returned - seen.begun).flatten(1).square().mean(1)
    mean, error = mean_error(square)
    root = mean**0.5
    return Measurement(root, error / (2 * root) if root > 0 else 0.0)


MEASURE = Measure(
    name="cycle_error",
    title="Cycle error",
    unit="std",
    help="How far examples of the source are from themselves after the way to the data and back.",
    reference="Zhu et al. 2017, arXiv:1703.10593",
    lower_is_better=True,
    topic="translation",
    rank=96,
    applies=lambda evidence: evidence.translated is not None,
    work=Measure.at_once(compute),
    say=lambda m: tr(
        "To the data and back, examples of the source come back within {value:.2g} standard deviations.", value=m.value
    ),
)
