"""Measuring: gather what the measures look at, compute them one a slice, and say the outcome in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measurement, Work, rng_for

from . import catalogue
from . import messages as m
from .jobs import CHUNK
from .recorder import MeasureSeries
from .run import Run

SAMPLES = 1500
COSTLY_PASSES = 20
COSTLY_POINTS = 1000
_SAMPLES_SEED = 4242


def _drawn(run: Run, n: int) -> Work[Tensor]:
    """n samples with the person's own sampler and knobs, in model units, in batches."""
    sampler = run.sampler()
    size = 256 if run.event_spec.is_image else n
    parts: list[Tensor] = []
    for part, begin in enumerate(range(0, n, size)):
        k = min(size, n - begin)
        steer = run.steer(n)
        label = None if steer.label is None else steer.label[begin : begin + k]
        steer = type(steer)(steer.knobs, steer.temperature, label)
        frame = sampler.start(k, steer, rng_for(_SAMPLES_SEED, part, 0, device=run.device))
        i = 0
        while frame.t < 1:
            yield
            i += 1
            frame = sampler.step(frame, steer, rng_for(_SAMPLES_SEED, part, i, device=run.device))
        parts.append(frame.x)
    return torch.cat(parts).float().cpu()


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
        held_for_density = points.to(run.device)
        parts = []
        for i in range(0, len(points), CHUNK):
            part = yield from able.log_density.work(held_for_density[i : i + CHUNK], None)
            parts.append(part.cpu())
            yield
        log_density = torch.cat(parts)
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
    step = run.step
    evidence = yield from gather(run, thorough=thorough, against=against)
    results: dict[str, Measurement] = {}
    for name, one in catalogue.measures().items():
        if one.applies(evidence):
            results[name] = one.compute(evidence)
            yield
    record(run, step, results)
    values = {name: {"value": r.value, "error": r.error, "floor": r.floor} for name, r in results.items()}
    sentence = " ".join(catalogue.measures()[name].say(r) for name, r in results.items())
    emit(m.Measured(run.name, step, values, sentence, ticket))


def record(run: Run, step: int, results: dict[str, Measurement]) -> None:
    """Add the results to the run's curves, unless the run has gone back behind them meanwhile."""
    if step > run.step or run.rewound is not None:
        return
    for name, r in results.items():
        one = catalogue.measures()[name]
        series = run.recorder.measures.setdefault(name, MeasureSeries(one.title, one.unit))
        series.add(step, r.value, r.error, r.floor)
