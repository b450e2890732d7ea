"""How good p(y | x) is on held-out examples, with the shares of the classes for a prior: accuracy and calibration.

Accuracy counts how often the most likely class is the true one. The expected calibration error compares confidence and
accuracy in bins of equal width (Guo et al. 2017, arXiv:1706.04599):

    ECE = sum over bins of (n_b / n) |accuracy_b - confidence_b|.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, finish
from dgm_studio.evaluation.shared.sets import leave_out, share_error
from dgm_studio.language import tr

_BINS = 10


def calibration_error(probability: Tensor, label: Tensor, bins: int = _BINS) -> float:
    """ECE of class probabilities (n, classes) against true classes (n,)."""
    confidence, guess = probability.max(1)
    right = (guess == label).double()
    where = (confidence * bins).long().clamp_max(bins - 1)
    error = 0.0
    for b in range(bins):
        mine = where == b
        if bool(mine.any()):
            error += float(mine.double().mean()) * abs(float(right[mine].mean() - confidence[mine].double().mean()))
    return error


def _told(evidence: Evidence) -> tuple[Tensor, Tensor]:
    assert evidence.class_evidence is not None
    assert evidence.held_out_label is not None
    shares = evidence.class_evidence.new_tensor(evidence.spec.class_shares)
    probability = torch.softmax(evidence.class_evidence + shares.log(), 1)
    return probability, evidence.held_out_label[: len(probability)]


def accuracy(evidence: Evidence) -> Measurement:
    """Share of held-out examples whose most likely class is the true one; the floor is always guessing the commonest."""
    probability, label = _told(evidence)
    share = float((probability.argmax(1) == label).double().mean())
    return Measurement(share, share_error(share, len(label)), max(evidence.spec.class_shares))


def calibration(evidence: Evidence) -> Measurement:
    """ECE; the floor is what a perfectly calibrated model with these confidences would show by chance."""
    probability, label = _told(evidence)
    drawn = torch.multinomial(probability.clamp_min(1e-12), 20, replacement=True, generator=evidence.rng)
    chance = sum(calibration_error(probability, drawn[:, i]) for i in range(drawn.shape[1])) / drawn.shape[1]
    error = finish(leave_out(calibration_error, probability, label))
    return Measurement(calibration_error(probability, label), error, chance)


def _applies(evidence: Evidence) -> bool:
    return evidence.class_evidence is not None and evidence.held_out_label is not None


MEASURE = (
    Measure(
        name="accuracy",
        title="Accuracy of p(y | x)",
        unit="share",
        help="How often the class the generative model finds most likely for a held-out example is the true one.",
        reference="Ng & Jordan 2001 (NeurIPS 14)",
        lower_is_better=False,
        topic="classes",
        rank=80,
        applies=_applies,
        work=Measure.at_once(accuracy),
        floor_help="always guessing the commonest class",
        say=lambda m: tr("As a classifier it is right in {value:.0%} of held-out cases.", value=m.value),
    ),
    Measure(
        name="calibration",
        title="Calibration error",
        unit="share",
        help="How far the model's confidence in a class is from how often it is right; 0 is honest.",
        reference="Guo et al. 2017 (arXiv:1706.04599)",
        lower_is_better=True,
        topic="classes",
        applies=_applies,
        work=Measure.at_once(calibration),
        floor_help="what an honest model as sure as this one shows by chance",
        say=lambda m: tr("Its confidence is off by {value:.1%} on average.", value=m.value),
        spoken=False,
    ),
)
