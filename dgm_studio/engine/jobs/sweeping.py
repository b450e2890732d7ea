"""Sweeping: one knob over a range, and what the measures say at each of its values.

A knob of the sampler is turned on a copy of the run as it is now. One of the model or of its training needs another training:
a run of its own for each value, from the same seed and for as many steps, which is forgotten afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from pydantic import ValidationError

from dgm_studio.contract import Work
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec

from .. import catalogue
from ..errors import UserError, advise
from ..runs.recorder import to_sample
from ..runs.run import Run
from ..runs.trainer import Diverged
from .gathering import WHILE_TRAINING, gather
from .measuring import unit_of

SLICE = 0.02
"""Seconds of training at a time."""


def sweep(run: Run, emit: Callable[[m.Event], None], intent: m.Sweep) -> Work[None]:
    """Measure the run at every value of a knob; a value that cannot be had is told with the reason, and the next is tried."""
    part, _, name = intent.key.partition(".")
    if part not in ("sampling", "config", "training") or not name:
        raise UserError(
            tr(
                "{key!r} is no knob. A knob is like sampling.steps, config.width or training.learning_rate.",
                key=intent.key,
            )
        )
    for at, value in enumerate(intent.values):
        done = (run.name, run.step, intent.ticket, intent.key, value, at + 1, len(intent.values))
        try:
            spec = with_knob(run.asked, part, name, value)
            varied = _turned(run, spec) if part == "sampling" else (yield from _trained(run, spec))
            values, units = yield from _measured(varied)
        except (UserError, ValidationError, Diverged, catalogue.UnknownName) as error:
            emit(m.SweepPoint(*done, {}, {}, advise(error)[0]))
        else:
            emit(m.SweepPoint(*done, values, units))
        yield


def with_knob(spec: RunSpec, part: str, name: str, value: float) -> RunSpec:
    """The spec with a knob at a value. Raises pydantic.ValidationError."""
    if part != "sampling":
        return spec.with_(**{part: {**getattr(spec, part), name: value}})
    if name in type(spec.sampling).model_fields:
        return spec.with_sampling(**{name: value})
    return spec.with_sampling(knobs={**spec.sampling.knobs, name: value})


def _turned(run: Run, spec: RunSpec) -> Run:
    """A copy of the run as it is shown, sampled otherwise."""
    copy = Run(run.name, spec, run.data, run.units, run.source)
    copy.trainer.adopt(run.shown.step, run.trainer.seconds, to_sample(run.shown.state()))
    copy.features = run.features
    return copy


def _trained(run: Run, spec: RunSpec) -> Work[Run]:
    """Another run, trained for as many steps as this one, or for those of its recipe where this one is not."""
    fresh = Run(run.name, spec, run.data, run.units, run.source)
    fresh.features = run.features
    left, fit = run.step or run.recipe.steps, 1
    while left > 0:
        begin, steps = time.perf_counter(), min(left, fit)
        with torch.enable_grad():
            fresh.trainer.train(steps)
        left -= steps
        took = (time.perf_counter() - begin) / steps
        fit = max(1, min(2 * fit, int(SLICE / max(took, 1e-6))))
        yield
    fresh.trainer.read()
    fresh.trainer.phase = "paused"
    return fresh


def _measured(run: Run) -> Work[tuple[dict[str, dict[str, float | None]], dict[str, str]]]:
    """What all measures that cost little say."""
    evidence = yield from gather(run, WHILE_TRAINING)
    values: dict[str, dict[str, float | None]] = {}
    units: dict[str, str] = {}
    for name, one in catalogue.measures().items():
        if not one.expensive and one.can_measure(evidence):
            found = yield from one.work(evidence)
            values[name] = {"value": found.value, "error": found.error, "floor": found.floor}
            units[name] = unit_of(one, found)
            yield
    return values, units
