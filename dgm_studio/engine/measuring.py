"""Measuring: gather what the measures look at, compute them one a slice, and say the outcome in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Frame, Measurement, Work, rng_for

from . import catalogue
from . import messages as m
from .jobs import in_chunks, walk
from .recorder import MeasureSeries
from .run import Run

SAMPLES = 1500
COSTLY_PASSES = 20
COSTLY_POINTS = 1000
_SAMPLES_SEED = 4242


def _drawn(run: Run, n: int) -> Work[Tensor]:
    """n samples with the person's own sampler and knobs, in model units."""
    last: Frame | None = None
    for frame in walk(run.sampler(), run.steer(n), n, _SAMPLES_SEED, run):
        last = frame or last
        yield
    assert last is not None
    return last.x.float().cpu()


def gather(run: Run, *, thorough: bool = False, against: m.Array | None = None) -> Work[Evidence]:
    """Evidence for the measures. ``thorough`` takes every held-out point whatever the density costs."""
    able = run.able()
    held_raw = run.data.held_out.x if against is None else None
    held = run.units.to_model(held_raw) if held_raw is not None else run.tensor(against).cpu()  # type: ignore[arg-type]
    n = min(SAMPLES, len(held))
    pick = torch.randperm(len(held), generator=rng_for(_SAMPLES_SEED, 1))[: max(n, COSTLY_POINTS)]
    held = held[pick]
    train = run.units.to_model(run.data.train.x[: max(2 * n, 2000)])
    drawn = yield from _drawn(run, n)
    log_density = true = None
    if able.log_density is not None and able.log_density.kind == "exact":
        points = held if thorough or able.log_density.passes < COSTLY_PASSES else held[:COSTLY_POINTS]
        if run.event_spec.is_image and not thorough:
            points = held[:128]
        log_density = (yield from in_chunks(able.log_density, points.to(run.device), None, run.chunk)).cpu()
        if run.data.log_density is not None and held_raw is not None:
            true = run.data.log_density(held_raw[pick][: len(points)]).float() + run.log_volume()
    return Evidence(
        spec=run.event_spec,
        samples=drawn,
        train=train,
        held_out=held,
        rng=rng_for(_SAMPLES_SEED, 2),
        log_density=log_density,
        true_log_density=true,
        log_volume=run.log_volume(),
        modes=None if run.data.modes is None else run.units.to_model(run.data.modes.float()),
    )


def measure(
    run: Run,
    emit: Callable[[m.Event], None],
    *,
    ticket: int = 0,
    thorough: bool = False,
    against: m.Array | None = None,
) -> Work[None]:
    """Compute every measure that applies, record it as a point of its curve, and tell all of them."""
    version = run.version
    evidence = yield from gather(run, thorough=thorough, against=against)
    results: dict[str, Measurement] = {}
    for name, one in catalogue.measures().items():
        if one.applies(evidence):
            results[name] = yield from one.work(evidence)
            yield
    step = run.step  # the model learned on meanwhile: what was found is no better than this step
    if run.version == version and run.rewound is None:
        record(run, step, results)
    values = {name: {"value": r.value, "error": r.error, "floor": r.floor} for name, r in results.items()}
    sentence = " ".join(catalogue.measures()[name].say(r) for name, r in results.items())
    emit(m.Measured(run.name, step, values, sentence, ticket))


def record(run: Run, step: int, results: dict[str, Measurement]) -> None:
    """Add the results to the run's curves."""
    for name, r in results.items():
        one = catalogue.measures()[name]
        series = run.recorder.measures.setdefault(name, MeasureSeries(one.title, one.unit))
        series.add(step, r.value, r.error, r.floor)
