"""How well a model keeps to the context that it is given.

    gap = mean over held-out pairs (x, c) of log p(x | c) - log q(x | c),    an estimate of E_c KL(p(. | c) || q(. | c));

    energy distance between pairs (sample under c, c) and pairs (held-out x, c), each side scaled to variance one.

The second needs no density: samples under the contexts of one half of the held-out examples are compared with the other half,
so that a model which is right but for what it does with c shows it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.kernel_distances import discrepancy, nearness
from dgm_studio.evaluation.shared.sets import GROUPS
from dgm_studio.language import tr

_MOST, _LEAST = 600, 3 * GROUPS


def gap(evidence: Evidence) -> Measurement:
    """Nats, with the standard error and that of the solver where there is one. Raises ValueError where a density is missing."""
    p, q = evidence.true_given_log_density, evidence.given_log_density
    if p is None or q is None or len(p) < 2:
        raise ValueError("the gap under contexts needs both log-densities of two or more held-out points")
    difference = (p - q).double()
    error = math.hypot(float(difference.std()) / len(p) ** 0.5, evidence.numerical)
    return Measurement(float(difference.mean()), error, floor=0.0)


def _has_gap(evidence: Evidence) -> bool:
    known = evidence.true_given_log_density is not None and evidence.given_log_density is not None
    return known and evidence.density_kind == "exact"


def _joined(x: Tensor, context: Tensor, scale: Tensor) -> Tensor:
    """Pairs (n, D + width), examples divided by ``scale`` and contexts by the root of their width."""
    return torch.cat([x.flatten(1).float() / scale, context / context.shape[1] ** 0.5], 1)


def distance(evidence: Evidence) -> Work[Measurement]:
    """Between pairs of sample and context and pairs of data and context; the floor is that of two halves of the data."""
    samples, context, held = evidence.given_samples, evidence.held_out_context, evidence.held_out
    assert samples is not None
    assert context is not None
    half = min(len(samples), len(held) // 2, _MOST)
    first, second = slice(0, half), slice(len(held) - half, len(held))
    scale = held.flatten(1).var(0).sum().sqrt().clamp_min(1e-6)
    data = _joined(held[second], context[second], scale)
    yield
    value, error = yield from discrepancy(nearness, _joined(samples[first], context[first], scale), data)
    floor, _ = yield from discrepancy(nearness, _joined(held[first], context[first], scale), data)
    return Measurement(value, error, floor)


def _has_samples(evidence: Evidence) -> bool:
    samples, context = evidence.given_samples, evidence.held_out_context
    return samples is not None and context is not None and min(len(samples), len(evidence.held_out) // 2) >= _LEAST


MEASURE = (
    Measure(
        name="given_gap",
        title="Gap under the context",
        unit="nats",
        help="How much worse than the true conditional density the model predicts fresh data, each under its own context; 0 is "
        "perfect.",
        reference="Kullback & Leibler 1951 (doi:10.1214/aoms/1177729694)",
        lower_is_better=True,
        topic="likelihood",
        rank=9,
        applies=_has_gap,
        work=Measure.at_once(gap),
        floor_help="0, which the true conditional density gives",
        say=lambda m: tr(
            "Under what is given it is {value:.3f} nats above the truth (±\xa0{error:.3f}).",
            value=m.value,
            error=m.error,
        ),
    ),
    Measure(
        name="given_distance",
        title="Distance with the context",
        unit="",
        help="Energy distance between pairs of a sample and its context and pairs of data: near the floor, samples keep to "
        "what they are given.",
        reference="Székely & Rizzo 2013 (doi:10.1016/j.jspi.2013.03.018)",
        lower_is_better=True,
        topic="distance",
        applies=_has_samples,
        work=distance,
        floor_help="that of two halves of the data",
        say=lambda m: tr(
            "With what is given, samples are {value:.4f} from data; two halves of the data {floor:.4f}.",
            value=m.value,
            floor=m.floor or 0,
        ),
        spoken=False,
    ),
)
