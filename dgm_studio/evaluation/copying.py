"""The copying test C_T: are samples nearer to the training examples than fresh data are?

In each of a few cells of space, distances to the nearest training example are ranked for samples Q and held-out data P,
and the Mann-Whitney count is turned into a z-score; the cells are averaged by their share of P (Meehan, Chaudhuri &
Dasgupta 2020, arXiv:2004.05675):

    C_T = sum_c P(c) Z_c / sum_c P(c),    Z = (U - nm/2) / sqrt(nm (n + m + 1) / 12).

Far below 0 the model copies, far above 0 its samples are too far away from the data; honest samples score about 0.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.nets.kmeans import kmeans, nearest

_MOST = 2000
_FEWEST = 10
"""Samples, and held-out examples, that a cell needs to be counted."""
_CELLS = 5


def z_score(samples: NDArray[np.float64], fresh: NDArray[np.float64]) -> float:
    """Standardised Mann-Whitney count of distances (n,), (m,): negative where those of the samples are smaller.

    Counted here by two searches, ties as halves: importing scipy's for it would cost every start a second and 50 MB.
    """
    n, m = len(samples), len(fresh)
    ordered = np.sort(fresh)
    count = (np.searchsorted(ordered, samples, "left") + np.searchsorted(ordered, samples, "right")).sum() / 2
    return float((count - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def compute(evidence: Evidence) -> Measurement:
    """C_T; about standard normal for honest samples if there were one cell, tighter with more."""
    samples, train, held_out = (
        x[:_MOST].flatten(1).float() for x in (evidence.samples, evidence.train, evidence.held_out)
    )
    if min(len(samples), len(held_out)) < _FEWEST or len(train) < 2:
        raise ValueError(f"the copying test needs {_FEWEST} samples and held-out examples, and two training examples")
    cells = min(_CELLS, len(held_out) // (4 * _FEWEST)) or 1
    centres = kmeans(train, cells, evidence.rng, rounds=10)
    where_q, where_p = (nearest(x, centres).numpy() for x in (samples, held_out))
    to_q, to_p = (torch.cdist(x, train).min(1).values.double().numpy() for x in (samples, held_out))
    total = weight = variance = 0.0
    for c in range(cells):
        q, p = to_q[where_q == c], to_p[where_p == c]
        if min(len(q), len(p)) >= _FEWEST:
            total += len(p) * z_score(q, p)
            variance += len(p) ** 2
            weight += len(p)
    if not weight:
        return Measurement(z_score(to_q, to_p), 1.0, 0.0)
    return Measurement(total / weight, variance**0.5 / weight, 0.0)


def say(m: Measurement) -> str:
    if m.value < -3:
        return f"Samples lie suspiciously near training examples (C_T\u00a0=\u00a0{m.value:.1f}): the model copies."
    if m.value > 3:
        return f"Samples lie farther from the training examples than fresh data do (C_T\u00a0=\u00a0{m.value:.1f})."
    return f"Samples are as near to the training examples as fresh data are (C_T\u00a0=\u00a0{m.value:.1f})."


MEASURE = Measure(
    name="copying",
    title="Copying test",
    unit="standard deviations",
    help="Compares how near samples and fresh data are to the training examples: far below 0 means copies.",
    reference="Meehan, Chaudhuri & Dasgupta 2020 (arXiv:2004.05675)",
    lower_is_better=False,
    applies=lambda evidence: min(len(evidence.samples), len(evidence.held_out)) >= _FEWEST and len(evidence.train) >= 2,
    work=Measure.at_once(compute),
    say=say,
)
