"""What the folders hold: data sets, families and measures by name, and the `Catalogue` made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from dgm_studio.contract import GROUPS, TOPICS, DataSpec, Family, Measure, Method, Sampler, Settings, Source, Training
from dgm_studio.discovery import discover
from dgm_studio.families.finding import find_families
from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import Catalogue, FamilyInfo, MeasureInfo, SourceInfo
from dgm_studio.protocol.messages import SamplerInfo
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import PICTURE, DataChoice, DataKind

from . import devices

_CLASSES = ("a", "b")
_TYPICAL: dict[DataKind, DataSpec] = {
    "points": DataSpec((2,)),
    "images": DataSpec((1, 28, 28), value_range=(-1.0, 1.0)),
    "strings": DataSpec((16,), "discrete", levels=3, alphabet=("", "a", "b")),
    "sounds": DataSpec((1, 2048), value_range=(-1.0, 1.0), levels=1 << 16, rate=2000),
    "paths": DataSpec((16, 2)),
}


@dataclass(frozen=True)
class FamilySampler:
    """A sampler, or a method of meeting a condition, as a family offers it for a kind of data."""

    family: str
    kind: DataKind
    info: SamplerInfo


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


@cache
def recipes() -> dict[str, NamedRecipe]:
    """Recipes by name; one that asks for a family or for data that are not here costs only itself."""
    found: dict[str, NamedRecipe] = {}
    for name, recipe in discover("dgm_studio.recipes", "RECIPES", _broken).items():
        try:
            named(families(), recipe.spec.family, "family")
            source(recipe.spec.data)
            if recipe.spec.source is not None:
                source(recipe.spec.source)
        except UnknownName as error:
            _broken[f"the recipe {name}"] = error
        else:
            found[name] = recipe
    return found


def problems() -> list[str]:
    """What could not be used of what the folders hold, one sentence each."""
    for table in (sources, families, measures, recipes):
        table()
    return [
        tr("{where} cannot be used: {name}: {error}.", where=where, name=type(error).__name__, error=error)
        for where, error in _broken.items()
    ]


def named(table: dict[str, Any], name: str, what: str) -> Any:
    """The entry of that name. Raises UnknownName with the nearest name."""
    if name not in table:
        import difflib

        close = difflib.get_close_matches(name, table, n=1, cutoff=0.4)
        hint = (
            tr("Did you mean {close!r}?", close=close[0]) if close else tr("There is {names}.", names=", ".join(table))
        )
        raise UnknownName(tr("There is no {what} {name!r}. {hint}", what=what, name=name, hint=hint))
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


def describe(threads: int = 1) -> Catalogue:
    """The whole catalogue."""
    return Catalogue(
        tuple(SourceInfo(s.name, s.title, s.help, s.kind, schema(s.Params), s.from_file) for s in sources().values()),
        tuple(_described(f) for f in families().values()),
        tuple(
            MeasureInfo(m.name, m.title, m.unit, m.topic, m.help, m.reference, m.floor_help, m.lower_is_better)
            for m in measures().values()
        ),
        devices.describe(),
        threads,
        tuple(recipes().values()),
    )


def _described(family: Family) -> FamilyInfo:
    with_classes = {kind: replace(spec, classes=_CLASSES) for kind, spec in _TYPICAL.items()}
    return FamilyInfo(
        family.name,
        family.title,
        family.summary,
        family.group,
        family.help,
        family.reference,
        schema(family.Config),
        schema(Training),
        accepts={k: family.refuses(spec) and family.refuses(with_classes[k]) for k, spec in _TYPICAL.items()},
        needs_classes=any(
            family.refuses(spec) is not None and family.refuses(with_classes[k]) is None for k, spec in _TYPICAL.items()
        ),
        takes_context=family.takes_context,
        takes_source=family.takes_source,
    )


def samplers() -> list[FamilySampler]:
    """Samplers and methods of every family, found by building each small."""
    rows: list[FamilySampler] = []
    for family in families().values():
        for kind, spec in _TYPICAL.items():
            if family.refuses(spec) is not None:
                spec = replace(spec, classes=_CLASSES)
            if family.refuses(spec) is not None:
                continue
            recipe = family.recipe(spec, torch.device("cpu"))
            model = family.build(family.Config(**recipe.config), spec, torch.Generator().manual_seed(0))
            abilities = model.abilities()
            infos = [sampler_info(name, sampler) for name, sampler in abilities.samplers.items()]
            infos += [method_info(name, method) for name, method in abilities.methods.items()]
            rows += [FamilySampler(family.name, kind, info) for info in infos]
    return rows


def sampler_info(name: str, sampler: Sampler) -> SamplerInfo:
    begins = getattr(sampler, "begins", "noise")
    return SamplerInfo(name, sampler.title, sampler.help, schema(sampler.Knobs), begins=begins)


def method_info(name: str, method: Method) -> SamplerInfo:
    knobs = schema(method.sampler.Knobs)
    return SamplerInfo(name, method.title, method.help, knobs, method.honesty, method.condition, method.careful)
