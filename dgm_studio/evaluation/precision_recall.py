"""Precision and recall of samples, by k-nearest-neighbour balls.

Each set is covered with balls that reach from every point to its k-th neighbour in the set. Precision is the share of
samples inside the data's cover, recall the share of data inside the samples' cover (Kynkäänniemi et al. 2019,
arXiv:1904.06991). Two halves of one data set do not score 1: the floor says what held-out data score.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement

_MOST = 1000
_K = 5


def covered(points: Tensor, by: Tensor, k: int = _K) -> float:
    """Share of ``points`` (n, D) that lie in the ball to the k-th neighbour of some point of ``by`` (m, D)."""
    # the nearest point of a set to one of its own is itself
    radius = torch.cdist(by, by).kthvalue(k + 1, dim=1).values
    return float((torch.cdist(points, by) <= radius).any(1).float().mean())


def _sets(evidence: Evidence) -> tuple[Tensor, Tensor, Tensor]:
    """Equally many samples, training and held-out examples, flat."""
    n = min(len(evidence.samples), len(evidence.train), len(evidence.held_out), _MOST)
    if n <= _K:
        raise ValueError(f"neighbour balls need more than {_K} samples, training and held-out examples each, not {n}")

    def some(x: Tensor) -> Tensor:
        return x[torch.randperm(len(x), generator=evidence.rng)[:n]].flatten(1).float()

    return some(evidence.samples), some(evidence.train), some(evidence.held_out)


def _measured(share: float, n: int, floor: float) -> Measurement:
    return Measurement(share, (share * (1 - share) / n) ** 0.5, floor)


def precision(evidence: Evidence) -> Measurement:
    """Share of samples where data are."""
    samples, train, held_out = _sets(evidence)
    return _measured(covered(samples, train), len(samples), covered(held_out, train))


def recall(evidence: Evidence) -> Measurement:
    """Share of data where samples are."""
    samples, train, held_out = _sets(evidence)
    return _measured(covered(train, samples), len(samples), covered(train, held_out))


def _applies(evidence: Evidence) -> bool:
    return min(len(evidence.samples), len(evidence.train), len(evidence.held_out)) > _K


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
)
