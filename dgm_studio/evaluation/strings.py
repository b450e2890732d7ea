"""Strings: how many follow the rule of the data, how many are different, and how many are copies.

    valid    = share of samples that follow the rule, which is checked and not estimated;
    distinct = |{x_1 ... x_n}| / n, in error by leaving out groups;
    copied   = share of samples that are found, letter by letter, in the training data.

Each alone is easy: a model that always writes one valid string is valid, one that copies is valid and diverse. Together with
the likelihood of held-out strings they say what was learned.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import enough, leave_out, share_error
from dgm_studio.language import tr

_LEAST = 20


def valid_share(evidence: Evidence) -> Measurement:
    """The share of valid samples; the floor is that of held-out data, by the same rule."""
    assert evidence.valid is not None
    share, data = (float(evidence.valid(x).double().mean()) for x in (evidence.samples, evidence.held_out))
    return Measurement(share, share_error(share, len(evidence.samples)), data)


def distinct_share(evidence: Evidence) -> Work[Measurement]:
    """The share of samples left when each string counts once; the floor is that of as many held-out ones."""
    n = min(len(evidence.samples), len(evidence.held_out))
    samples, held = (
        x[torch.randperm(len(x), generator=evidence.rng)[:n]] for x in (evidence.samples, evidence.held_out)
    )
    error = yield from leave_out(_distinct, samples)
    return Measurement(_distinct(samples), error, _distinct(held))


def copied_share(evidence: Evidence) -> Measurement:
    """The share of samples that are among the training examples; the floor is that of held-out strings."""
    known = {tuple(row) for row in evidence.train.long().tolist()}
    share, data = (
        sum(tuple(row) in known for row in x.long().tolist()) / len(x) for x in (evidence.samples, evidence.held_out)
    )
    return Measurement(share, share_error(share, len(evidence.samples)), data)


def _distinct(strings: Tensor) -> float:
    return len(torch.unique(strings, dim=0)) / len(strings)


MEASURE = (
    Measure(
        name="valid",
        title="Valid strings",
        unit="share",
        help="Share of the samples that follow the rule of the data, checked letter by letter.",
        reference="counted here",
        lower_is_better=False,
        topic="coverage",
        rank=5,
        applies=lambda evidence: evidence.valid is not None and enough(evidence, _LEAST),
        work=Measure.at_once(valid_share),
        kinds=("strings",),
        floor_help="the share of held-out data, all valid where the rule is exact",
        say=lambda m: tr("{value:.1%} of the samples are valid (±\xa0{error:.1%}).", value=m.value, error=m.error),
    ),
    Measure(
        name="distinct",
        title="Distinct strings",
        unit="share",
        help="Share of the samples that remain when each string counts once: a model that repeats itself has few.",
        reference="Li et al. 2016 (arXiv:1510.03055)",
        lower_is_better=False,
        topic="coverage",
        rank=25,
        applies=lambda evidence: enough(evidence, _LEAST),
        work=distinct_share,
        kinds=("strings",),
        floor_help="the share of as many held-out strings",
        say=lambda m: tr(
            "{value:.1%} of the samples are distinct; of as many held-out strings {floor:.1%}.",
            value=m.value,
            floor=m.floor or 0,
        ),
    ),
    Measure(
        name="copied",
        title="Copied strings",
        unit="share",
        help="Share of the samples that are strings of the training data; what held-out strings share with them is no copying.",
        reference="counted here",
        lower_is_better=True,
        topic="coverage",
        rank=26,
        applies=lambda evidence: enough(evidence, _LEAST),
        work=Measure.at_once(copied_share),
        kinds=("strings",),
        floor_help="the share of held-out strings that are in the training data",
        say=lambda m: tr(
            "{value:.1%} of the samples are in the training data; of held-out strings {floor:.1%}.",
            value=m.value,
            floor=m.floor or 0,
        ),
    ),
)
