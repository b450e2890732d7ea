"""The copying test C_T: are samples nearer to the training examples than fresh data are?

In each of a few cells of space, distances to the nearest training example are ranked for samples Q and held-out data P,
and the Mann-Whitney count is turned into a z-score; the cells are averaged by their share of P (Meehan, Chaudhuri &
Dasgupta 2020, arXiv:2004.05675):

    C_T = sum_c P(c) Z_c / sum_c P(c),    Z = (U - nm/2) / sqrt(nm (n + m + 1) / 12).

Far above 0 samples are too far away from the data; honest samples score about 0. Far below 0 the model copies, or its samples
are smoother than the data and so nearer to everything, as the means of a decoder are. A second look tells the two apart: of
smooth samples the share nearest to a training rather than to a held-out example is that of the training examples among both.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work, finish
from dgm_studio.evaluation.shared.spectra import log_spectra
from dgm_studio.language import tr
from dgm_studio.nets.kmeans import kmeans, nearest

_MOST = 2000
_FEWEST = 10
"""Samples, and held-out examples, that a cell needs to be counted."""
_CELLS = 5
_ROWS = 250
"""Examples whose nearest ones are found in a slice."""
_NEAR = -3.0
"""Below it samples are nearer than chance would have them."""
_MANY = 100
"""Fewer samples, or held-out examples, are said to be few."""


def z_score(samples: NDArray[np.float64], fresh: NDArray[np.float64]) -> float:
    """Standardised Mann-Whitney count of distances (n,), (m,): negative where those of the samples are smaller.

    Counted here by two searches, ties as halves: importing scipy's for it would cost every start a second and 50 MB.
    """
    n, m = len(samples), len(fresh)
    ordered = np.sort(fresh)
    count = (np.searchsorted(ordered, samples, "left") + np.searchsorted(ordered, samples, "right")).sum() / 2
    return float((count - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def _least(x: Tensor, to: Tensor) -> Work[Tensor]:
    """The distance (n,) of each of x (n, D) from the nearest of ``to`` (m, D)."""
    parts = []
    for i in range(0, len(x), _ROWS):
        parts.append(torch.cdist(x[i : i + _ROWS], to).min(1).values.double())
        yield
    return torch.cat(parts)


def _seen(x: Tensor, evidence: Evidence) -> Tensor:
    """Examples (n, *event) as what they are compared by (n, D): sounds by their spectra, as phases are not heard."""
    return (log_spectra(x, evidence.spec.rate) if evidence.spec.is_sound else x).flatten(1).float()


def _work(evidence: Evidence) -> Work[Measurement]:
    """C_T; about standard normal for honest samples if there were one cell, tighter with more."""
    samples, train, held_out = (
        _seen(x[:_MOST], evidence) for x in (evidence.samples, evidence.train, evidence.held_out)
    )
    if min(len(samples), len(held_out)) < _FEWEST or len(train) < 2:
        raise ValueError(f"the copying test needs {_FEWEST} samples and held-out examples, and two training examples")
    cells = min(_CELLS, len(held_out) // (4 * _FEWEST)) or 1
    centres = kmeans(train, cells, evidence.rng, rounds=10)
    yield
    where_q, where_p = (nearest(x, centres).numpy() for x in (samples, held_out))
    near_q = yield from _least(samples, train)
    to_q, to_p = near_q.numpy(), (yield from _least(held_out, train)).numpy()
    total = weight = variance = 0.0
    for c in range(cells):
        q, p = to_q[where_q == c], to_p[where_p == c]
        if min(len(q), len(p)) >= _FEWEST:
            total += len(p) * z_score(q, p)
            variance += len(p) ** 2
            weight += len(p)
    value, error = (total / weight, variance**0.5 / weight) if weight else (z_score(to_q, to_p), 1.0)
    note = ""
    if value < _NEAR:
        elsewhere = yield from _least(samples, held_out)
        note = _second_look(near_q, elsewhere, len(train), len(held_out))
    return Measurement(value, error, 0.0, note=note)


def _second_look(to_train: Tensor, to_held_out: Tensor, train: int, held_out: int) -> str:
    """Whether samples that lie near training examples lie as near to held-out ones, which a model cannot copy."""
    nearer = float((to_train < to_held_out).double().mean())
    by_chance = train / (train + held_out)
    fewest = min(len(to_train), held_out)
    few = tr(" These are few examples to tell: {fewest}.", fewest=fewest) if fewest < _MANY else ""
    found = tr(
        "{nearer:.0%} of them are nearer to a training than to any held-out example, {by_chance:.0%} by chance",
        nearer=nearer,
        by_chance=by_chance,
    )
    if nearer > by_chance + 3 * (by_chance * (1 - by_chance) / fewest) ** 0.5:
        return tr("{found}: the model copies.{few}", found=found, few=few)
    return tr("But {found}: they are smoother than the data, not copies.{few}", found=found, few=few)


def compute(evidence: Evidence) -> Measurement:
    """C_T at once."""
    return finish(_work(evidence))


def say(m: Measurement) -> str:
    if m.value < _NEAR:
        why = m.note or "The model copies, or its samples are smoother than the data."
        return tr(
            "Samples lie nearer to training examples than fresh data do (C_T\xa0=\xa0{value:.1f}). {why}",
            value=m.value,
            why=why,
        )
    if m.value > -_NEAR:
        return tr(
            "Samples lie farther from the training examples than fresh data do (C_T\xa0=\xa0{value:.1f}).",
            value=m.value,
        )
    return tr(
        "Samples are as near to the training examples as fresh data are (C_T\xa0=\xa0{value:.1f}).", value=m.value
    )


MEASURE = Measure(
    name="copying",
    title="Copying test",
    unit="standard deviations",
    help="Compares how near samples and fresh data are to the training examples: far below 0 means copies, or samples "
    "smoother than data.",
    reference="Meehan, Chaudhuri & Dasgupta 2020 (arXiv:2004.05675)",
    lower_is_better=False,
    topic="coverage",
    applies=lambda evidence: min(len(evidence.samples), len(evidence.held_out)) >= _FEWEST and len(evidence.train) >= 2,
    work=_work,
    kinds=("points", "images", "sounds"),
    floor_help="0, which fresh data give on average",
    say=say,
)
