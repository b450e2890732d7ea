"""Controls by name: what a person can set, press or work on, as a lesson, a test or a script addresses it.

``studio.controls["sampling.steps"]`` tells its value, its range, whether it is on screen and can be used, and sets it as a
person would. Views offer their controls when they are made; what draws one is nobody's business here. Nothing is held: a
control is there for as long as its view is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dgm_studio.language import tr


class Control(ABC):
    """One thing that can be set or pressed. ``title`` and ``help`` are what a screen reader says of it."""

    @property
    @abstractmethod
    def title(self) -> str: ...

    @property
    @abstractmethod
    def help(self) -> str: ...

    @property
    def value(self) -> Any:
        """What it is set to; None of one that holds no value, such as a button that is pressed."""
        return None

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and the highest value of a number."""
        return None

    @property
    def options(self) -> Mapping[Any, str] | None:
        """The values of a choice, and what each is called."""
        return None

    @property
    @abstractmethod
    def visible(self) -> bool:
        """Whether it is on screen."""

    @property
    @abstractmethod
    def enabled(self) -> bool:
        """Whether it can be used now."""

    def set(self, value: Any = True) -> None:
        """Set it as a person does, with all that follows from it; without a value it is pressed or switched on.

        Raises ValueError where it cannot be used now, or where it does not take the value.
        """
        if not self.enabled:
            raise ValueError(tr("{title!r} cannot be used now", title=self.title))
        if self.range is not None and not self.range[0] <= value <= self.range[1]:
            raise ValueError(
                tr(
                    "{title!r} takes {number} to {number_2}, not {value!r}",
                    title=self.title,
                    number=_number(self.range[0]),
                    number_2=_number(self.range[1]),
                    value=value,
                )
            )
        if self.options is not None and value not in self.options:
            raise ValueError(
                tr(
                    "{title!r} is one of {names}, not {value!r}",
                    title=self.title,
                    names=", ".join(map(_said, self.options)),
                    value=value,
                )
            )
        self._set(value)

    @abstractmethod
    def _set(self, value: Any) -> None:
        """Set it to a value that it takes."""

    def describe(self) -> str:
        """Title, value, range and help as one line to be read out."""
        words, options = self.title, self.options or {}
        if self.value is not None:
            words += f": {options.get(self.value) or _said(self.value)}"
        if self.range is not None:
            words += tr(", from {number} to {number_2}", number=_number(self.range[0]), number_2=_number(self.range[1]))
        if options:
            words += tr(", of {names}", names=", ".join(options.values()))
        if not self.enabled:
            words += tr(", cannot be used now")
        return f"{words.rstrip('.')}. {self.help}".strip()


Offer = Callable[[], Mapping[str, Control] | None]
"""The controls of a view by name; None once it is gone."""


class Controls(Mapping[str, Control]):
    """All controls that are there, of every view that has joined, by name."""

    def __init__(self) -> None:
        self._offers: list[Offer] = []

    def join(self, offer: Offer) -> None:
        """Ask ``offer`` for controls from now on, until it has none to give for good."""
        self._offers.append(offer)

    def offered(self) -> list[tuple[str, Control]]:
        """Every control with its name; those of views that are gone leave."""
        given = [(offer, offer()) for offer in self._offers]
        self._offers = [offer for offer, controls in given if controls is not None]
        return [pair for _, controls in given for pair in (controls or {}).items()]

    def __getitem__(self, name: str) -> Control:
        """Raises KeyError with the nearest names."""
        found = dict(self.offered())
        if name not in found:
            import difflib

            near = difflib.get_close_matches(name, found, cutoff=0.4)
            raise KeyError(f"there is no control {name!r} now" + (f"; there is {', '.join(near)}" if near else ""))
        return found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.offered()))

    def __len__(self) -> int:
        return len(dict(self.offered()))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:.4g}" if value != round(value) else f"{value:,.0f}"
