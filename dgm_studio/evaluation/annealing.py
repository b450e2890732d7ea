"""How far an estimated partition function can be trusted: the error of log Z, and what its chains are worth.

Annealed importance sampling (Neal 2001, arXiv:physics/9803008) says ``Z = mean w`` over independent chains. Where a few
weights are far above the others, those alone are the estimate:

    error of log Z = sd(w) / (mean w sqrt(k)),    effective share = (sum w)^2 / (k sum w^2).
"""

from __future__ import annotations

import math

from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import GROUPS, group_of, spread
from dgm_studio.language import tr


def log_sum_error(log_weight: Tensor) -> float:
    """The standard error in nats of the logarithm of a mean of weights, from their logarithms (k,)."""
    w = (log_weight.double() - log_weight.max()).exp()
    return float(w.std() / w.mean()) / math.sqrt(len(w))


def effective_share(log_weight: Tensor) -> float:
    """How many independent samples weighted ones are worth, over their number."""
    w = (log_weight.double() - log_weight.max()).exp()
    return float(w.sum().square() / w.square().sum()) / len(w)


def _chains(evidence: Evidence) -> Tensor:
    assert evidence.chains is not None
    return evidence.chains


def _error(evidence: Evidence) -> Measurement:
    chains = _chains(evidence)
    without = [log_sum_error(chains[group_of(len(chains)) != g]) for g in range(GROUPS)]
    # without a group there are fewer chains, and the error is larger for that alone
    return Measurement(log_sum_error(chains), spread(without) * math.sqrt(1 - 1 / GROUPS), 0.0)


def _effective(evidence: Evidence) -> Measurement:
    chains = _chains(evidence)
    without = [effective_share(chains[group_of(len(chains)) != g]) for g in range(GROUPS)]
    return Measurement(effective_share(chains), spread(without), 1.0)


def _applies(evidence: Evidence) -> bool:
    return evidence.chains is not None and len(evidence.chains) >= 2 * GROUPS


MEASURE = (
    Measure(
        name="normaliser_error",
        title="Error of log Z",
        unit="nats",
        help="How far the estimated normaliser of the density may be off, by the spread of annealed chains: it moves the "
        "likelihood of all examples alike.",
        reference="Neal 2001 (arXiv:physics/9803008)",
        lower_is_better=True,
        topic="normaliser",
        applies=_applies,
        work=Measure.at_once(_error),
        say=lambda m: tr("The normaliser is known to ±\xa0{value:.2f} nats.", value=m.value),
        spoken=False,
        floor_help="0, which a sum over all states gives",
    ),
    Measure(
        name="effective_chains",
        title="Effective share of the chains",
        unit="share",
        help="How many independent samples the annealed chains are worth that estimated the normaliser, over their number: "
        "where it is small, a few chains decide.",
        reference="Kong 1992; Neal 2001 (arXiv:physics/9803008)",
        lower_is_better=False,
        topic="normaliser",
        applies=_applies,
        work=Measure.at_once(_effective),
        say=lambda m: tr(
            "The chains that estimate the normaliser are worth {value:.0%} of their number.", value=m.value
        ),
        spoken=False,
        floor_help="all of them",
    ),
)
