"""Measuring: compute the measures one a slice, of what was gathered, and say the outcome in one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable

from dgm_studio.contract import Measure, Measurement, Work
from dgm_studio.protocol import messages as m

from .. import catalogue
from ..runs.recorder import MeasureSeries
from ..runs.run import Run
from .gathering import AT_REST, FIRST_LOOK, THOROUGH, WHILE_TRAINING, gather

EXPENSIVE_EVERY = 5
"""Rounds of measuring while training that leave out what is dear."""


def measure(
    run: Run,
    emit: Callable[[m.Event], None],
    *,
    ticket: int = 0,
    thorough: bool = False,
    against: m.Array | None = None,
    only: tuple[str, ...] = (),
) -> Work[None]:
    """Compute the measures that apply, or ``only`` some of them, record each as a point of its curve, and tell them.

    While training, what is dear is left out but for every few rounds; what was found before stands meanwhile. The first round
    of a run that trains looks at little.
    """
    version, sampling, step = run.shown.version, run.spec.sampling, run.step
    training = run.trainer.phase == "training" and not thorough
    first = training and not run.trainer.recorder.measures
    run.shown.rounds += 1
    brief = first or (training and run.shown.rounds % EXPENSIVE_EVERY)
    depth = THOROUGH if thorough else FIRST_LOOK if first else WHILE_TRAINING if training else AT_REST
    evidence = yield from gather(run, depth, against)
    results: dict[str, Measurement] = {}
    for name, one in catalogue.measures().items():
        wanted = name in only if only else not (one.expensive and brief)
        if wanted and one.can_measure(evidence):
            results[name] = yield from one.work(evidence)
            yield
    if run.shown.version == version and run.shown.rewound is None:
        record(run, step, results)
    values = {name: {"value": r.value, "error": r.error, "floor": r.floor} for name, r in results.items()}
    telling = sorted(catalogue.measures().values(), key=lambda one: one.rank)
    said = {one.name: one.say(results[one.name]) for one in telling if one.name in results and one.spoken}
    shown = None if run.shown.rewound is None else run.shown.rewound.step
    units = {name: unit_of(one, results[name]) for name, one in catalogue.measures().items() if name in results}
    per = run.event_spec.size * math.log(2) if run.event_spec.data_kind in ("images", "sounds") else 1.0
    rounded = evidence.levels if 0 < evidence.levels < run.data.spec.levels else 0
    off = evidence.numerical / per
    emit(m.Measured(run.name, step, values, said, ticket, shown, sampling, units, rounded, off))


def unit_of(one: Measure, result: Measurement) -> str:
    """The unit of a value, empty where it is a plain number."""
    return result.unit or one.unit


def record(run: Run, step: int, results: dict[str, Measurement]) -> None:
    """Add the results to the run's curves."""
    for name, r in results.items():
        one = catalogue.measures()[name]
        series = run.trainer.recorder.measures.setdefault(name, MeasureSeries(one.title, unit_of(one, r)))
        series.add(step, r.value, r.error, r.floor)
