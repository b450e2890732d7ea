"""Classifier two-sample test: can a nearest-neighbour classifier tell samples from held-out data?

Pool both sets, classify each member by the majority of its k nearest others (leave one out) and count how often that is
right (Lopez-Paz & Oquab 2017, arXiv:1610.06545). Equal distributions give one half with standard deviation
``1 / (2 sqrt(n))``; 1 is told apart with certainty.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation._sets import enough, equal_sets

_MOST = 800
_K = 15


def told_apart(x: Tensor, y: Tensor, k: int = _K) -> float:
    """Leave-one-out accuracy of k nearest neighbours on x against y (n, D), each coordinate scaled to deviation 1."""
    both = torch.cat([x, y])
    both = (both - both.mean(0)) / both.std(0).clamp_min(1e-6)
    distance = torch.cdist(both, both).fill_diagonal_(torch.inf)
    from_y = (distance.topk(k, largest=False).indices >= len(x)).float().mean(1)
    right = torch.cat([from_y[: len(x)] < 0.5, from_y[len(x) :] > 0.5])
    return float(right.float().mean())


def _work(evidence: Evidence) -> Work[Measurement]:
    samples, train, held_out = equal_sets(evidence, _MOST, _K + 1)
    yield
    value = told_apart(samples, held_out)
    yield
    return Measurement(value, 0.5 / (2 * len(samples)) ** 0.5, told_apart(train, held_out))


def _say(m: Measurement) -> str:
    if m.value <= 0.5 + 2 * m.error:
        return "Neighbours cannot tell samples from held-out data."
    return f"Neighbours tell samples from held-out data in {m.value:.0%} of cases (50 % is chance)."


MEASURE = Measure(
    name="two_sample",
    title="Told apart",
    unit="share",
    help="How often nearest neighbours can tell whether an example is a sample or held-out data; one half is chance.",
    reference="Lopez-Paz & Oquab 2017 (arXiv:1610.06545)",
    lower_is_better=True,
    applies=lambda evidence: enough(evidence, _K + 1),
    work=_work,
    say=_say,
    spoken=False,
    dear=True,
)
