"""Exact Wasserstein-2 distance between equally many samples and held-out examples.

    W2^2 = min over pairings of mean_i |x_i - y_pair(i)|^2,

a linear assignment problem, solved exactly (Crouse 2016, in scipy). In the plane only: in many dimensions its floor hides
every difference.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import enough, equal_sets, leave_out, length_unit
from dgm_studio.language import tr

_MOST = 400
_MOST_NUMBERS = 8


def wasserstein2(x: Tensor, y: Tensor) -> float:
    """W2 between equally many points x and y (n, D)."""
    from scipy.optimize import linear_sum_assignment  # its import takes half a second

    cost = torch.cdist(x.double(), y.double()).square()
    rows, columns = linear_sum_assignment(cost.numpy())
    return float(cost[torch.from_numpy(rows), torch.from_numpy(columns)].mean().sqrt())


def _work(evidence: Evidence) -> Work[Measurement]:
    """Distance in model units; the floor is that of training data from held-out data."""
    samples, train, held_out = equal_sets(evidence, _MOST)
    yield
    value = wasserstein2(samples, held_out)
    yield
    floor = wasserstein2(train, held_out)
    yield
    error = yield from leave_out(wasserstein2, samples, held_out)
    return Measurement(value, error, floor, length_unit(evidence))


MEASURE = Measure(
    name="wasserstein",
    title="Wasserstein",
    unit="",
    help="How far samples must be moved to become held-out data, with the best pairing, where points are scaled to standard "
    "deviation 1; sees how much mass each mode has, compare with the floor.",
    reference="Villani 2009 (doi:10.1007/978-3-540-71050-9)",
    lower_is_better=True,
    topic="distance",
    rank=95,
    applies=lambda evidence: evidence.spec.size <= _MOST_NUMBERS and enough(evidence),
    work=_work,
    say=lambda m: tr(
        "Samples must be moved by {value:.3f} to become data; fresh data by {floor:.3f}.",
        value=m.value,
        floor=m.floor or 0,
    ),
    spoken=False,
    expensive=True,
)
