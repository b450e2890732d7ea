"""Facts of a run that goals may speak of, beside the measures: what it is, how long it was trained, and what its knobs say."""

from __future__ import annotations

from collections.abc import Mapping

from dgm_studio.protocol.messages import RunInfo
from dgm_studio.protocol.spec import RunSpec

from .condition import Fact, FactValue

FACTS: Mapping[str, str] = {
    "steps": "optimiser steps it was trained for",
    "training_seconds": "seconds it was trained for",
    "parameters": "numbers that were learned",
    "examples": "training examples",
    "family": "the family, by name",
    "data": "the data set, by name",
    "classes": "whether it learns classes",
}
MEASURED: Mapping[str, str] = {"passes_per_sample": "network_passes"}
"""Facts that are measures under another name."""
KNOBS = ("data", "model", "training", "sampling")
"""First parts of controls whose values are facts."""


def facts_of(
    spec: RunSpec, info: RunInfo, step: int, seconds: float, steered: RunSpec | None = None
) -> dict[str, Fact]:
    """What is known of a run without measuring: ``spec`` as it is resolved, ``steered`` as it is sampled now."""
    held = (steered or spec).sampling
    label = info.classes[held.label] if isinstance(held.label, int) and held.label < len(info.classes) else "all"
    known: dict[str, object] = {
        "steps": step,
        "training_seconds": seconds,
        "parameters": info.parameters,
        "examples": info.examples,
        "family": spec.family,
        "data": spec.data.name,
        "classes": info.uses_label,
        "run.seed": spec.seed,
        "sampling.sampler": held.sampler,
        "sampling.temperature": held.temperature,
        "sampling.class": label,
        **{f"data.{key}": value for key, value in spec.data.params.items()},
        **{f"model.{key}": value for key, value in spec.config.items()},
        **{f"training.{key}": value for key, value in spec.training.items()},
        **{f"sampling.{key}": value for key, value in held.knobs.items()},
    }
    return {name: Fact(plain) for name, value in known.items() if (plain := _plain(value)) is not None}


def facts_measured(values: Mapping[str, Mapping[str, float | None]]) -> dict[str, Fact]:
    """Measures as facts, by name, as the engine tells them: with their standard errors where they have one."""
    found = {name: Fact(each["value"], each.get("error") or 0.0) for name, each in values.items()}
    return found | {name: found[measure] for name, measure in MEASURED.items() if measure in found}


def of_cell(cell: str, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts of a run of a comparison, whose letter stands before each name."""
    return {f"{cell}.{name}": fact for name, fact in facts.items()}


def measures_in(names: tuple[str, ...], measures: frozenset[str]) -> tuple[str, ...]:
    """The measures that names of a condition ask for, of whichever cell."""
    names = tuple(map(bare, names))
    return tuple(dict.fromkeys(found for name in names if (found := MEASURED.get(name, name)) in measures))


def bare(name: str) -> str:
    """The name of a fact without the letter of its cell."""
    return name[2:] if len(name) > 2 and name[0] in "ABCDEF" and name[1] == "." else name


def _plain(value: object) -> FactValue | None:
    return value if isinstance(value, bool | int | float | str) else None
