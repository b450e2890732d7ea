"""Maximum mean discrepancy and energy distance between samples and held-out data.

    MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y)          (Gretton et al. 2012; unbiased, so it may fall below 0)
    energy = 2 E |x - y| - E |x - x'| - E |y - y'|         (Szekely & Rizzo 2013, doi:10.1016/j.jspi.2013.03.018)

The kernel is a mean of four Gaussians whose widths are 1/4, 1/2, 1 and 2 of the median distance between data: the narrow
ones see local blur.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation._sets import enough, equal_sets

_MOST = 800
_WIDTHS = (0.25, 0.5, 1.0, 2.0)


def _off_diagonal_mean(square: Tensor) -> Tensor:
    n = len(square)
    return (square.sum() - square.diagonal().sum()) / (n * (n - 1))


def mmd_squared(x: Tensor, y: Tensor, widths: list[float]) -> float:
    """Unbiased MMD^2 of x (n, D) and y (m, D) under a mean of Gaussian kernels of these widths."""

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        squares = torch.cdist(a, b).square()
        return torch.stack([torch.exp(-squares / (2 * w * w)) for w in widths]).mean(0)

    return float(_off_diagonal_mean(kernel(x, x)) + _off_diagonal_mean(kernel(y, y)) - 2 * kernel(x, y).mean())


def energy_distance(x: Tensor, y: Tensor) -> float:
    """Unbiased energy distance of x (n, D) and y (m, D)."""
    across = torch.cdist(x, y).mean()
    return float(2 * across - _off_diagonal_mean(torch.cdist(x, x)) - _off_diagonal_mean(torch.cdist(y, y)))


def _mmd(evidence: Evidence) -> Measurement:
    samples, train, held_out = equal_sets(evidence, _MOST)
    middle = float(torch.pdist(held_out[:300]).median())
    widths = [max(w * middle, 1e-6) for w in _WIDTHS]
    return Measurement(
        mmd_squared(samples, held_out, widths),
        2 / len(samples) * 0.5**0.5,  # the order of its spread where both are equal (Gretton et al. 2012, theorem 12)
        mmd_squared(train, held_out, widths),
    )


def _energy(evidence: Evidence) -> Measurement:
    samples, train, held_out = equal_sets(evidence, _MOST)
    halves = [energy_distance(samples[i::2], held_out[i::2]) for i in range(2)]
    error = abs(halves[0] - halves[1]) / 2
    return Measurement(energy_distance(samples, held_out), error, energy_distance(train, held_out))


MEASURE = (
    Measure(
        name="mmd",
        title="Kernel distance (MMD²)",
        unit="",
        help="How differently samples and data look to kernels from narrow to wide; near 0, or below by chance, is equal.",
        reference="Gretton et al. 2012 (JMLR 13:723)",
        lower_is_better=True,
        applies=lambda evidence: enough(evidence, 4),
        work=Measure.at_once(_mmd),
        say=lambda m: f"The kernel distance from data is {m.value:.4f}, of fresh data {m.floor or 0:.4f}.",
        spoken=False,
        dear=True,
    ),
    Measure(
        name="energy_distance",
        title="Energy distance",
        unit="",
        help="How much farther samples are from data than each are among themselves; 0 only for equal distributions.",
        reference="Székely & Rizzo 2013 (doi:10.1016/j.jspi.2013.03.018)",
        lower_is_better=True,
        applies=lambda evidence: enough(evidence, 4),
        work=Measure.at_once(_energy),
        say=lambda m: f"The energy distance from data is {m.value:.4f}, of fresh data {m.floor or 0:.4f}.",
        spoken=False,
    ),
)
