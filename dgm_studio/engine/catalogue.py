"""The catalogue: everything that can be chosen, as plain JSON-able data, made from what the folders hold.

    {"data":     [{name, title, help, workspace, schema, from_file}],
     "families": [{name, title, summary, group, help, reference, schema, training_schema, accepts: {"2d": reason or None, ...},
                   needs_classes}],
     "measures": [{name, title, unit, topic, help, reference, floor_help, lower_is_better}],
     "devices":  [{name, title, memory}], "threads": int}

The window builds its galleries, cards and forms from it, the command line its lists, the tests their cases.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from dgm_studio.contract import GROUPS, TOPICS, DataSpec, Family, Measure, Settings, Source, Training
from dgm_studio.discovery import discover
from dgm_studio.families.finding import find_families
from dgm_studio.protocol.spec import PICTURE, DataChoice

from . import devices

_CLASSES = ("a", "b")
_TYPICAL = {"2d": DataSpec((2,)), "images": DataSpec((1, 28, 28), value_range=(-1.0, 1.0))}


class UnknownName(ValueError):
    """A name that is not in the catalogue; the message suggests the nearest."""


_broken: dict[str, Exception] = {}
"""Files that could not be used, by module, and why."""


@cache
def sources() -> dict[str, Source]:
    """The data sets, by name."""
    return discover("dgm_studio.data", "SOURCES", _broken)


@cache
def families() -> dict[str, Family]:
    """Families by name. A file that is broken costs only itself: see `problems`."""
    found: dict[str, Family] = {}
    for name, family in find_families(_broken).items():
        try:
            _described(family)
        except Exception as error:
            _broken[f"the family {name}"] = error
        else:
            found[name] = family
    order = {group: place for place, group in enumerate(GROUPS)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[1].group, len(order)), item[0])))


@cache
def measures() -> dict[str, Measure]:
    """The measures by name, by topic and the most telling of each first."""
    found: dict[str, Measure] = discover("dgm_studio.evaluation", "MEASURE", _broken)
    order = {topic: place for place, topic in enumerate(TOPICS)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[1].topic, len(order)), item[1].rank)))


def problems() -> list[str]:
    """What could not be used of what the folders hold, one sentence each."""
    for table in (sources, families, measures):
        table()
    return [f"{where} cannot be used: {type(error).__name__}: {error}." for where, error in _broken.items()]


def named(table: dict[str, Any], name: str, what: str) -> Any:
    """The entry of that name. Raises UnknownName with the nearest name."""
    if name not in table:
        import difflib

        close = difflib.get_close_matches(name, table, n=1, cutoff=0.4)
        hint = f"Did you mean {close[0]!r}?" if close else f"There is {', '.join(table)}."
        raise UnknownName(f"There is no {what} {name!r}. {hint}")
    return table[name]


def source(choice: DataChoice) -> Source:
    """The source of a choice: from the catalogue, or for a file or folder. Raises UnknownName or DataError."""
    if choice.path is not None:
        from dgm_studio.data.files import source_for_path

        return source_for_path(Path(choice.path), as_picture=choice.name == PICTURE)
    found: Source = named(sources(), choice.name, "data set")
    return found


def schema(settings: type[Settings]) -> dict[str, Any]:
    """The JSON schema of a config or of knobs, with references resolved by pydantic."""
    return settings.model_json_schema()


def describe(threads: int = 1) -> dict[str, Any]:
    """The whole catalogue."""
    return {
        "data": [
            {
                "name": s.name,
                "title": s.title,
                "help": s.help,
                "workspace": s.workspace,
                "schema": schema(s.Params),
                "from_file": s.from_file,
            }
            for s in sources().values()
        ],
        "families": [_described(f) for f in families().values()],
        "measures": [
            {
                "name": m.name,
                "title": m.title,
                "unit": m.unit,
                "topic": m.topic,
                "help": m.help,
                "reference": m.reference,
                "floor_help": m.floor_help,
                "lower_is_better": m.lower_is_better,
            }
            for m in measures().values()
        ],
        "devices": devices.describe(),
        "threads": threads,
    }


def _described(family: Family) -> dict[str, Any]:
    return {
        "name": family.name,
        "title": family.title,
        "summary": family.summary,
        "group": family.group,
        "help": family.help,
        "reference": family.reference,
        "schema": schema(family.Config),
        "training_schema": schema(Training),
        "accepts": {
            workspace: family.accepts(spec) and family.accepts(replace(spec, classes=_CLASSES))
            for workspace, spec in _TYPICAL.items()
        },
        "needs_classes": any(
            family.accepts(spec) is not None and family.accepts(replace(spec, classes=_CLASSES)) is None
            for spec in _TYPICAL.values()
        ),
    }


def samplers() -> list[dict[str, Any]]:
    """Samplers and ways of every family, found by building each small: {family, workspace, name, title, help, ...}."""
    rows: list[dict[str, Any]] = []
    for family in families().values():
        for workspace, spec in _TYPICAL.items():
            if family.accepts(spec) is not None:
                spec = replace(spec, classes=_CLASSES)
            if family.accepts(spec) is not None:
                continue
            recipe = family.recipe(spec, torch.device("cpu"))
            model = family.build(family.Config(**recipe.config), spec, torch.Generator().manual_seed(0))
            able = model.abilities()
            for name, sampler in able.samplers.items():
                rows.append(
                    {"family": family.name, "workspace": workspace, "name": name, "title": sampler.title,
                     "help": sampler.help, "condition": None, "honesty": None, "schema": schema(sampler.Knobs)}
                )  # fmt: skip
            for name, way in able.ways.items():
                rows.append(
                    {"family": family.name, "workspace": workspace, "name": name, "title": way.title,
                     "help": way.help, "condition": way.condition, "honesty": way.honesty,
                     "schema": schema(way.sampler.Knobs)}
                )  # fmt: skip
    return rows
