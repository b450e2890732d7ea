"""What can be chosen, as `dgm-studio list` prints it: data, families, samplers, measures, recipes and the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from dgm_studio.engine import catalogue
from dgm_studio.engine.catalogue import FamilySampler
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataKind
from dgm_studio.studio.files.exhibits import Exhibit, exhibits
from dgm_studio.studio.session.workspace import workspace_of

from .job import result


def list_catalogue(what: str, as_json: bool) -> None:
    if what == "recipes":
        recipes = catalogue.recipes().values()
        rows = [_recipe_row(each) for each in recipes]
        lines = [f"{each.name:22} {each.title}: {each.help}" for each in recipes]
    elif what == "gallery":
        rows = [_exhibit_row(each) for each in exhibits()]
        lines = [f"{each.name:26} {each.title}: {each.tip}" for each in exhibits()]
    elif what == "samplers":
        offered = catalogue.samplers()
        rows, lines = [_sampler_row(each) for each in offered], [_sampler_line(each) for each in offered]
    else:
        entries = getattr(catalogue.describe(), what)
        rows = [_row(asdict(each)) for each in entries]
        lines = [f"{each.name:20} {each.title}: {each.help}" for each in entries]
    result({what: rows}, True, "") if as_json else result({}, False, "\n".join(lines))


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as it is written: data say their kind and workspace, families the kinds that they take."""
    if "kind" in entry:
        return {**entry, "workspace": workspace_of(entry["kind"])}
    if "accepts" in entry:
        kinds = [kind for kind, reason in entry["accepts"].items() if reason is None]
        return {**entry, "accepts": _by_workspace(entry["accepts"]), "kinds": kinds}
    return entry


def _by_workspace(accepts: Mapping[DataKind, str | None]) -> dict[str, str | None]:
    """Why a family cannot be used in a workspace; None where it takes any of the kinds of data that it shows."""
    found: dict[str, str | None] = {}
    for kind, reason in accepts.items():
        there = workspace_of(kind)
        found[there] = None if reason is None or found.get(there, reason) is None else found.get(there, reason)
    return found


def _recipe_row(recipe: NamedRecipe) -> dict[str, Any]:
    spec = recipe.spec
    return {
        "name": recipe.name,
        "title": recipe.title,
        "help": recipe.help,
        "look": recipe.look,
        "family": spec.family,
        "data": spec.data.model_dump(include={"name", "params"}),
        "source": None if spec.source is None else spec.source.model_dump(include={"name", "params"}),
        "config": spec.config,
        "training": spec.training,
        "sampling": spec.sampling.model_dump(include={"sampler", "knobs", "temperature"}),
        "steps": recipe.steps,
    }


def _exhibit_row(exhibit: Exhibit) -> dict[str, Any]:
    """All but its thumbnail, with the bytes of its file."""
    about = {f.name: getattr(exhibit, f.name) for f in fields(exhibit) if f.name not in ("path", "thumbnail")}
    return {**about, "bytes": exhibit.size}


def _sampler_row(offered: FamilySampler) -> dict[str, Any]:
    info = offered.info
    return {
        "family": offered.family,
        "workspace": workspace_of(offered.kind),
        "name": info.name,
        "title": info.title,
        "help": info.help,
        "condition": info.condition or None,
        "honesty": info.honesty or None,
        "schema": info.schema,
    }


def _sampler_line(offered: FamilySampler) -> str:
    info = offered.info
    where = f"{offered.family} ({workspace_of(offered.kind)})"
    use = f"fills a {info.condition}, {info.honesty}" if info.condition else "samples"
    return f"{where:26} {info.name:18} {use}: {info.help}"
