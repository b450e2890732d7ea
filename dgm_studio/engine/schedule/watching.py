"""Watching: which jobs the screen asks for. A function of what is looked at, what the run is, and what was shown last.

Nothing is computed that nobody looks at, nothing twice, and a dear density is evaluated at fewer points while training runs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dgm_studio.contract import Work
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.layers import layers_by_job

from ..jobs import attacking, deciding, fields, latents, translating
from ..jobs import showing as jobs
from ..runs.run import Run

Stamp = tuple[Any, ...]
SAMPLES_EVERY, FIELD_EVERY = 0.12, 0.5
"""Seconds between pictures of the same kind while the model changes."""
BUDGET_TRAINING, BUDGET_IDLE = 0.5, 2.5
"""Seconds of work that one density picture may cost."""
LEAST_POINTS, MOST_POINTS = 2_800, 24_000
"""Evaluations for one: fewer do not find 25 narrow modes, and with more nothing is seen that was not."""
FIRST_DENSITY = 0.4
"""Seconds of training after which the first density is waited for like what a person asked: the one before is of noise."""
FIRST_SAMPLES, LATEST_SAMPLES = 0.3, 4.0
"""Seconds of training after which the first points are waited for like what a person asked, and the age from which later ones
are: beside a density of one moment, points of another show what never was."""
LATEST_COST, FIRST_COST = 1.0, 3.0
"""Seconds of work for which points that are late, and the very first ones, may hold up training; dearer ones come at the
governor's pace."""
FIELD_CELLS = 22
REGION_CELLS, SURFACE_CELLS = 48, 128
INSIDE_EVERY = 1.0


@dataclass
class OnScreen:
    """What was last begun for a run, by kind, to know what is out of date; and what a point of a density costs."""

    stamps: dict[str, Stamp] = field(default_factory=dict)
    at: dict[str, float] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    """When the first of the jobs was begun that followed the last finished one."""
    point_seconds: float | None = None
    points: int = 0
    """Evaluations for the density picture begun last."""
    quick: bool = False
    """Whether it was a quick one, which at rest is drawn once more."""
    densities: int = 0
    """Density pictures that came to their end, and of these the ones begun while the model learned."""
    learning: int = 0
    draws: int = 0
    drawn_at: float = 0.0
    """When the last samples were finished that were drawn while the model learned, and what they cost in seconds of work."""
    draw_seconds: float = 0.0
    finished: set[str] = field(default_factory=set)
    """Kinds of which a whole picture is on screen: it stays until the next one is whole, unless a person asked for that."""


@dataclass(frozen=True)
class Wanted:
    """A job to begin: ``urgent`` when a person is waiting for it; ``restart`` when an unfinished one is useless."""

    kind: str
    stamp: Stamp
    make: Callable[[], Work[None]]
    urgent: bool
    restart: bool
    late: bool = False
    """Whether it comes before training although nobody asked, within the share of background work."""
    yields: bool = False
    """Whether what a person asked for goes before it, urgent as it is: a first picture."""


def _timed(work: Work[None]) -> Work[float]:
    """The same work, which returns how many seconds it was at work."""
    spent = 0.0
    while True:
        begin = time.perf_counter()
        try:
            next(work)
        except StopIteration:
            return spent + time.perf_counter() - begin
        spent += time.perf_counter() - begin
        yield


def _density_booked(work: Work[None], shown: OnScreen, points: int, learning: bool) -> Work[None]:
    shown.point_seconds = (yield from _timed(work)) / points
    shown.densities += 1
    shown.learning += learning


def _samples_booked(work: Work[None], shown: OnScreen, learning: bool) -> Work[None]:
    shown.draw_seconds = yield from _timed(work)
    shown.finished.add("samples")
    if learning:
        shown.drawn_at = time.perf_counter()


def _late(run: Run, shown: OnScreen, now: float) -> bool:
    """Whether points of a model that learns are waited for: nothing was drawn yet since it began to, or long ago."""
    dearest = LATEST_COST if shown.drawn_at else FIRST_COST
    if run.trainer.phase != "training" or run.event_spec.is_image or shown.draw_seconds > dearest:
        return False
    return run.trainer.seconds >= FIRST_SAMPLES and now - shown.drawn_at > LATEST_SAMPLES


def unseen(look: m.Look) -> set[str]:
    """Kinds of jobs that nobody would see the outcome of."""
    shown_by = {**layers_by_job(), "latent": {"latent"}, "inside": {"inside"}, "measure": set(look.layers)}
    return {kind for kind, layers in shown_by.items() if not layers & look.layers}


def density_points(run: Run, shown: OnScreen) -> int:
    """How often a density may be evaluated for a picture within its budget, but often enough to find its modes."""
    ability = run.shown.abilities().log_density
    passes = ability.passes if ability else 1
    cost = shown.point_seconds if shown.point_seconds is not None else passes * 1.4e-6
    budget = BUDGET_TRAINING if run.trainer.phase == "training" else BUDGET_IDLE
    return int(min(MOST_POINTS, max(LEAST_POINTS, budget / max(cost, 1e-9))))


def region_cells(run: Run) -> int:
    """Cells along the longer side for the class regions: fewer where a classifier costs many passes a point."""
    classifier = run.shown.abilities().classifier
    passes = classifier.passes if classifier else 1
    return int(min(REGION_CELLS, max(16, REGION_CELLS * math.sqrt(32 / passes))))


def wanted(run: Run, look: m.Look, shown: OnScreen, emit: jobs.Emit) -> Iterator[Wanted]:
    """The jobs that would bring the screen up to date, most important first."""
    sampling = run.asked.sampling
    model: Stamp = run.shown.stamp
    now = time.perf_counter()

    def stale(kind: str, stamp: Stamp) -> bool:
        return shown.stamps.get(kind) != stamp

    if look.layers & {"samples", "path"}:
        keep_path = "path" in look.layers
        stamp = (*model, sampling, run.knobs, keep_path)
        steered = shown.stamps.get("samples", ())[2:] != stamp[2:]
        due = run.trainer.phase != "training" or now - shown.at.get("samples", 0.0) > SAMPLES_EVERY
        if stale("samples", stamp) and (steered or due):

            def draw() -> Work[None]:
                shown.draws += 1
                seed = sampling.seed if sampling.seed_locked else sampling.seed + shown.draws
                live = run.event_spec.data_kind != "points" and (steered or "samples" not in shown.finished)
                work = jobs.samples(run, emit, count=sampling.count, seed=seed, keep_path=keep_path, live=live)
                return _samples_booked(work, shown, run.trainer.phase == "training")

            first = "samples" not in shown.stamps
            yield Wanted("samples", stamp, draw, steered, steered, _late(run, shown, now), yields=first)
    if look.extent is not None and run.event_spec.data_kind == "points":
        yield from _plane(run, look, look.extent, shown, emit, model, stale)
    if "inside" in look.layers and look.inside:
        stamp = (*model, look.inside)
        if stale("inside", stamp) and (
            run.trainer.phase != "training" or now - shown.at.get("inside", 0.0) > INSIDE_EVERY
        ):
            yield Wanted("inside", stamp, lambda: deciding.inside(run, emit, look.inside), False, False)
    if "latent" in look.layers and run.event_spec.is_image:
        stamp = (*model, sampling.label)
        if stale("latent", stamp) and (run.trainer.phase != "training" or now - shown.at.get("latent", 0.0) > 1.0):
            yield Wanted("latent", stamp, lambda: latents.latents(run, emit), False, False)


def _plane(
    run: Run,
    look: m.Look,
    extent: m.Extent,
    shown: OnScreen,
    emit: jobs.Emit,
    model: Stamp,
    stale: Callable[[str, Stamp], bool],
) -> Iterator[Wanted]:
    label = run.asked.sampling.label
    training = run.trainer.phase == "training"
    given = label if run.event_spec.context else None
    if "truth" in look.layers and stale("truth", stamp := (run.shown.version, extent, look.cells, given)):
        yield Wanted("truth", stamp, lambda: fields.truth(run, emit, extent, look.cells), False, True)
    if "field" in look.layers and stale("field", stamp := (*model, extent, look.t, label)):
        moved = shown.stamps.get("field", ())[2:] != stamp[2:]
        if moved or not training or time.perf_counter() - shown.at.get("field", 0.0) > FIELD_EVERY:
            yield Wanted("field", stamp, lambda: jobs.field(run, emit, extent, FIELD_CELLS, look.t), moved, moved)

    def due(layer: str) -> bool:
        return not training or time.perf_counter() - shown.at.get(layer, 0.0) > FIELD_EVERY

    if "mesh" in look.layers and (latent := run.shown.abilities().latent) is not None:
        stamp = (*model, label, look.t if latent.part_way is not None else 1.0)
        moved = shown.stamps.get("mesh", ())[2:] != stamp[2:]
        if stale("mesh", stamp) and (moved or due("mesh")):
            yield Wanted("mesh", stamp, partial(latents.mesh, run, emit, look.t), moved, moved)
    if "pairs" in look.layers and stale("pairs", (run.shown.version,)):
        yield Wanted("pairs", (run.shown.version,), partial(translating.pairs, run, emit, extent), False, False)
    if "net" in look.layers and stale("net", (extent,)):
        yield Wanted("net", (extent,), partial(attacking.net_regions, run, emit, extent, SURFACE_CELLS), False, False)
    own = {"surface": jobs.surface, "regions": deciding.regions}
    for layer in own.keys() & look.layers:
        stamp = (*model, extent, label if layer == "surface" else None)
        if stale(layer, stamp) and due(layer):
            cells = SURFACE_CELLS if layer == "surface" else region_cells(run)
            yield Wanted(layer, stamp, partial(own[layer], run, emit, extent, cells), False, False)
    if look.layers & {"density", "difference"}:
        difference = "difference" in look.layers
        first = training and not shown.learning
        if first and run.trainer.seconds < FIRST_DENSITY:
            return
        most = density_points(run, shown)
        ability = run.shown.abilities().log_density
        t = look.t if ability is not None and ability.sketch is not None else 1.0
        stamp = (*model, extent, label, difference, t, training)
        moved = shown.stamps.get("density", ())[2:6] != stamp[2:6]
        # At rest there is first a picture of few points, which is drawn again only for one much finer: its cost
        # is measured and never twice the same.
        new = stale("density", stamp)
        points = LEAST_POINTS if new and not training else most
        quick = training or not shown.densities
        finer = not training and (most >= 1.6 * shown.points or (shown.quick and not new))
        if (new and (moved or due("density"))) or finer:

            def draw() -> Work[None]:
                shown.points, shown.quick = points, quick
                image = fields.density(
                    run, emit, extent, look.cells, points=points, t=t, difference=difference, quick=quick
                )
                return _density_booked(image, shown, points, training)

            # One begun at rest is larger than training leaves time for, and of noise. The first of a model that learns is
            # finished, however many steps follow while it is drawn: begun anew at each, it never would be.
            larger = training and shown.points > most
            of_noise = first and not shown.stamps.get("density", (False,))[-1]
            yield Wanted("density", stamp, draw, first or not shown.densities, moved or larger or of_noise, yields=True)
