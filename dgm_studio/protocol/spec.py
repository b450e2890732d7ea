"""RunSpec: everything a run depends on, as one immutable value.

Equality decides whether anything must be redone, and `least_work` says how little suffices. Free of torch, so that the
window and the command line can hold and edit one before the engine is up.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .context import ContextValues

DataKind = Literal["points", "images", "strings", "sounds", "paths"]
"""Kinds of data, as far as a family, a view and a file of data care."""
KINDS: tuple[DataKind, ...] = ("points", "images", "strings", "sounds", "paths")
Pace = Literal["seconds", "steps", "examples"]
"""What training is counted in."""


def kind_of(event: Sequence[int], alphabet: Sequence[str] = ()) -> DataKind:
    """The kind of data whose examples have the shape ``event``: images (C, H, W), sounds (1, T), paths (L, 2) of L waypoints in
    the plane, points (d,); strings (L,) are of letters of an ``alphabet``."""
    if len(event) == 2:
        return "sounds" if event[0] == 1 else "paths"
    return "strings" if alphabet else "images" if len(event) == 3 else "points"


class Frozen(BaseModel):
    """Base of the values that travel in sessions: immutable, strict about keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


PICTURE = "picture"
"""The name of a choice whose path is one picture to learn from, not a density of the plane."""


class DataChoice(Frozen):
    """Which data: a name of the catalogue, or ``path`` of a file or folder; ``params`` differ from the defaults.

    ``clusters`` above 0 replaces the classes by so many k-means clusters.
    """

    name: str = "moons"
    path: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    clusters: int = Field(default=0, ge=0, le=100)

    @property
    def label(self) -> str:
        """What to call it on screen."""
        return self.name if self.path is None else self.path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


class Sampling(Frozen):
    """What a person holds while sampling. ``sampler`` None is the family's default; ``label`` None is no class, and values of
    a context leave free what they do not name.
    """

    sampler: str | None = None
    knobs: dict[str, Any] = Field(default_factory=dict)
    count: int = Field(default=1000, ge=1, le=20000)
    temperature: float = Field(default=1.0, ge=0.0, le=4.0)
    label: Annotated[int, Field(ge=0)] | ContextValues | None = None
    seed: int = Field(default=0, ge=0, lt=2**63)
    seed_locked: bool = True


class RunSpec(Frozen):
    """A run. ``source`` is other data that samples start from, None for noise. Empty ``config`` and ``training`` take the
    family's recipe for this data and device; ``conditional`` wishes to learn the context or the classes where there are any,
    and as resolved says whether they are learned.
    """

    data: DataChoice = Field(default_factory=DataChoice)
    source: DataChoice | None = None
    family: str = "flow-matching"
    config: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    conditional: bool = False
    sampling: Sampling = Field(default_factory=Sampling)
    seed: int = Field(default=0, ge=0, lt=2**63)
    device: str = "auto"

    def with_(self, **changes: Any) -> RunSpec:
        """A copy with fields replaced, validated. Raises pydantic.ValidationError."""
        return RunSpec.model_validate({**self.model_dump(), **{k: _plain(v) for k, v in changes.items()}})

    def with_sampling(self, **changes: Any) -> RunSpec:
        return self.with_(sampling={**self.sampling.model_dump(), **changes})


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else value


class Change(IntEnum):
    """What a change asks for, from least to most."""

    NOTHING = 0
    RESAMPLE = 1
    RETUNE = 2
    MOVE = 3
    REBUILD = 4


def least_work(old: RunSpec, new: RunSpec) -> Change:
    """The least work that makes a run of ``old`` one of ``new``."""
    if (old.data, old.source, old.family, old.config, old.conditional, old.seed) != (
        new.data, new.source, new.family, new.config, new.conditional, new.seed,
    ):  # fmt: skip
        return Change.REBUILD
    if old.device != new.device:
        return Change.MOVE
    if old.training != new.training:
        return Change.RETUNE
    return Change.RESAMPLE if old.sampling != new.sampling else Change.NOTHING
