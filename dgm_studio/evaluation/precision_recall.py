"""Precision, recall, density and coverage of samples, by k-nearest-neighbour balls.

Each set is covered with balls that reach from every point to its k-th neighbour in the set. Precision is the share of
samples inside the data's cover, recall the share of data inside the samples' cover (Kynkäänniemi et al. 2019,
arXiv:1904.06991). One outlier among the data has a huge ball: density counts in how many of the data's balls a sample
lies, over k, and coverage is the share of the data's balls that hold a sample (Naeem et al. 2020, arXiv:2002.09797).
Two halves of one data set do not score 1: the floor says what held-out data score.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation._sets import enough, equal_sets

_MOST = 1000
_K = 5


def covered(points: Tensor, by: Tensor, k: int = _K) -> float:
    """Share of ``points`` (n, D) that lie in the ball to the k-th neighbour of some point of ``by`` (m, D)."""
    # the nearest point of a set to one of its own is itself
    radius = torch.cdist(by, by).kthvalue(k + 1, dim=1).values
    return float((torch.cdist(points, by) <= radius).any(1).float().mean())


def density_and_coverage(samples: Tensor, data: Tensor, k: int = _K) -> tuple[Tensor, Tensor]:
    """Per sample (n,) in how many of the data's balls it lies, over k; per example (m,) whether its ball holds a sample."""
    radius = torch.cdist(data, data).kthvalue(k + 1, dim=1).values
    inside = torch.cdist(samples, data) < radius
    return inside.sum(1).float() / k, inside.any(0)


def _measured(share: float, n: int, floor: float) -> Measurement:
    return Measurement(share, (share * (1 - share) / n) ** 0.5, floor)


def precision(evidence: Evidence) -> Measurement:
    """Share of samples where data are."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    return _measured(covered(samples, train), len(samples), covered(held_out, train))


def recall(evidence: Evidence) -> Measurement:
    """Share of data where samples are."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    return _measured(covered(train, samples), len(samples), covered(train, held_out))


def density(evidence: Evidence) -> Measurement:
    """Mean number of balls a sample lies in, over k."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    each, _ = density_and_coverage(samples, train)
    floor, _ = density_and_coverage(held_out, train)
    return Measurement(float(each.mean()), float(each.std()) / len(each) ** 0.5, float(floor.mean()))


def coverage(evidence: Evidence) -> Measurement:
    """Share of the data's balls that hold a sample."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    _, share = density_and_coverage(samples, train)
    _, floor = density_and_coverage(held_out, train)
    return _measured(float(share.float().mean()), len(share), float(floor.float().mean()))


def _applies(evidence: Evidence) -> bool:
    return enough(evidence, _K + 1)


MEASURE = (
    Measure(
        name="precision",
        title="Precision",
        unit="share",
        help="Share of the samples that lie where data lie: falls when samples are bad.",
        reference="Kynkäänniemi et al. 2019 (arXiv:1904.06991)",
        lower_is_better=False,
        applies=_applies,
        work=Measure.at_once(precision),
        say=lambda m: f"{m.value:.0%} of the samples lie where data lie.",
    ),
    Measure(
        name="recall",
        title="Recall",
        unit="share",
        help="Share of the data that lie where samples lie: falls when modes are missing.",
        reference="Kynkäänniemi et al. 2019 (arXiv:1904.06991)",
        lower_is_better=False,
        applies=_applies,
        work=Measure.at_once(recall),
        say=lambda m: f"{m.value:.0%} of the data lie where samples lie.",
    ),
    Measure(
        name="density",
        title="Density",
        unit="",
        help="In how many neighbourhoods of data a sample lies, where 1 is expected of data: falls when samples are bad, and "
        "a single odd example cannot hide it.",
        reference="Naeem et al. 2020 (arXiv:2002.09797)",
        lower_is_better=False,
        applies=_applies,
        work=Measure.at_once(density),
        say=lambda m: f"Samples lie in {m.value:.2f} times as many neighbourhoods of data as data would.",
        spoken=False,
    ),
    Measure(
        name="coverage",
        title="Coverage",
        unit="share",
        help="Share of the data with a sample in their neighbourhood: falls when modes are missing, and no outlier can "
        "hide it.",
        reference="Naeem et al. 2020 (arXiv:2002.09797)",
        lower_is_better=False,
        applies=_applies,
        work=Measure.at_once(coverage),
        say=lambda m: f"{m.value:.0%} of the data have a sample near them.",
        spoken=False,
    ),
)
