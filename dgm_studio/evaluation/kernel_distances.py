"""Maximum mean discrepancy and energy distance between samples and held-out data.

    MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y)          (Gretton et al. 2012; unbiased, so it may fall below 0)
    energy = 2 E |x - y| - E |x - x'| - E |y - y'|         (Szekely & Rizzo 2013, doi:10.1016/j.jspi.2013.03.018)

The kernel is a mean of four Gaussians whose widths are 1/4, 1/2, 1 and 2 of the median distance between data: the narrow
ones see local blur.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import GROUPS, enough, equal_sets, group_of, length_unit
from dgm_studio.language import tr

Kernel = Callable[[Tensor, Tensor], Tensor]
"""x (n, D) and y (m, D) to (n, m)."""

_MOST, _LEAST = 800, 3 * GROUPS
_ROWS = 200
"""Points that are compared with all others in a slice."""
_WIDTHS = (0.25, 0.5, 1.0, 2.0)


def _rows(kernel: Kernel, x: Tensor, y: Tensor) -> Work[Tensor]:
    """Sums of a kernel between the groups of x and of y (groups, groups), in slices; a point has no pair with itself."""
    sums = torch.zeros(GROUPS, GROUPS, dtype=torch.double)
    columns = torch.nn.functional.one_hot(group_of(len(y)), GROUPS).double()
    for i in range(0, len(x), _ROWS):
        part = kernel(x[i : i + _ROWS], y).double()
        if x is y:
            part.diagonal(i).zero_()
        sums.index_add_(0, group_of(len(x))[i : i + _ROWS], part @ columns)
        yield
    return sums


def discrepancy(kernel: Kernel, x: Tensor, y: Tensor) -> Work[tuple[float, float]]:
    """E k(x, x') + E k(y, y') - 2 E k(x, y), unbiased, of x and y (n, D) in random order, and its standard error."""
    if len(x) != len(y):
        raise ValueError(f"points are compared in pairs of equal sets, not of {len(x)} and {len(y)}")
    xx = yield from _rows(kernel, x, x)
    yy = yield from _rows(kernel, y, y)
    xy = yield from _rows(kernel, x, y)
    n = len(x)
    value = float((xx.sum() + yy.sum()) / (n * (n - 1)) - 2 * xy.sum() / n**2)
    number = torch.bincount(group_of(n), minlength=GROUPS).double()
    return value, _error((xx + yy - xy - xy.T) / torch.outer(number, number))


def _error(between: Tensor) -> float:
    """The standard error of the mean over pairs of groups from what each pair gives (groups, groups).

    A pair gives what is due to either group and a rest of its own (Hoeffding 1948, doi:10.1214/aoms/1177730196). For equal
    distributions the rest is all there is, and leaving out groups would claim half as much again.
    """
    g = len(between)
    pair = ~torch.eye(g, dtype=torch.bool)
    by_group = torch.where(pair, between, 0).sum(1) / (g - 1)
    mean = by_group.mean()
    due = (by_group - mean) * ((g - 1) / (g - 2))
    rest = (between - mean - due[:, None] - due)[pair].square().sum() / (g * (g - 3))
    shared = (due.var() - rest / (g - 2)).clamp_min(0)
    return float((4 * shared / g + 2 * rest / (g * (g - 1))).sqrt())


def gaussians(widths: Sequence[float]) -> Kernel:
    """The mean of Gaussian kernels of these widths."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        squares = torch.cdist(x, y).square()
        return torch.stack([torch.exp(squares / (-2 * w * w)) for w in widths]).mean(0)

    return kernel


def nearness(x: Tensor, y: Tensor) -> Tensor:
    """Minus the distance: the kernel of the energy distance."""
    return -torch.cdist(x, y)


def _compared(evidence: Evidence, kernel_of: Callable[[Tensor], Kernel], unit: str = "") -> Work[Measurement]:
    samples, train, held_out = equal_sets(evidence, _MOST, _LEAST)
    kernel = kernel_of(held_out)
    yield
    value, error = yield from discrepancy(kernel, samples, held_out)
    floor, _ = yield from discrepancy(kernel, train, held_out)
    return Measurement(value, error, floor, unit)


def _middling(held_out: Tensor) -> Kernel:
    middle = float(torch.pdist(held_out[:300]).median())
    return gaussians([max(w * middle, 1e-6) for w in _WIDTHS])


MEASURE = (
    Measure(
        name="mmd",
        title="Kernel distance (MMD²)",
        unit="",
        help="How differently samples and data look to kernels from narrow to wide; near 0, or below by chance, is equal.",
        reference="Gretton et al. 2012 (JMLR 13:723)",
        lower_is_better=True,
        topic="distance",
        applies=lambda evidence: enough(evidence, _LEAST),
        work=lambda evidence: _compared(evidence, _middling),
        say=lambda m: tr(
            "The kernel distance from data is {value:.4f}, of fresh data {floor:.4f}.",
            value=m.value,
            floor=m.floor or 0,
        ),
        spoken=False,
        expensive=True,
    ),
    Measure(
        name="energy_distance",
        title="Energy distance",
        unit="",
        help="How much farther samples are from data than each are among themselves; 0 only for equal distributions.",
        reference="Székely & Rizzo 2013 (doi:10.1016/j.jspi.2013.03.018)",
        lower_is_better=True,
        topic="distance",
        applies=lambda evidence: enough(evidence, _LEAST),
        work=lambda evidence: _compared(evidence, lambda _: nearness, length_unit(evidence)),
        say=lambda m: tr(
            "The energy distance from data is {value:.4f}, of fresh data {floor:.4f}.",
            value=m.value,
            floor=m.floor or 0,
        ),
        spoken=False,
    ),
)
