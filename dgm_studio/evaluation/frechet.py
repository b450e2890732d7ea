"""Frechet distance between Gaussians fitted to features of samples and of held-out data.

    d^2 = |m_x - m_y|^2 + tr(C_x + C_y - 2 (C_x C_y)^(1/2))          (Heusel et al. 2017, arXiv:1706.08500)

The features are those of a small classifier trained on the data set itself, so values compare within a data set only. The
distance depends on how many samples there are; the floor is that of training data from held-out data, equally many.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import enough, leave_out
from dgm_studio.language import tr

_MOST = 1000
_LEAST = 50


def frechet_squared(x: Tensor, y: Tensor) -> float:
    """d^2 of features x (n, D) and y (m, D); the root of the product by eigenvalues of a symmetric form."""
    x, y = x.double(), y.double()
    cx, cy = torch.cov(x.T), torch.cov(y.T)
    values, vectors = torch.linalg.eigh(cx)
    root = vectors @ torch.diag(values.clamp_min(0).sqrt()) @ vectors.T
    middle = torch.linalg.eigvalsh(root @ cy @ root).clamp_min(0).sqrt().sum()
    return float((x.mean(0) - y.mean(0)).square().sum() + cx.trace() + cy.trace() - 2 * middle)


def _work(evidence: Evidence) -> Work[Measurement]:
    assert evidence.features is not None
    n = min(len(evidence.samples), len(evidence.train), len(evidence.held_out), _MOST)
    features = []
    for x in (evidence.samples, evidence.train, evidence.held_out):
        features.append(evidence.features(x[torch.randperm(len(x), generator=evidence.rng)[:n]]))
        yield
    samples, train, held_out = features
    value = frechet_squared(samples, held_out)
    floor = frechet_squared(train, held_out)
    yield
    return Measurement(value, (yield from leave_out(frechet_squared, samples, held_out)), floor)


def _say(m: Measurement) -> str:
    return tr(
        "{value:.1f} times as far from held-out data, in features, as training data are.",
        value=m.value / max(m.floor or 0, 1e-09),
    )


MEASURE = Measure(
    name="frechet",
    title="Fréchet distance",
    unit="",
    help="Distance between samples and held-out data in the features of a small classifier trained on this data set; "
    "compare with the floor.",
    reference="Heusel et al. 2017 (arXiv:1706.08500)",
    lower_is_better=True,
    topic="distance",
    rank=50,
    applies=lambda evidence: evidence.features is not None and enough(evidence, _LEAST),
    work=_work,
    say=_say,
    expensive=True,
)
