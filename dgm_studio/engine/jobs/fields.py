"""Jobs for the densities of the plane: the truth, the model's, and their difference.

All are drawn from a mesh that is fine where mass is (`quadrature.py`), so that what a cell of the picture shows is the mean
over it, however narrow the modes are.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Work
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.quadrature import Floats, Mesh, refine, root

from ..errors import UserError
from ..runs.run import Run
from .raster import levels_for, log_raster, raster
from .showing import DRAWN, Emit, Job, in_chunks

KNOWN = 10_000
"""Examples that lead to where the mass is."""
TOLD_BY_SAMPLE = 10
"""How many examples a sample of the model itself counts for: it lies where the model has mass, and they may not."""
TRUTH_POINTS = 12_000
"""Evaluations of the true density."""
UNRESOLVED = 0.1
"""A picture whose mass is farther off than this share of what the examples say is not to be trusted."""
_ROWS = 2048


def truth(run: Run, emit: Emit, extent: m.Extent, cells: int) -> Job:
    """The data's own log-density over the plane; it says where the picture is too coarse for it."""
    label = run.asked.sampling.label
    exact = run.truth(label)
    if exact is None:
        return

    def evaluate(points: Floats) -> Work[Floats]:
        x, parts = torch.from_numpy(points), []
        for i in range(0, len(x), _ROWS):
            parts.append(exact(x[i : i + _ROWS]))
            yield
        return torch.cat(parts).double().numpy()[:, None]

    mesh = yield from refine(_root(run, extent), evaluate, _examples(run), TRUTH_POINTS)
    log_p = _image(mesh, mesh.values[:, 0], cells)
    note = "" if run.event_spec.context and label is not None else _unresolved(run, mesh)
    emit(m.Field(run.name, run.step, "truth", log_p, extent, "exact", 1.0, run.step, label=label, note=note))


def density(
    run: Run, emit: Emit, extent: m.Extent, cells: int, *, points: int, t: float = 1.0, difference: bool = False,
    quick: bool = False,
) -> Job:  # fmt: skip
    """The model's log-density over the plane from so many ``points``; never from a bound.

    At progress ``t`` below 1 it is that of what the sampler holds then, where the family can say. An unnormalised one is
    normalised over the plane. With ``difference`` also how much the model's density (not its logarithm) is above the true one.
    A ``quick`` one, while the model learns, says how far off its mass is.
    """
    ability = run.shown.frozen("density").log_density
    if ability is None or ability.kind == "lower bound":
        return
    shown, label = run.shown.step, run.asked.sampling.label
    t = t if ability.sketch is not None else 1.0
    exact = run.truth(label) if difference and t == 1.0 else None

    def evaluate(places: Floats) -> Work[Floats]:
        x = run.tensor(places)
        labels = None if label is None else run.labels(len(x), label)
        values: Tensor = yield from in_chunks(ability.sketched(t, quick=quick), x, labels, run.shown.chunk)
        columns = [values.double().cpu() - run.log_volume()]
        if exact is not None:
            columns.append(exact(torch.from_numpy(places)).double())
            yield
        return torch.stack(columns, 1).numpy()

    known = _examples(run) if t == 1.0 else np.empty((0, 2))
    drawn = run.shown.memo.find(DRAWN)
    if drawn is not None and t == 1.0:
        known = np.concatenate([known, drawn.astype(np.float64).repeat(TOLD_BY_SAMPLE, 0)])
    mesh = yield from refine(_root(run, extent), evaluate, known, points)
    log_p = mesh.values[:, 0]
    if ability.kind == "unnormalised":
        log_p = log_p - mesh.log_mass()
    image = _image(mesh, log_p, cells)
    note = _off(run, mesh) if quick and ability.sketch is not None and t == 1.0 else ""
    emit(m.Field(run.name, run.step, "density", image, extent, ability.kind, t, shown, label=label, note=note))
    if exact is not None:
        yield
        above = raster(mesh, np.exp(log_p) - np.exp(mesh.values[:, 1]), levels_for(mesh, cells)).astype(np.float32)
        emit(m.Field(run.name, run.step, "difference", above, extent, ability.kind, 1.0, shown, label=label))


def _root(run: Run, extent: m.Extent) -> Mesh:
    left, right, low, high = extent
    width, height = right - left, high - low
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise UserError(tr("The plane cannot be drawn over {extent}; reset the view.", extent=extent))
    return root(extent, run.units.step)


def _examples(run: Run) -> Floats:
    return run.data.train.x[:KNOWN].double().numpy()


def _image(mesh: Mesh, log_p: Floats, cells: int) -> m.Array:
    return log_raster(mesh, log_p, levels_for(mesh, cells)).astype(np.float32)


def _off(run: Run, mesh: Mesh) -> str:
    """How far the mass of a picture is from the share of samples that are in view, as far as these tell."""
    drawn = run.shown.memo.find(DRAWN)
    if drawn is None or not len(drawn):
        return "quick look"
    share, mass = _inside(drawn, mesh), math.exp(min(mesh.log_mass(), 50.0))
    chance = 2 * math.sqrt(share * (1 - share) / len(drawn)) + 0.01
    return f"quick look, mass ± {max(abs(mass - share), chance):.0%}"


def _inside(x: m.Array, mesh: Mesh) -> float:
    """The share of points (n, 2) that are in view."""
    left, right, low, high = mesh.extent
    return float(((x >= (left, low)) & (x < (right, high))).all(1).mean())


def _unresolved(run: Run, mesh: Mesh) -> str:
    """What is to be said of a picture that misses mass of the truth; empty where it has it all."""
    share, mass = _inside(_examples(run), mesh), math.exp(min(mesh.log_mass(), 50.0))
    error = math.sqrt(share * (1 - share) / len(_examples(run)))
    if abs(mass - share) <= UNRESOLVED * share + 5 * error:
        return ""
    return "too fine to draw here"
