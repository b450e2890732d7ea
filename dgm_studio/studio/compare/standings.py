"""Standings: where the runs of a comparison stand, measure by measure, and in which settings they differ.

Everything here is a function of what is known of the runs; what one run's figures are never depends on which others are shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.protocol.messages import Curve
from dgm_studio.protocol.spec import RunSpec

from ..reading.moment import Reading, reading
from ..reading.quality import by_topic
from ..session.session import Session
from ..session.state import RunState

CLEARLY = 2.0
"""Standard errors by which one value has to be beyond another to be called better."""


@dataclass(frozen=True)
class MeasureRow:
    """One measure of all runs, by slot; None where it was not measured. ``best`` are the slots that no other clearly beats,
    where some other is beaten.
    """

    name: str
    title: str
    unit: str
    readings: Mapping[str, Reading | None]
    best: frozenset[str] = frozenset()


def standings(runs: Mapping[str, RunState], session: Session, catalogue: Catalogue) -> list[MeasureRow]:
    """Every measure that some run has, those about the same thing together."""
    curves: dict[str, Curve] = {}
    for run in runs.values():
        curves.update({} if run.curves is None else run.curves.measures)
    found = []
    for name in [name for topic in by_topic(curves) for name in topic]:
        there = {s: run for s, run in runs.items() if run.curves is not None and name in run.curves.measures}
        readings = {s: reading(there[s], session.spec(s), name) if s in there else None for s in runs}
        about = catalogue.measure(name)
        best = _best(readings, about.lower_is_better) if about is not None else frozenset()
        found.append(MeasureRow(name, curves[name].title or name, curves[name].unit, readings, best))
    return found


def _best(readings: Mapping[str, Reading | None], lower: bool) -> frozenset[str]:
    """Whom no other beats by more than chance would; nobody where all are alike."""
    values = {
        slot: (found.value if lower else -found.value, found.error or 0.0)
        for slot, found in readings.items()
        if found is not None and found.value is not None and math.isfinite(found.value)
    }

    def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
        return b[0] - a[0] > CLEARLY * math.hypot(a[1], b[1])

    unbeaten = frozenset(s for s, v in values.items() if not any(beats(other, v) for other in values.values()))
    return unbeaten if len(unbeaten) < len(values) else frozenset()


@dataclass(frozen=True)
class Difference:
    """A setting in which runs differ: ``key`` like "training.batch", and the value of each run that has it, by slot."""

    key: str
    title: str
    values: Mapping[str, Any]


def differences(specs: Mapping[str, RunSpec], *, everything: bool = False) -> list[Difference]:
    """The settings in which resolved specs differ, or all of them; one row each, in the order of the first that has it."""
    flat = {slot: settings_of(spec) for slot, spec in specs.items()}
    keys = list(dict.fromkeys(key for each in flat.values() for key in each))
    found = []
    for key in keys:
        values = {slot: each[key] for slot, each in flat.items() if key in each}
        same = len(values) == len(flat) and len({repr(v) for v in values.values()}) == 1
        if everything or not same:
            found.append(Difference(key, key.rpartition(".")[2].replace("_", " "), values))
    return found


def settings_of(spec: RunSpec) -> dict[str, Any]:
    """Every setting of a spec by its key."""
    sampling = spec.sampling.model_dump()
    knobs = sampling.pop("knobs")
    parts: dict[str, Mapping[str, Any]] = {
        "": {"family": spec.family, "seed": spec.seed, "device": spec.device, "conditional": spec.conditional},
        "data": {"name": spec.data.name, "path": spec.data.path, "clusters": spec.data.clusters, **spec.data.params},
        "config": spec.config,
        "training": spec.training,
        "sampling": {**sampling, **knobs},
    }
    return {f"{part}.{name}".lstrip("."): value for part, values in parts.items() for name, value in values.items()}


def repeats(specs: Mapping[str, RunSpec]) -> list[tuple[str, ...]]:
    """The slots of runs that differ in their seed alone, together, in the order of the first of each; copies of a run, which
    have its seed, are no repeats.
    """
    groups: dict[tuple[str, int], list[str]] = {}
    for slot, spec in specs.items():
        settings = {key: value for key, value in settings_of(spec).items() if key not in ("seed", "device")}
        said = repr(sorted(settings.items(), key=lambda each: each[0]))
        copies = sum(specs[other].seed == spec.seed for (s, _), some in groups.items() if s == said for other in some)
        groups.setdefault((said, copies), []).append(slot)
    return [tuple(slots) for slots in groups.values()]


def mean_curve(curves: Sequence[Curve]) -> tuple[Curve, Curve]:
    """The mean of curves (k,) over the steps that all of them have reached, and the middle of the lowest and the highest with
    half their distance as its error, which is the band from minimum to maximum.
    """
    parts = [(np.asarray(c.steps, float), np.asarray(c.values, float)) for c in curves]
    parts = [(steps[np.isfinite(values)], values[np.isfinite(values)]) for steps, values in parts]
    empty = Curve(np.zeros(0), np.zeros(0))
    if any(not len(steps) for steps, _ in parts):
        return empty, empty
    low, high = max(s[0] for s, _ in parts), min(s[-1] for s, _ in parts)
    every = np.unique(np.concatenate([steps for steps, _ in parts]))
    steps = every[(every >= low) & (every <= high)]
    drawn = np.stack([np.interp(steps, s, v) for s, v in parts])
    least, most = drawn.min(0), drawn.max(0)
    return Curve(steps, drawn.mean(0)), Curve(steps, (least + most) / 2, (most - least) / 2)


def with_setting(spec: RunSpec, key: str, value: Any) -> RunSpec | None:
    """A spec with a setting copied from another one; None where it has no such setting."""
    part, _, name = key.rpartition(".")
    if key in ("seed", "device", "conditional"):
        return spec.with_(**{key: value})
    if part in ("config", "training"):
        return spec.with_(**{part: {**getattr(spec, part), name: value}})
    if part == "sampling" and name in type(spec.sampling).model_fields:
        return spec.with_sampling(**{name: value})
    if part == "sampling":
        return spec.with_sampling(knobs={**spec.sampling.knobs, name: value})
    return None
