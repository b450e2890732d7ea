"""Steps of undo in words: what the change between two sessions was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import Catalogue, Schema
from dgm_studio.protocol.spec import DataChoice, RunSpec

from .session import KEPT, Session


def step_said(before: Session, after: Session, catalogue: Catalogue) -> str:
    """What was done to get from one session to the next, such as "choose GAN"; empty where nothing worth a word was."""
    for slot in before.slots.keys() - after.slots.keys():
        return tr("remove {family_title}", family_title=catalogue.family_title(before.spec(slot).family))
    for slot in after.slots.keys() - before.slots.keys():
        title = catalogue.family_title(after.spec(slot).family)
        return (
            tr("keep {title} for the shoot-out", title=title)
            if slot.startswith(KEPT)
            else tr("compare {title}", title=title)
        )
    for slot in before.slots:
        old, new = before.spec(slot), after.spec(slot)
        if old != new:
            return next(_changes(old, new, catalogue))
        if before.run_id(slot) != after.run_id(slot):
            return tr("begin again or branch")
    return ""


def _changes(old: RunSpec, new: RunSpec, catalogue: Catalogue) -> Iterator[str]:
    """The most telling change first."""
    if old.family != new.family:
        yield tr("choose {family_title}", family_title=catalogue.family_title(new.family))
    if _named(old.data) != _named(new.data):
        source = None if new.data.path else catalogue.source(new.data.name)
        yield tr("choose {word}", word=new.data.label if source is None else source.title)
    if old.data != new.data:
        yield tr("change the data")
    if _named(old.source) != _named(new.source):
        begin = None if new.source is None or new.source.path else catalogue.source(new.source.name)
        yield tr(
            "start from {word}",
            word="noise" if new.source is None else new.source.label if begin is None else begin.title,
        )
    if old.source != new.source:
        yield tr("change the source")
    if old.conditional != new.conditional:
        yield tr("use classes") if new.conditional else tr("use no classes")
    if old.seed != new.seed:
        yield tr("seed {seed}", seed=new.seed)
    family = catalogue.family(new.family)
    yield from _differing(old.config, new.config, _words(family.schema if family else {}))
    yield from _differing(old.training, new.training, _words(family.training_schema if family else {}))
    yield from _differing(old.sampling.knobs, new.sampling.knobs, _plain)
    if old.sampling.label != new.sampling.label and not isinstance(new.sampling.label or old.sampling.label, int):
        yield tr("change what is given")
    yield from _differing(old.sampling.model_dump(), new.sampling.model_dump(), _plain)
    yield tr("change the device") if old.device != new.device else tr("change a setting")


def _named(data: DataChoice | None) -> tuple[str, str | None] | None:
    """Which data a choice is of, whatever its settings."""
    return None if data is None else (data.name, data.path)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], words: Callable[[str], str]) -> Iterator[str]:
    for name in {**new, **old}:
        if name != "knobs" and old.get(name) != new.get(name):
            yield tr("change {words}", words=words(name))


def _plain(name: str) -> str:
    return {"seed": "noise", "label": "class", "count": tr("number of samples"), "seed_locked": "noise"}.get(
        name, name.replace("_", " ")
    )


def _words(schema: Schema) -> Callable[[str], str]:
    fields = schema.get("properties", {})
    return lambda name: str(fields.get(name, {}).get("title") or _plain(name)).lower()
