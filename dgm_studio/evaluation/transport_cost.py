"""Transport cost: how far examples of the source travel, ``E |F(x) - x|^2``, beside the least that would have been enough.

The least is that of an exact assignment of the same beginnings to the same ends (Kuhn 1955, doi:10.1002/nav.3800020109), the
squared Wasserstein-2 distance of the two samples. Both are in squared standard deviations of the data.
"""

from __future__ import annotations

import torch

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import mean_error
from dgm_studio.language import tr

_MOST = 400
"""Examples that are assigned: the time grows with their cube."""


def compute(evidence: Evidence) -> Measurement:
    from scipy.optimize import linear_sum_assignment  # a second and 50 MB that only this measure should cost

    assert evidence.translated is not None
    seen = evidence.translated
    mean, error = mean_error((seen.carried - seen.begun).flatten(1).square().sum(1))
    cost = torch.cdist(seen.begun[:_MOST].flatten(1), seen.carried[:_MOST].flatten(1)).square()
    rows, columns = linear_sum_assignment(cost.numpy())
    return Measurement(mean, error, float(cost[rows, columns].mean()))


MEASURE = Measure(
    name="transport_cost",
    title="Transport cost",
    unit="std²",
    help="Mean squared distance that examples of the source travel to become data, beside the least by which the same ends "
    "are reached.",
    reference="Tong et al. 2023, arXiv:2302.00482",
    lower_is_better=True,
    topic="translation",
    rank=62,
    applies=lambda evidence: evidence.translated is not None,
    work=Measure.at_once(compute),
    floor_help="the cost of the best assignment of the same examples to held-out data",
    say=lambda m: tr(
        "Examples of the source travel {value:.3g} squared standard deviations, where {floor:.3g} would do.",
        value=m.value,
        floor=m.floor,
    ),
)
