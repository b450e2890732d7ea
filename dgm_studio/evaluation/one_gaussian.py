"""Beside one Gaussian: how far samples are from held-out data, against those of the dullest model there is.

    d(samples, data) / d(N(m, C), data),     m and C the mean and the covariance of the training examples

with the sliced Wasserstein distance of points, and of pictures the Fréchet distance in features that tell the classes of the
data apart. Above 1, all that training has done is worse than two moments: the run counts as one that did not work.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Rng, Work
from dgm_studio.evaluation.frechet import frechet_squared
from dgm_studio.evaluation.shared.sets import enough, equal_sets, leave_out
from dgm_studio.evaluation.sliced_wasserstein import directions, sliced_squares
from dgm_studio.language import tr

_MOST, _LEAST = 1000, 50


def gaussian_like(x: Tensor, n: int, rng: Rng) -> Tensor:
    """Draws (n, D) from the Gaussian that has the mean and the covariance of x (m, D)."""
    values, vectors = torch.linalg.eigh(torch.cov(x.double().T))
    noise = torch.randn(n, x.shape[1], generator=rng).double() * values.clamp_min(0).sqrt()
    drawn: Tensor = (x.double().mean(0) + noise @ vectors.T).to(x.dtype)
    return drawn


def _work(evidence: Evidence) -> Work[Measurement]:
    samples, train, held_out = equal_sets(evidence, _MOST, _LEAST)
    dull = gaussian_like(train, len(train), evidence.rng)
    distance: Callable[[Tensor, Tensor], float]
    if evidence.spec.is_image:
        assert evidence.features is not None
        dull = dull.clamp(-1, 1)
        seen = [evidence.features(x.view(-1, *evidence.spec.event)) for x in (samples, train, held_out, dull)]
        samples, train, held_out, dull = seen
        distance = frechet_squared
    else:
        u = directions(evidence.spec.size, evidence.rng)

        def distance(x: Tensor, y: Tensor) -> float:
            return float(sliced_squares(x, y, u).mean().sqrt())

    yield
    unit = max(distance(dull, held_out), 1e-12)
    yield
    error = yield from leave_out(distance, samples, held_out)
    return Measurement(distance(samples, held_out) / unit, error / unit, distance(train, held_out) / unit)


MEASURE = Measure(
    name="beside_gaussian",
    title="Beside one Gaussian",
    unit="",
    help="Distance of the samples from held-out data over that of a Gaussian with the mean and the covariance of the "
    "training examples: above 1, a model is worse than two moments.",
    reference="Bonneel et al. 2015 (doi:10.1007/s10851-014-0506-3); Heusel et al. 2017 (arXiv:1706.08500)",
    lower_is_better=True,
    topic="distance",
    rank=110,
    applies=lambda e: enough(e, _LEAST) and (not e.spec.is_image or e.features is not None),
    work=_work,
    say=lambda m: tr("{value:.2f} times as far from the data as one Gaussian would be.", value=m.value),
    spoken=False,
    expensive=True,
)
