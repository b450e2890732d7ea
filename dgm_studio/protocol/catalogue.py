"""The catalogue: everything that can be chosen, in words and JSON schemas, as the engine found it in the folders.

The window builds its galleries, cards and forms from it, the command line its lists, the tests their cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dgm_studio.language import translate

from .recipes import NamedRecipe
from .spec import DataKind

Schema = Mapping[str, Any]
"""A JSON schema of settings, with references resolved."""


@dataclass(frozen=True)
class SourceInfo:
    """A data set. One ``from_file`` is reached by opening a file."""

    name: str
    title: str
    help: str
    kind: DataKind
    schema: Schema
    from_file: bool = False

    def __post_init__(self) -> None:
        translate(self, "title", "help")


@dataclass(frozen=True)
class FamilyInfo:
    """A family. ``accepts`` says for each kind of data why it cannot be trained on such, None where it can."""

    name: str
    title: str
    summary: str
    group: str
    help: str
    reference: str
    schema: Schema
    training_schema: Schema
    accepts: Mapping[DataKind, str | None]
    needs_classes: bool = False
    takes_context: bool = False
    takes_source: bool = False

    def __post_init__(self) -> None:
        translate(self, "title", "summary", "help")

    def settings_for(self, kind: DataKind) -> Schema:
        """The schema without settings that mean nothing for such data, as those say by their ``kind``."""
        fields = self.schema.get("properties", {})
        return {**self.schema, "properties": {k: v for k, v in fields.items() if v.get("kind", kind) == kind}}


@dataclass(frozen=True)
class MeasureInfo:
    """A measure; ``floor_help`` says what the best that can be reached is."""

    name: str
    title: str
    unit: str
    topic: str
    help: str
    reference: str
    floor_help: str
    lower_is_better: bool

    def __post_init__(self) -> None:
        translate(self, "title", "help", "floor_help")


@dataclass(frozen=True)
class DeviceInfo:
    """A device; ``memory`` in bytes where it is known."""

    name: str
    title: str
    memory: int | None

    def __post_init__(self) -> None:
        translate(self, "title")


@dataclass(frozen=True)
class Catalogue:
    """Everything, in the order in which it is shown."""

    data: tuple[SourceInfo, ...] = ()
    families: tuple[FamilyInfo, ...] = ()
    measures: tuple[MeasureInfo, ...] = ()
    devices: tuple[DeviceInfo, ...] = ()
    threads: int = 1
    recipes: tuple[NamedRecipe, ...] = ()

    def source(self, name: str) -> SourceInfo | None:
        return next((s for s in self.data if s.name == name), None)

    def family(self, name: str) -> FamilyInfo | None:
        return next((f for f in self.families if f.name == name), None)

    def family_title(self, name: str) -> str:
        """What to call a family, also one that is not here."""
        found = self.family(name)
        return name if found is None else found.title

    def measure(self, name: str) -> MeasureInfo | None:
        return next((m for m in self.measures if m.name == name), None)

    def recipe(self, name: str) -> NamedRecipe | None:
        return next((r for r in self.recipes if r.name == name), None)
