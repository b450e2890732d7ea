"""Classifier two-sample test: can a classifier tell samples from held-out data?

Pool both sets, score each member by a classifier that has not seen it, and count how often it is right (Lopez-Paz & Oquab
2017, arXiv:1610.06545): one half is chance, 1 is told apart with certainty. Two classifiers try, and the better one counts:

* the share of data among the k nearest others, which sees any small-scale difference, but in many dimensions mostly which
  set is denser;
* small networks trained on the other folds, which see what neighbours do not (`_tell_apart`).

The half of either pool with the higher scores is taken for data, so that no threshold matters.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import enough, equal_sets, share_error
from dgm_studio.evaluation.shared.tell_apart import FOLDS, by_networks, right_halves
from dgm_studio.language import tr

_MOST = 800
_K = 15
_ROWS = 400
"""Members whose neighbours are found in a slice."""
_LEAST = 4 * FOLDS


def by_neighbours(x: Tensor, y: Tensor, k: int = _K) -> Work[float]:
    """How often k nearest others are right on x against y (n, D), each coordinate scaled to deviation 1."""
    both = torch.cat([x, y])
    both = (both - both.mean(0)) / both.std(0).clamp_min(1e-6)
    from_y = []
    for i in range(0, len(both), _ROWS):
        distance = torch.cdist(both[i : i + _ROWS], both)
        distance.diagonal(i).fill_(torch.inf)
        from_y.append((distance.topk(k, largest=False).indices >= len(x)).double().mean(1))
        yield
    share = torch.cat(from_y)
    return right_halves(share[: len(x)], share[len(x) :])


def _work(evidence: Evidence) -> Work[Measurement]:
    samples, train, held_out = equal_sets(evidence, _MOST, _LEAST)
    yield
    near = yield from by_neighbours(samples, held_out)
    near_floor = yield from by_neighbours(train, held_out)
    learned, learned_floor = yield from by_networks([(samples, held_out), (train, held_out)], evidence.rng)
    value = max(near, learned)
    return Measurement(value, share_error(value, 2 * len(samples)), max(near_floor, learned_floor))


def _say(m: Measurement) -> str:
    if m.value <= 0.5 + 3 * m.error:
        return tr("Neighbours and small networks cannot tell samples from held-out data.")
    return tr("Samples are told from held-out data in {value:.0%} of cases (50 % is chance).", value=m.value)


MEASURE = Measure(
    name="two_sample",
    title="Told apart",
    unit="share",
    help="How often the better of nearest neighbours and small networks can tell whether an example is a sample or held-out "
    "data; one half is chance.",
    reference="Lopez-Paz & Oquab 2017 (arXiv:1610.06545)",
    lower_is_better=True,
    topic="distance",
    applies=lambda evidence: enough(evidence, _LEAST),
    work=_work,
    say=_say,
    spoken=False,
    expensive=True,
)
