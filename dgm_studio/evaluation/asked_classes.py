"""Whether samples that were asked to be of a class are: sure and right, sure and wrong, or nobody can tell.

The judge is not the model: of images the small network whose features the Fréchet distance uses, of points the nearest
training examples. Where it is less than `SURE` of any class a sample counts as unknown, which is neither right nor wrong: a
blurred digit is not one of another class.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import share_error
from dgm_studio.language import tr

SURE = 0.8
"""What the judge's probability of its class has to be for a sample not to be unknown."""
_NEAREST = 20
_MOST = 2000


def shares(probability: Tensor, label: Tensor) -> tuple[float, float, float]:
    """Shares of right, wrong and unknown of class probabilities (n, classes) where classes (n,) were asked for."""
    sure, said = probability.max(1)
    known, right = sure >= SURE, said == label
    return tuple(float(those.double().mean()) for those in (known & right, known & ~right, ~known))  # type: ignore[return-value]


def by_neighbours(x: Tensor, train: Tensor, label: Tensor, classes: int) -> Tensor:
    """Class shares (n, classes) among the training examples (k, *event) of classes (k,) that are nearest to x (n, *event)."""
    near = torch.cdist(x.flatten(1), train.flatten(1)).topk(min(_NEAREST, len(train)), largest=False).indices
    return torch.nn.functional.one_hot(label[near], classes).double().mean(1)


def _judged(evidence: Evidence) -> tuple[tuple[float, float, float], int]:
    assert evidence.sample_label is not None
    assert evidence.train_label is not None
    x, label = evidence.samples[:_MOST], evidence.sample_label[:_MOST]
    if evidence.class_judge is not None:
        probability = evidence.class_judge(x)
    else:
        train = evidence.train[:_MOST]
        probability = by_neighbours(x, train, evidence.train_label[: len(train)], len(evidence.spec.classes))
    return shares(probability, label), len(x)


def _share(which: int) -> Callable[[Evidence], Measurement]:
    def measure(evidence: Evidence) -> Measurement:
        found, n = _judged(evidence)
        return Measurement(found[which], share_error(found[which], n))

    return measure


def _applies(evidence: Evidence) -> bool:
    judged = evidence.class_judge is not None or not evidence.spec.is_image
    known = evidence.sample_label is not None and evidence.train_label is not None
    return judged and known and len(evidence.spec.classes) > 1


def _measure(which: int, name: str, title: str, help: str, said: str, *, lower: bool) -> Measure:
    return Measure(
        name=name,
        title=title,
        unit="share",
        help=help,
        reference="Ravuri & Vinyals 2019 (arXiv:1905.10887)",
        lower_is_better=lower,
        topic="classes",
        applies=_applies,
        work=Measure.at_once(_share(which)),
        say=lambda m: tr("{value:.0%} of the samples {said}.", value=m.value, said=said),
        spoken=False,
    )


MEASURE = (
    _measure(
        0,
        "class_right",
        "Of the class asked for",
        f"Share of samples that a judge finds, {SURE:.0%} sure or more, to be of the class they were asked to be of.",
        "are surely of the class asked for",
        lower=False,
    ),
    _measure(
        1,
        "class_wrong",
        "Of another class",
        f"Share of samples that the judge finds, {SURE:.0%} sure or more, to be of another class than was asked for.",
        "are surely of another class than asked for",
        lower=True,
    ),
    _measure(
        2,
        "class_unknown",
        "Of no class for sure",
        f"Share of samples of whose class the judge is less than {SURE:.0%} sure: neither right nor wrong.",
        "are of no class for sure",
        lower=True,
    ),
)
