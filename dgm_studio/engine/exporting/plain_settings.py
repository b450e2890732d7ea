"""Settings without pydantic: values by name that nothing checks, because what is exported was checked.

In an exported file these take the place of those in `contract/settings.py`, and need nothing but Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class PlainSettings:
    """Values by name, the defaults of the class where none are given; not to be changed."""

    model_fields: Mapping[str, Any] = {}

    def __init_subclass__(cls) -> None:
        names = dict.fromkeys(name for part in reversed(cls.__mro__) for name in vars(part).get("__annotations__", ()))
        cls.model_fields = {name: getattr(cls, name) for name in names if name != "model_fields"}

    def __init__(self, **given: Any) -> None:
        unknown = sorted(set(given) - set(self.model_fields))
        if unknown:
            raise ValueError(
                f"there is no setting {', '.join(unknown)}; there is {', '.join(self.model_fields) or 'none'}"
            )
        self.__dict__.update({**self.model_fields, **given})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"settings do not change: make others with {name}={value!r}")

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.__dict__.items())

    def model_copy(self, update: Mapping[str, Any]) -> Any:
        """The same settings with some others."""
        return type(self)(**{**self.__dict__, **update})


def knob(default: Any, *bounds: float | None, **words: Any) -> Any:
    """The value that a setting has unless another is given."""
    return default


def create_model(
    name: str, /, *, __base__: type | tuple[type, ...] = PlainSettings, __doc__: str | None = None, **fields: Any
) -> Any:
    """A class of settings from ``name=(type, default)``."""
    bases = __base__ if isinstance(__base__, tuple) else (__base__,)
    defaults = {key: default for key, (_, default) in fields.items()}
    return type(name, bases, {**defaults, "__doc__": __doc__, "__annotations__": dict.fromkeys(defaults, "Any")})


def extend(knobs: Any, *more: Any, **defaults: Any) -> Any:
    """The same settings with other ``defaults``, and beside them those of ``more``."""
    new = tuple(m for m in more if not issubclass(knobs, m))
    if not new and not defaults:
        return knobs
    return create_model(knobs.__name__, __base__=(*reversed(new), knobs), __doc__=knobs.__doc__,
                        **{name: (Any, value) for name, value in defaults.items()})  # fmt: skip


class PlainFamily:
    """A family of models: how one is built, and what people say of it."""

    def __init__(self, *, build: Any, Config: Any, title: str, **words: Any) -> None:
        self.build, self.Config, self.title, self.words = build, Config, title, words


class PlainTraining(PlainSettings):
    """What training was set to, which sampling does not ask for."""

    batch: int = 256
    learning_rate: float = 5e-3
