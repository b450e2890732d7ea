"""Modes covered: which of the known modes have samples near them, and how many samples are near any.

A sample is good when it lies within 3 standard deviations of the nearest mode (the convention of VEEGAN and PacGAN,
Lin et al. 2017, arXiv:1712.04086). The standard deviation is measured on the training data around their nearest modes,
so that one rule fits every set: in the plane ``s^2 = mean |x - nearest mode|^2 / 2``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import share_error
from dgm_studio.language import tr

_WITHIN = 3.0


def nearest(x: Tensor, modes: Tensor) -> tuple[Tensor, Tensor]:
    """Distance (n,) to and number (n,) of the nearest mode."""
    least = torch.cdist(x.flatten(1).float(), modes.flatten(1).float()).min(1)
    return least.values, least.indices


def good_by_mode(evidence: Evidence) -> Tensor:
    """How many good samples each mode has (k,)."""
    if evidence.modes is None:
        raise ValueError("counting modes needs data whose modes are known")
    away, _ = nearest(evidence.train, evidence.modes)
    deviation = (away.square().mean() / evidence.spec.size).sqrt()
    distance, which = nearest(evidence.samples, evidence.modes)
    return torch.bincount(which[distance <= _WITHIN * deviation], minlength=len(evidence.modes))


def _applies(evidence: Evidence) -> bool:
    return evidence.modes is not None and len(evidence.modes) > 1 and len(evidence.samples) > 0


def compute_covered(evidence: Evidence) -> Measurement:
    """Share of the modes with at least one good sample.

    The error is that of drawing as many samples anew from the shares that were found: ``(1 - p_k)^n`` is the chance that
    mode k then has none. A mode that had none adds nothing to it.
    """
    found, n = good_by_mode(evidence).double(), len(evidence.samples)
    missed = (1 - found / n) ** n
    return Measurement(
        float((found > 0).double().mean()), float((missed * (1 - missed)).sum().sqrt()) / len(found), 1.0
    )


def compute_good(evidence: Evidence) -> Measurement:
    """Share of the samples that are good, with its binomial error; the floor is that of held-out data."""
    n = len(evidence.samples)
    share = float(good_by_mode(evidence).sum()) / n
    assert evidence.modes is not None
    away, _ = nearest(evidence.train, evidence.modes)
    deviation = (away.square().mean() / evidence.spec.size).sqrt()
    fresh, _ = nearest(evidence.held_out, evidence.modes)
    floor = float((fresh <= _WITHIN * deviation).float().mean()) if len(fresh) else None
    return Measurement(share, share_error(share, n), floor)


MEASURE = (
    Measure(
        name="modes",
        title="Modes covered",
        unit="share",
        help="Share of the known modes that have at least one sample within 3 standard deviations; 1 is all of them.",
        reference="Lin et al. 2017, PacGAN (arXiv:1712.04086)",
        lower_is_better=False,
        topic="coverage",
        rank=70,
        applies=_applies,
        work=Measure.at_once(compute_covered),
        floor_help="all of them",
        say=lambda m: (
            tr("Every mode has samples.")
            if m.value == 1
            else tr("{value:.0%} of the modes have samples.", value=m.value)
        ),
    ),
    Measure(
        name="good_samples",
        title="Samples near a mode",
        unit="share",
        help="Share of the samples within 3 standard deviations of a mode; compare with that of fresh data.",
        reference="Lin et al. 2017, PacGAN (arXiv:1712.04086)",
        lower_is_better=False,
        topic="coverage",
        rank=95,
        applies=_applies,
        work=Measure.at_once(compute_good),
        floor_help="the share of held-out data",
        say=lambda m: tr("{value:.0%} of the samples lie near a mode.", value=m.value),
    ),
)
