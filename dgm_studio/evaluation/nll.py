"""Negative log-likelihood of held-out data: nats per example for points, bits per dimension for images, bits per letter for
strings, bits per sample for sounds.

A density over [-1, 1] becomes one over the data's L grey levels with bins of width 2/(L - 1), so

    bits/dim = -(log q(x) / D + log(2 / (L - 1))) / log 2        (Theis et al. 2015, arXiv:1511.01844);

log-probabilities of rounded pictures need no bins. Strings differ in length: their bits are divided by all their letters, the
blanks behind them not counted, although a model has to say where a string ends.

Exact densities, estimates and bounds are measures of different names: one is never shown as another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.annealing import log_sum_error
from dgm_studio.protocol.spec import KINDS


def _cost(evidence: Evidence, log_q: Tensor) -> Measurement:
    """Nats in data units (points), bits per dimension (images) or letter (strings), with its standard error."""
    if evidence.spec.alphabet:
        strings = evidence.train if log_q is evidence.train_log_density else evidence.held_out
        truth = evidence.true_log_density if strings is evidence.held_out else None
        floor = None if truth is None else _per_letter(-truth.double(), strings).value
        return replace(_per_letter(-log_q.double(), strings[: len(log_q)]), floor=floor)
    cost, unit = -log_q.double(), "nats"
    if evidence.spec.is_image or evidence.spec.is_sound:
        bin_width = 1.0 if evidence.levels else 2 / (evidence.spec.levels - 1)
        cost = (cost / evidence.spec.size - math.log(bin_width)) / math.log(2)
        unit = "bits/sample" if evidence.spec.is_sound else "bits/dim"
    else:
        cost = cost + evidence.log_volume
    error = math.hypot(float(cost.std()) / len(log_q) ** 0.5, evidence.numerical)
    if evidence.chains is not None:  # an error of log Z moves all values alike; those of each value are in their spread
        shared = log_sum_error(evidence.chains)
        per = evidence.spec.size * math.log(2) if evidence.spec.is_image or evidence.spec.is_sound else 1.0
        error = math.hypot(error, shared / per)
    return Measurement(float(cost.mean()), error, unit=unit)


def _per_letter(cost: Tensor, strings: Tensor) -> Measurement:
    """Bits per letter of strings (n, L) that cost so many nats (n,): a ratio of sums, and its error by linearisation."""
    letters = (strings[: len(cost)] > 0).sum(1).double()
    ratio = cost.sum() / letters.sum()
    off = (cost - ratio * letters).std() / len(cost) ** 0.5 / letters.mean()
    return Measurement(float(ratio) / math.log(2), float(off) / math.log(2), unit="bits/letter")


def compute(evidence: Evidence) -> Measurement:
    """On held-out data."""
    if evidence.log_density is None or len(evidence.log_density) < 2:
        raise ValueError("this measure needs the model's log-density at two or more held-out examples")
    return _cost(evidence, evidence.log_density)


def compute_train(evidence: Evidence) -> Measurement:
    """On training data; the floor is the held-out cost, so that the gap between both shows."""
    assert evidence.train_log_density is not None
    return _cost(evidence, evidence.train_log_density)


def _has(kinds: tuple[str, ...]) -> Callable[[Evidence], bool]:
    def applies(evidence: Evidence) -> bool:
        q = evidence.log_density
        return q is not None and len(q) > 1 and evidence.density_kind in kinds

    return applies


_PER = {
    "nats": "nats per point",
    "bits/dim": "bits per pixel value",
    "bits/letter": "bits per letter",
    "bits/sample": "bits per sample",
}


def _say(who: str) -> Callable[[Measurement], str]:
    return lambda m: f"{who} {m.value:.3f} (±\u00a0{m.error:.3f}) {_PER.get(m.unit, m.unit)}."


def _measure(name: str, title: str, help: str, kinds: tuple[str, ...], who: str, rank: int) -> Measure:
    return Measure(
        name=name,
        title=title,
        unit="nats",
        help=help,
        reference="Theis, van den Oord & Bethge 2015 (arXiv:1511.01844)",
        lower_is_better=True,
        topic="likelihood",
        rank=rank,
        training="nll_train",
        applies=_has(kinds),
        work=Measure.at_once(compute),
        kinds=KINDS,
        say=_say(who),
    )


MEASURE = (
    _measure(
        "nll", "Held-out likelihood",
        "How surprised the model is by data it has not seen: negative log-likelihood, lower is better.",
        ("exact",), "Held-out data cost", 20,
    ),
    _measure(
        "nll_estimate", "Held-out likelihood, estimated",
        "An estimate of the negative log-likelihood of data the model has not seen, by sampling: not exact.",
        ("estimate",), "Held-out data cost, by an estimate,", 30,
    ),
    _measure(
        "nll_bound", "Bound on held-out likelihood",
        "An upper bound on the cost of data the model has not seen: the truth is lower by an unknown amount.",
        ("lower bound",), "Held-out data cost at most", 40,
    ),
    Measure(
        name="nll_train",
        title="Training likelihood",
        unit="nats",
        help="The same on training data: where it goes on falling while the held-out curve rises, the model memorises.",
        reference="Theis, van den Oord & Bethge 2015 (arXiv:1511.01844)",
        lower_is_better=True,
        topic="likelihood",
        rank=90,
        applies=lambda evidence: evidence.train_log_density is not None and len(evidence.train_log_density) > 1,
        work=Measure.at_once(compute_train),
        kinds=KINDS,
        say=_say("Training data cost"),
        spoken=False,
    ),
)  # fmt: skip
