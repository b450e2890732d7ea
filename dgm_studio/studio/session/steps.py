"""Steps of undo in words: what the change between two sessions was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dgm_studio.protocol.spec import WORKSPACES, RunSpec

from .session import Session

_MODEL = {"config": "schema", "training": "training_schema"}


def step_said(before: Session, after: Session, catalogue: Mapping[str, Any] | None) -> str:
    """What was done to get from one session to the next, such as "choose GAN"; empty where nothing worth a word was."""
    for workspace in WORKSPACES:
        old, new = before.spec(workspace), after.spec(workspace)
        if old != new:
            return next(_changes(old, new, catalogue or {}))
        if before.run_id(workspace) != after.run_id(workspace):
            return "begin again or branch"
    return ""


def _changes(old: RunSpec, new: RunSpec, catalogue: Mapping[str, Any]) -> Iterator[str]:
    """The most telling change first."""
    if old.family != new.family:
        yield f"choose {_title(catalogue, 'families', new.family)}"
    if (old.data.name, old.data.path) != (new.data.name, new.data.path):
        named = new.data.label if new.data.path else _title(catalogue, "data", new.data.name)
        yield f"choose {named}"
    if old.data != new.data:
        yield "change the data"
    if old.conditional != new.conditional:
        yield "use classes" if new.conditional else "use no classes"
    if old.seed != new.seed:
        yield f"seed {new.seed}"
    for part, schema in _MODEL.items():
        yield from _differing(getattr(old, part), getattr(new, part), _words(catalogue, new.family, schema))
    yield from _differing(old.sampling.knobs, new.sampling.knobs, _plain)
    yield from _differing(old.sampling.model_dump(), new.sampling.model_dump(), _plain)
    yield "change the device" if old.device != new.device else "change a setting"


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], words: Callable[[str], str]) -> Iterator[str]:
    for name in {**new, **old}:
        if name != "knobs" and old.get(name) != new.get(name):
            yield f"change {words(name)}"


def _plain(name: str) -> str:
    return {"seed": "noise", "label": "class", "count": "number of samples", "seed_locked": "noise"}.get(
        name, name.replace("_", " ")
    )


def _title(catalogue: Mapping[str, Any], kind: str, name: str) -> str:
    return next((str(e["title"]) for e in catalogue.get(kind, ()) if e["name"] == name), name)


def _words(catalogue: Mapping[str, Any], family: str, schema: str) -> Callable[[str], str]:
    entry: Mapping[str, Any] = next((f for f in catalogue.get("families", ()) if f["name"] == family), {})
    fields = entry.get(schema, {}).get("properties", {})
    return lambda name: str(fields.get(name, {}).get("title") or _plain(name)).lower()
