"""Jobs: what is on screen of a run, each a generator whose slices take a few milliseconds.

A job tells its results through ``emit`` and ends; it never loops for ever and holds no thread. Whoever drops the
generator has stopped the job.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Frame, LogDensity, Sampler, Steer, Surface, Work
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.memo import Note
from ..runs.run import Run
from .closeness import closeness
from .parts import in_parts
from .walking import walked

Emit = Callable[[m.Event], None]
Job = Work[None]

PATH_VALUES = 4_000_000
"""Most numbers kept of a path; longer ones are thinned in samples, not in time."""
REPORT_EVERY = 0.05
"""Seconds between unfinished results that are told."""


DRAWN = Note[m.Array]("the points drawn last, (n, 2) in data units")


def clock(frame: Frame) -> float:
    """Progress in [0, 1], whatever rounding made of it."""
    return min(1.0, float(frame.t))


def _thinned(run: Run, frames: list[Frame]) -> tuple[m.Array, m.Array | None]:
    """The path of frames (frames, k, *event) and of the clean estimates, k chosen so that it stays small."""
    most = max(8, PATH_VALUES // (len(frames) * run.event_spec.size))
    k = min(len(frames[0].x), most)
    path = np.stack([run.units.array(f.x[:k]) for f in frames])
    estimates = None
    if all("estimate" in f.state for f in frames[1:]) and len(frames) > 1:
        first = frames[0].state.get("estimate", frames[1].state["estimate"])
        estimates = np.stack([run.units.array(e[:k]) for e in (first, *(f.state["estimate"] for f in frames[1:]))])
    return path, estimates


def walk(
    sampler: Sampler, steer: Steer, n: int, seed: int, run: Run, *, begin: Sequence[Frame] = (), portion: int = 0
) -> Iterator[Frame | None]:
    """`walked` of a run, at most ``portion`` samples side by side, ``run.shown.portion`` unless told."""
    most = min(portion or run.shown.portion, run.shown.portion)
    return walked(sampler, steer, n, seed, most, run.device, begin=begin)


def samples(
    run: Run,
    emit: Emit,
    *,
    count: int,
    seed: int,
    keep_path: bool,
    live: bool,
    ticket: int = 0,
) -> Job:
    """Draw samples; with ``live`` the unfinished ones are told too, at display rate."""
    begun = time.perf_counter()
    shown = run.shown.step
    sampling = run.spec.sampling
    steer = run.steer(count)
    labels = steer.label.cpu().numpy() if steer.label is not None and run.event_spec.classes else None
    frames: list[Frame] = []
    told = time.perf_counter()
    # pictures show themselves unfinished, step by step, and are of larger models
    sampler = run.sampler() if run.event_spec.is_image else run.sampler("samples")
    for frame in walk(sampler, steer, count, seed, run):
        if frame is None:
            yield
            continue
        frames = [*frames, frame] if keep_path else [frame]
        now = time.perf_counter()
        if live and frame.t < 1 and now - told > REPORT_EVERY:
            told = now
            x = run.units.array(frame.state.get("estimate", frame.x))
            took = now - begun
            emit(m.Samples(run.name, run.step, x, labels, None, None, None, False, took, shown, ticket, None, sampling))
        yield
    path = estimates = times = None
    if keep_path:
        path, estimates = _thinned(run, frames)
        times = np.array([clock(f) for f in frames])
    seconds = time.perf_counter() - begun
    x = run.units.array(frames[-1].x)
    if run.event_spec.data_kind == "points":
        run.shown.memo.keep(DRAWN, x)
    effective = frames[-1].state.get("effective_share")
    origin, pool = frames[-1].state.get("origin"), run.origin
    close = closeness(run, x, sampling.label)
    emit(
        m.Samples(
            run.name,
            run.step,
            x,
            labels,
            path,
            times,
            estimates,
            True,
            seconds,
            shown,
            ticket,
            effective,
            sampling,
            close,
            valid(run, x),
            None if origin is None else origin.cpu().numpy(),
            () if pool is None else pool.parts,
        )
    )


def valid(run: Run, x: m.Array) -> m.Array | None:
    """Which strings (n, L) follow the rule of the data (n,); None where there is none."""
    rule = run.data.valid
    return None if rule is None else rule(torch.from_numpy(x)).numpy()


def in_chunks(density: LogDensity, x: Tensor, label: Tensor | None, size: int) -> Work[Tensor]:
    """Log-densities (n,) of x (n, *event), so many at once."""
    return (yield from in_parts(density.work, x, label, size))


def grid(extent: m.Extent, cells: int, step: tuple[float, float] = (1.0, 1.0)) -> tuple[m.Array, int, int]:
    """Centres (rows * columns, 2) of cells over the extent, rows from low y; and rows, columns.

    Cells are about square where lengths along x and y are measured in ``step``, one unit of each.
    """
    left, right, low, high = extent
    width, height = (right - left) / step[0], (high - low) / step[1]
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise UserError(tr("The plane cannot be drawn over {extent}; reset the view.", extent=extent))
    columns = max(8, round(cells * min(1.0, width / height)))
    rows = max(8, round(cells * min(1.0, height / width)))
    xs = left + (np.arange(columns) + 0.5) * (right - left) / columns
    ys = low + (np.arange(rows) + 0.5) * (high - low) / rows
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return points, rows, columns


def field(run: Run, emit: Emit, extent: m.Extent, cells: int, t: float) -> Job:
    """The velocity, the drift, the score or the gradient of the surface at progress ``t`` over the plane, in data units."""
    abilities = run.shown.abilities()
    found, surface = abilities.field, abilities.surface
    if found is None and surface is not None:
        found = "gradient", lambda x, t, label: _gradient(surface, x, label)
    if found is None:
        return
    kind, function = found
    shown = run.shown.step
    points, rows, columns = grid(extent, cells, run.units.step)
    x = run.tensor(points)
    label = run.asked.sampling.label
    labels = None if label is None else run.labels(len(x), label)
    yield
    vectors = function(x, min(max(t, 0.0), 1.0), labels)
    moves = kind in ("velocity", "drift")
    vectors = run.units.velocity_to_data(vectors) if moves else run.units.gradient_to_data(vectors)
    values = vectors.reshape(rows, columns, 2).float().cpu().numpy()
    emit(m.Field(run.name, run.step, "field", values, extent, kind, t, shown, 1.0, label))


def _gradient(surface: Surface, x: Tensor, label: Tensor | None) -> Tensor:
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        (found,) = torch.autograd.grad(surface.value(leaf, label).sum(), leaf)
    return found


def surface(run: Run, emit: Emit, extent: m.Extent, cells: int) -> Job:
    """The family's own scalar, an energy or a critic's score, over the plane."""
    own = run.shown.abilities().surface
    if own is None:
        return
    shown = run.shown.step
    points, rows, columns = grid(extent, cells, run.units.step)
    x = run.tensor(points)
    label = run.asked.sampling.label
    parts = []
    for i in range(0, len(x), run.shown.chunk):
        part = x[i : i + run.shown.chunk]
        labels = None if label is None else run.labels(len(part), label)
        parts.append(own.value(part, labels).detach())
        yield
    values = torch.cat(parts).reshape(rows, columns).float().cpu().numpy()
    emit(m.Field(run.name, run.step, "surface", values, extent, own.title, 1.0, shown, 1.0, label))
