"""What a lesson sets, as a run: names of controls and values go in, a run spec comes out.

What is no matter of the run, such as a layer of the plane, is left to the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from dgm_studio.protocol.messages.info import RunInfo
from dgm_studio.protocol.spec import DataChoice, RunSpec


class BadSetting(ValueError):
    """A value that a run does not take; the message names the control."""


def with_settings(
    spec: RunSpec, settings: Iterable[tuple[str, object]], info: RunInfo | None = None
) -> tuple[RunSpec, dict[str, object]]:
    """The run with what is set, one after the other, and what is left for the window; ``info`` of the run knows its classes.

    Raises BadSetting.
    """
    left: dict[str, object] = {}
    for name, value in settings:
        try:
            changed = _set(spec, name, value, info)
        except ValidationError as error:
            raise BadSetting(f"{name} does not take {value!r}: {error.errors()[0]['msg'].lower()}") from None
        if changed is None:
            left[name] = value
        else:
            spec = changed
    return spec, left


def _set(spec: RunSpec, name: str, value: Any, info: RunInfo | None) -> RunSpec | None:
    """The run with one thing set; None for what is not the run's."""
    group, _, rest = name.partition(".")
    first, _, second = rest.partition(".")
    if group == "run" and rest == "seed":
        return spec.with_(seed=value)
    if group == "data":
        return _with_data(spec, first, second, value)
    if group == "model" and first == "family":
        fresh: Mapping[str, Any] = {"sampler": None, "knobs": {}}
        return spec.with_(family=second, config={}, training={}).with_sampling(**fresh)
    if group == "model":
        return spec.with_(config={} if rest == "reset" else {**spec.config, rest: value})
    if group == "training":
        return spec.with_(device=value) if rest == "device" else spec.with_(training={**spec.training, rest: value})
    return _with_sampling(spec, first, second, value, info) if group == "sampling" else None


def _with_data(spec: RunSpec, first: str, second: str, value: Any) -> RunSpec:
    if first == "set":
        return spec.with_(data=DataChoice(name=second))
    if first == "source":
        if second == "set":
            return spec.with_(source=None if value in ("", "noise", None) else DataChoice(name=value))
        source = spec.source or DataChoice()
        return spec.with_(source=source.model_copy(update={"params": {**source.params, second: value}}))
    if first == "classes":
        return spec.with_(conditional=bool(value))
    if first == "clusters":
        return spec.with_(
            data={**spec.data.model_dump(), "clusters": value}, conditional=bool(value) or spec.conditional
        )
    return spec.with_(data={**spec.data.model_dump(), "params": {**spec.data.params, first: value}})


def _with_sampling(spec: RunSpec, first: str, second: str, value: Any, info: RunInfo | None) -> RunSpec | None:
    if first == "sampler":
        return spec.with_sampling(sampler=value, knobs={})
    if first == "class":
        return spec.with_sampling(label=_class(value, info))
    if first == "given":
        given = dict(spec.sampling.label) if isinstance(spec.sampling.label, tuple) else {}
        return spec.with_sampling(label=tuple(sorted({**given, second: value}.items())))
    if first == "count":
        return spec.with_sampling(count=value)
    if first in ("temperature", "seed"):
        return spec.with_sampling(**{first: value})
    if first in ("new_seed", "hold_seed"):
        return None
    return spec.with_sampling(knobs={**spec.sampling.knobs, first: value})


def _class(value: Any, info: RunInfo | None) -> int | None:
    """The number of a class, which is given as that, by its name, or as ``all``."""
    if value in ("all", -1, None):
        return None
    if info is not None and str(value) in info.classes:
        return info.classes.index(str(value))
    if isinstance(value, int):
        return value
    names = ", ".join(info.classes) if info is not None else "none"
    raise BadSetting(f"there is no class {value!r}; there is {names}")
