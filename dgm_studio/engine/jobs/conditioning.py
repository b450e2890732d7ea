"""Conditioning in the plane, where the truth is known: one coordinate given the other, or the model within a region.

A line is a mask over one coordinate, answered by the model's own methods; a band or a region has positive probability, so the
model's samples are drawn until enough of them lie within it: exact for the model, whatever its family.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Frame, Rng, Steer, Work, rng_for
from dgm_studio.evaluation.shared.conditional import Conditional, exact_conditional, wasserstein
from dgm_studio.evaluation.sliced_wasserstein import directions, sliced_squares
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.run import Run
from .showing import Emit, Job, grid, walk

CELLS, BAND_CELLS = 512, 192
_PORTION = 128
"""Points on a line that are answered together: the ways that weigh particles hold many for each."""
_ROUND = 2000
_MOST_ROUNDS = 12
_FEWEST = 20
_COSTLY_PASSES = 20
"""Densities of more passes are not drawn beside: a person would wait for them."""


def given(run: Run, emit: Emit, intent: m.ConditionalSlice) -> Job:
    """One coordinate when the other is known, beside the truth. Raises UserError where it cannot be asked."""
    extent = _extent(run)
    free = 1 - intent.axis
    if not (np.isfinite([intent.low, intent.high]).all() and intent.low <= intent.high):
        raise UserError(tr("A band reaches from a lower to a higher value."))
    reach = (extent[2 * free], extent[2 * free + 1])
    if intent.low == intent.high:
        name, honesty, points = yield from _on_the_line(run, intent)
    else:
        name, honesty = "rejection", "exact"
        inside = yield from _rejected(
            run, lambda x: (x[:, intent.axis] >= intent.low) & (x[:, intent.axis] <= intent.high), intent.count,
            intent.seed,
        )  # fmt: skip
        points = inside.points
    samples = points[:, free].double()
    cells = CELLS if intent.low == intent.high else BAND_CELLS
    truth = model = distance = floor = None
    at = torch.linspace(*reach, cells, dtype=torch.float64)
    if run.data.log_density is not None:
        yield
        true = run.data.log_density
        law = _law(lambda x: true(x.float()), intent, reach, cells)
        if law is not None:
            at, truth = law.at, _density(law)
            yield
            distance, floor = wasserstein(samples, law), _floor(law, len(samples), intent.seed)
    density = run.shown.abilities().log_density
    if density is not None and density.kind in ("exact", "unnormalised") and density.passes < _COSTLY_PASSES:
        yield
        own = _law(lambda x: density(run.tensor(x.numpy()), None).cpu(), intent, reach, cells)
        model = None if own is None else _density(own)
    emit(m.ConditionalSliceResult(run.name, run.step, intent.ticket, intent.axis, intent.low, intent.high,
                       samples.numpy(), at.numpy(), truth, model, distance, floor, name, honesty))  # fmt: skip


def within(run: Run, emit: Emit, intent: m.RegionQuery) -> Job:
    """The model within a painted region, beside the truth. Raises UserError for an empty one."""
    region = np.asarray(intent.region, bool)
    if not region.any():
        raise UserError(tr("The region is empty; paint where points may lie."))
    left, right, low, high = intent.extent

    def inside(x: Tensor) -> Tensor:
        column = ((x[:, 0] - left) / (right - left) * region.shape[1]).floor().long()
        row = ((x[:, 1] - low) / (high - low) * region.shape[0]).floor().long()
        on = (column >= 0) & (column < region.shape[1]) & (row >= 0) & (row < region.shape[0])
        where = torch.from_numpy(region)[row.clamp(0, region.shape[0] - 1), column.clamp(0, region.shape[1] - 1)]
        both: Tensor = on & where
        return both

    found = yield from _rejected(run, inside, intent.count, intent.seed)
    share = found.kept / found.drawn
    true_share = distance = floor = None
    if run.data.log_density is not None:
        yield
        points, rows, columns = grid(intent.extent, 128, run.units.step)
        area = (right - left) * (high - low) / (rows * columns)
        x = torch.from_numpy(points).float()
        true_share = float(run.data.log_density(x).double().exp()[inside(x)].sum() * area)
    if run.data.fresh is not None and len(found.points) >= _FEWEST:
        fresh = run.data.fresh
        rng = rng_for(intent.seed, 17)
        true = torch.cat([_only(fresh(_ROUND, rng).x.float(), inside) for _ in range(6)])
        n = min(len(true) // 2, len(found.points))
        if n >= _FEWEST:
            yield
            u = directions(2, rng)
            distance = float(sliced_squares(found.points[:n].float(), true[:n], u).mean().sqrt())
            floor = float(sliced_squares(true[n : 2 * n], true[:n], u).mean().sqrt())
    emit(m.RegionResult(run.name, run.step, intent.ticket, found.points.numpy(), share,
                    (share * (1 - share) / found.drawn) ** 0.5, true_share, distance, floor))  # fmt: skip


def _extent(run: Run) -> m.Extent:
    extent = run.extent()
    if extent is None:
        raise UserError(tr("Only points of the plane have coordinates to hold; paint a mask on a picture instead."))
    return extent


def _on_the_line(run: Run, intent: m.ConditionalSlice) -> Work[tuple[str, str, Tensor]]:
    """Name and honesty of the method, and samples (n, 2) in data units."""
    name, method = run.method(intent.method)
    point = np.array([run.units.shift])
    point[0, intent.axis] = intent.low
    mask = torch.ones(2, device=run.device)
    mask[intent.axis] = 0
    labels = run.undecided(intent.count, intent.label)
    steer = Steer(method.sampler.Knobs(), 1.0, labels, Mask(run.tensor(point)[0], mask))
    last: Frame | None = None
    for frame in walk(method.sampler, steer, intent.count, intent.seed, run, portion=_PORTION):
        last = frame or last
        yield
    assert last is not None
    return name, method.honesty, torch.from_numpy(run.units.array(last.x))


class _Kept:
    """Points (n, 2) in data units that fell inside, of how many drawn."""

    def __init__(self) -> None:
        self.points = torch.empty(0, 2, dtype=torch.float64)
        self.drawn = self.kept = 0


def _rejected(run: Run, inside: Callable[[Tensor], Tensor], count: int, seed: int) -> Work[_Kept]:
    """Draw from the model until ``count`` points lie inside, within reason. Raises UserError where hardly any does."""
    found = _Kept()
    sampler = run.sampler()
    for attempt in range(_MOST_ROUNDS):
        steer = run.steer(_ROUND)
        last: Frame | None = None
        for frame in walk(sampler, steer, _ROUND, seed + attempt, run):
            last = frame or last
            yield
        assert last is not None
        x = torch.from_numpy(run.units.array(last.x))
        hit = _only(x, inside)
        found.points = torch.cat([found.points, hit])
        found.drawn, found.kept = found.drawn + len(x), found.kept + len(hit)
        if len(found.points) >= count:
            break
    if not found.kept:
        raise UserError(
            tr(
                "None of {drawn:,} samples of the model lies there. Choose a place it thinks possible.",
                drawn=found.drawn,
            )
        )
    found.points = found.points[:count]
    return found


def _only(x: Tensor, inside: Callable[[Tensor], Tensor]) -> Tensor:
    return x[inside(x)]


def _law(
    log_density: Callable[[Tensor], Tensor], intent: m.ConditionalSlice, reach: tuple[float, float], cells: int
) -> Conditional | None:
    """The conditional of a density over the plane in data units; None where it vanishes."""
    try:
        return exact_conditional(log_density, intent.axis, intent.low, intent.high, reach, cells)
    except ValueError:
        return None


def _density(law: Conditional) -> m.Array:
    """Values (cells,) of the density of a gridded law."""
    width = float(law.at[1] - law.at[0])
    values: m.Array = (law.weight / width).float().numpy()
    return values


def _floor(law: Conditional, n: int, seed: int) -> float:
    rng: Rng = rng_for(seed, 18)
    at = law.at[torch.multinomial(law.weight, n, replacement=True, generator=rng)]
    width = float(law.at[1] - law.at[0])
    return wasserstein(at + width * (torch.rand(n, generator=rng, dtype=torch.float64) - 0.5), law)
