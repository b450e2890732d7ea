"""What run a verb is asked to train: data, family and settings, or a recipe by name with what shall be other in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dgm_studio.api.job import BadInput
from dgm_studio.contract import DataSpec, Family
from dgm_studio.engine import catalogue
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import PICTURE, DataChoice, RunSpec
from dgm_studio.studio.wording import explain

from .reading import key_values, known

TRAINING_KEYS = ("batch", "learning_rate")


@dataclass(frozen=True)
class WantedRun:
    """A run that shall be trained; ``steps`` are those of its recipe, 0 where the family's own decides."""

    spec: RunSpec
    family: Family
    recipe: NamedRecipe | None = None
    steps: int = 0


def wanted_run(
    data: str | None, family: str | None, recipe: str | None, settings: tuple[str, ...], columns: str | None, seed: int,
    device: str, conditional: bool, source: str | None = None,
) -> WantedRun:  # fmt: skip
    """The run that options ask for. Raises BadInput."""
    base = None if recipe is None else _recipe(recipe)
    if base is not None and (data is not None or family is not None):
        raise BadInput("--recipe says data and family itself. Leave --data and --family out, or --recipe.")
    if base is None and (data is None or family is None):
        raise BadInput("Give --data and --family, or --recipe with one of `dgm-studio list recipes`.")
    start = RunSpec() if base is None else base.spec
    chosen = family_named(family or start.family)
    pairs = key_values(settings)
    params = {k[5:]: v for k, v in pairs.items() if k.startswith("data.")}
    begin = {k[7:]: v for k, v in pairs.items() if k.startswith("source.")}
    rest = {k: v for k, v in pairs.items() if not k.startswith(("data.", "source."))}
    if base is not None:
        data, params = start.data.name, {**start.data.params, **params}
    choice = data_choice(str(data), params, chosen, columns)
    starts = _source(source, begin, start.source, chosen)
    known(rest, [*chosen.Config.model_fields, *TRAINING_KEYS], chosen.title)
    spec = RunSpec(
        data=choice,
        source=starts,
        family=chosen.name,
        config={**start.config, **{k: v for k, v in rest.items() if k not in TRAINING_KEYS}},
        training={**start.training, **{k: v for k, v in rest.items() if k in TRAINING_KEYS}},
        conditional=conditional or choice.clusters > 0,
        sampling=start.sampling,
        seed=seed,
        device=device,
    )
    return WantedRun(spec, chosen, base, 0 if base is None else base.steps)


def _source(wanted: str | None, params: dict[str, Any], usual: DataChoice | None, family: Family) -> DataChoice | None:
    """What samples start from: what ``--source`` names, else the ``usual`` of a recipe. Raises BadInput."""
    if wanted is None and usual is None:
        if params:
            raise BadInput(f"source.{next(iter(params))} is a setting of the source. Name one with --source.")
        return None
    if not family.takes_source:
        raise BadInput(f"{family.title} starts from noise. Leave --source out, or take a family such as bridge.")
    if wanted is None and usual is not None:
        return data_choice(usual.name, {**usual.params, **params}, family, None)
    return data_choice(str(wanted), params, family, None)


def family_named(name: str) -> Family:
    """Raises BadInput."""
    try:
        found: Family = catalogue.named(catalogue.families(), name, "family")
    except catalogue.UnknownName as error:
        raise BadInput(str(error)) from None
    return found


def _recipe(name: str) -> NamedRecipe:
    try:
        found: NamedRecipe = catalogue.named(catalogue.recipes(), name, "recipe")
    except catalogue.UnknownName as error:
        raise BadInput(str(error)) from None
    return found


def data_choice(data: str, params: dict[str, Any], family: Family, columns: str | None) -> DataChoice:
    """What ``--data`` names. A picture is a density of the plane, unless the family knows pictures only."""
    if columns is not None:
        params = {**params, "columns": columns}
    sources = catalogue.sources()
    clusters = params.pop("clusters", 0)
    if data in sources:
        known(params, [*sources[data].Params.model_fields], sources[data].title)
        return _choice(name=data, params=params, clusters=clusters)
    path = Path(data)
    if data and path.exists():
        name = "file" if family.accepts(DataSpec((2,))) is None else PICTURE
        return _choice(name=name, path=str(path.absolute()), params=params, clusters=clusters)
    if path.suffix or "/" in data:
        raise BadInput(f"{data} does not exist. Check the path.")
    try:
        catalogue.named(sources, data, "data set")
    except catalogue.UnknownName as error:
        raise BadInput(str(error)) from None
    raise BadInput(f"There is no data set {data!r}.")


def _choice(**fields: Any) -> DataChoice:
    try:
        return DataChoice(**fields)
    except ValidationError as error:
        raise BadInput(explain(error)) from None
