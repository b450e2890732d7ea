"""Configs and knobs: typed, validated, self-describing; what recipes choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator


class Settings(BaseModel):
    """Base of every config and every set of knobs: immutable, validated, self-describing, refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _choices_from_text(cls, given: Any) -> Any:
        """Text, as a command line gives it, stands for the choice that is written so, as "3" stands for a number."""
        if not isinstance(given, dict):
            return given
        fields = cls.model_fields
        return {k: _choice(fields[k].annotation, v) if k in fields else v for k, v in given.items()}


def _choice(annotation: Any, value: Any) -> Any:
    if not isinstance(value, str) or get_origin(annotation) is not Literal:
        return value
    return next((choice for choice in get_args(annotation) if str(choice) == value), value)


def knob(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    *,
    help: str,
    title: str | None = None,
    scale: Literal["linear", "log"] = "linear",
    step: float | None = None,
    unit: str = "",
    advanced: bool = False,
    zero: str = "",
    kind: Literal["points", "images", "strings", "paths"] | None = None,
) -> Any:
    """A field of a `Settings` class that draws its own form row.

    ``help`` is one sentence on what the value does to the mathematics; ``step`` is the increment of the slider on a
    linear scale; ``advanced`` rows are folded away; ``zero`` is the word shown for 0 where that stands for something
    other than a quantity, such as "auto"; ``kind`` is that of the only data for which it means something, where it is not
    all. Bounds are inclusive and enforced.
    """
    extra: dict[str, Any] = {"scale": scale, "unit": unit, "advanced": advanced}
    if step is not None:
        extra["step"] = step
    if zero:
        extra["zero"] = zero
    if kind is not None:
        extra["kind"] = kind
    return Field(default, ge=low, le=high, title=title, description=help, json_schema_extra=extra)


K = TypeVar("K", bound=Settings)


def extend(knobs: type[K], *more: type[Settings], **defaults: Any) -> type[K]:
    """The same knobs with other ``defaults``, and beside them those of ``more``; equal arguments give the same class.

    What it makes is a subclass of each, so that each finds its own knobs in it.
    """
    new = tuple(m for m in more if not issubclass(knobs, m))
    return cast(type[K], _extended(knobs, new, tuple(defaults.items()))) if new or defaults else knobs


@cache
def _extended(
    knobs: type[Settings], more: tuple[type[Settings], ...], defaults: tuple[tuple[str, Any], ...]
) -> type[Settings]:
    known = knobs.model_fields
    fields: dict[str, Any] = {name: (Annotated[known[name].annotation, known[name]], value) for name, value in defaults}
    return create_model(knobs.__name__, __base__=(*reversed(more), knobs), __doc__=knobs.__doc__, **fields)


class Training(Settings):
    """What every trained family shares; recipes choose the values, a person may change them while it trains."""

    batch: int = knob(
        256, 8, 8192, scale="log", help="Examples per step; larger batches give a quieter gradient and slower steps."
    )
    learning_rate: float = knob(
        5e-3, 1e-6, 0.1, scale="log", help="Step size of the optimiser after warm-up, before its slow decay."
    )


@dataclass(frozen=True)
class Recipe:
    """Settings that give a good result fast on one kind of data and device."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """Differences from the config's defaults."""
    training: Training = field(default_factory=Training)
    steps: int = 2000
    """After this many steps the result is good."""
    sampler: str | None = None
    """Name of the sampler to show first; None takes the model's first."""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """Differences from that sampler's default knobs."""
