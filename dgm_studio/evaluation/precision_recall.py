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

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import enough, equal_sets, share_error
from dgm_studio.language import tr

_MOST = 1000
_K = 5


def covered(points: Tensor, by: Tensor, k: int = _K) -> float:
    """Share of ``points`` (n, D) that lie in the ball to the k-th neighbour of some point of ``by`` (m, D)."""
    # the nearest point of a set to one of its own is itself
    radius = torch.cdist(by, by).kthvalue(k + 1, dim=1).values
    return float((torch.cdist(points, by) <= radius).any(1).float().mean())


def within_balls(samples: Tensor, data: Tensor, k: int = _K) -> tuple[Tensor, Tensor, Tensor]:
    """In how many of the data's balls each sample lies (n,) and how many samples, scaled to as many as there are data, each
    ball holds (m,), both over k; and which balls hold any (m,).
    """
    radius = torch.cdist(data, data).kthvalue(k + 1, dim=1).values
    inside = torch.cdist(samples, data) < radius
    return inside.sum(1).float() / k, inside.sum(0).float() * (len(data) / len(samples) / k), inside.any(0)


def _cover(points: Tensor, by: Tensor, fresh: Tensor, truth: Tensor) -> Work[Measurement]:
    """The share of ``points`` covered by ``by``; the floor is that of ``fresh`` by ``truth``."""
    share = covered(points, by)
    yield
    floor = covered(fresh, truth)
    yield
    return Measurement(share, share_error(share, len(points)), floor)


def precision(evidence: Evidence) -> Work[Measurement]:
    """Share of samples where data are."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    yield
    return (yield from _cover(samples, train, held_out, train))


def recall(evidence: Evidence) -> Work[Measurement]:
    """Share of data where samples are."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    yield
    return (yield from _cover(train, samples, train, held_out))


def density(evidence: Evidence) -> Work[Measurement]:
    """Mean number of balls a sample lies in, over k. Its error is due to the samples and to the balls alike."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    yield
    by_sample, by_ball, _ = within_balls(samples, train)
    yield
    floor, _, _ = within_balls(held_out, train)
    yield
    error = (by_sample.var() / len(by_sample) + by_ball.var() / len(by_ball)).sqrt()
    return Measurement(float(by_sample.mean()), float(error), float(floor.mean()))


def coverage(evidence: Evidence) -> Work[Measurement]:
    """Share of the data's balls that hold a sample."""
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    yield
    *_, held = within_balls(samples, train)
    yield
    *_, floor = within_balls(held_out, train)
    yield
    share = float(held.float().mean())
    return Measurement(share, share_error(share, len(held)), float(floor.float().mean()))


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
        topic="coverage",
        applies=_applies,
        work=precision,
        say=lambda m: tr("{value:.0%} of the samples lie where data lie.", value=m.value),
    ),
    Measure(
        name="recall",
        title="Recall",
        unit="share",
        help="Share of the data that lie where samples lie: falls when modes are missing.",
        reference="Kynkäänniemi et al. 2019 (arXiv:1904.06991)",
        lower_is_better=False,
        topic="coverage",
        applies=_applies,
        work=recall,
        say=lambda m: tr("{value:.0%} of the data lie where samples lie.", value=m.value),
    ),
    Measure(
        name="density",
        title="Density",
        unit="",
        help="In how many neighbourhoods of data a sample lies, where 1 is expected of data: falls when samples are bad, and "
        "a single odd example cannot hide it.",
        reference="Naeem et al. 2020 (arXiv:2002.09797)",
        lower_is_better=False,
        topic="coverage",
        applies=_applies,
        work=density,
        say=lambda m: tr(
            "Samples lie in {value:.2f} times as many neighbourhoods of data as data would.", value=m.value
        ),
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
        topic="coverage",
        applies=_applies,
        work=coverage,
        say=lambda m: tr("{value:.0%} of the data have a sample near them.", value=m.value),
        spoken=False,
    ),
)
