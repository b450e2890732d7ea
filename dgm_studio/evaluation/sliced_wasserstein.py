"""Sliced Wasserstein-2 distance: how far samples must be carried to become data, seen from many sides.

Projected on a line, optimal transport is sorting. Averaged over random directions u (Rabin et al. 2011; Bonneel et al.
2015, doi:10.1007/s10851-014-0506-3):

    SW2^2 = E_u mean_i (sort(u.x)_i - sort(u.y)_i)^2 .

For equal numbers of points drawn from one distribution it is not 0: the floor is the distance of training data from
held-out data, at the same number of points and along the same directions. The error is that of other draws of samples
and data, and, beyond the plane, of other directions.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Rng, Work, finish
from dgm_studio.evaluation.shared.sets import GROUPS, enough, equal_sets, group_of, length_unit, spread
from dgm_studio.language import tr

_MOST = 2000
_DIRECTIONS = 100
_ERROR_STRIDE = 4
"""Of so many directions one tells the error: it needs fewer than the distance does."""


def directions(size: int, rng: Rng, count: int = _DIRECTIONS) -> Tensor:
    """Unit vectors (size, count), uniform on the sphere; in the plane evenly spread from a random angle."""
    if size == 2:
        angle = torch.pi * (torch.arange(count) + torch.rand((), generator=rng)) / count
        return torch.stack([angle.cos(), angle.sin()])
    u = torch.randn(size, count, generator=rng)
    return torch.nn.functional.normalize(u, dim=0)


def sliced_squares(x: Tensor, y: Tensor, u: Tensor) -> Tensor:
    """Squared Wasserstein-2 distance along each direction (k,) between equally many points x and y (n, D)."""
    if len(x) != len(y):
        raise ValueError(f"sorting pairs points off, so both sets must be equally large, not {len(x)} and {len(y)}")
    return ((x @ u).sort(0).values - (y @ u).sort(0).values).square().mean(0)


def _without_groups(x: Tensor, y: Tensor, u: Tensor) -> Work[float]:
    """The standard error of the distance by leaving out groups: what is sorted once stays sorted without some."""
    lines = [(z @ u).sort(0) for z in (x, y)]
    values = []
    for g in range(min(GROUPS, len(x))):
        kept = group_of(len(x)) != g
        fewer = [line.values.T[kept[line.indices.T]].view(u.shape[1], -1) for line in lines]
        values.append(float((fewer[0] - fewer[1]).square().mean().sqrt()))
        yield
    return spread(values)


def _work(evidence: Evidence) -> Work[Measurement]:
    """Distance in model units."""
    samples, train, held_out = equal_sets(evidence, _MOST)
    u = directions(evidence.spec.size, evidence.rng)
    squares = sliced_squares(samples, held_out, u)
    yield
    floor = sliced_squares(train, held_out, u).mean().sqrt()
    yield
    value = float(squares.mean().sqrt())
    error = yield from _without_groups(samples, held_out, u[:, ::_ERROR_STRIDE])
    # in the plane the directions are all there are, evenly spread
    turned = 0.0 if evidence.spec.size == 2 else float(squares.std()) / len(squares) ** 0.5 / (2 * max(value, 1e-12))
    return Measurement(value, math.hypot(error, turned), float(floor), length_unit(evidence))


def compute(evidence: Evidence) -> Measurement:
    """Distance in model units, at once."""
    return finish(_work(evidence))


def say(m: Measurement) -> str:
    if m.floor is None:
        return tr("Samples lie {value:.3f} {unit}", value=m.value, unit=m.unit).rstrip() + tr(" from the data.")
    if m.value <= 1.2 * m.floor:
        return tr(
            "As close to the data ({value:.3f}) as fresh data would be ({floor:.3f}).", value=m.value, floor=m.floor
        )
    return tr(
        "{value:.1f} times as far from held-out data as training data are ({floor:.3f}).",
        value=m.value / max(m.floor, 1e-12),
        floor=m.floor,
    )


MEASURE = Measure(
    name="sliced_wasserstein",
    title="Sliced Wasserstein",
    unit="",
    help="How far samples must be moved to become data, averaged over directions, where points are scaled to standard "
    "deviation 1 and pixels to -1 for black and 1 for white; compare with the floor, not with 0.",
    reference="Bonneel et al. 2015 (doi:10.1007/s10851-014-0506-3)",
    lower_is_better=True,
    topic="distance",
    rank=60,
    applies=enough,
    work=_work,
    say=say,
)
