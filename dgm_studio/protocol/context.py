"""What a sample may be given, beyond a class: named slots, each a number in a range or one of some values.

A run on data with a context learns p(x | c) for every subset of its slots: what is not given is free. Here are the names and
the words; `contract/context.py` makes tensors of them.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from dgm_studio.language import tr

ContextValues = tuple[tuple[str, float | str], ...]
"""What is given: pairs of a slot's name and a number in its range or one of its values; a slot that is not named is free."""
Label = int | ContextValues | None
"""What samples are asked for by: a class number, values of a context, or nothing."""


@dataclass(frozen=True)
class ContextSlot:
    """One thing that may be given: a number from ``low`` to ``high``, or one of ``values`` where there are any.

    Of a ``periodic`` one both ends are the same, as of an angle. ``unit`` stands behind its numbers. Where ``embedding`` names
    a table, its values are sentences, and a network is told their embedding.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    values: tuple[str, ...] = ()
    unit: str = ""
    periodic: bool = False
    help: str = ""
    embedding: str = ""

    def __post_init__(self) -> None:
        if not self.values and not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"slot {self.name} has the range from {self.low} to {self.high}; the first must be less")


def parsed(text: str, slots: Sequence[ContextSlot]) -> ContextValues:
    """``NAME=VALUE,NAME=VALUE`` as values of a context, or a sentence where a slot takes one. Raises ValueError with a sentence
    that names what does not fit.
    """
    sentence = next((slot for slot in slots if slot.embedding), None)
    if sentence is not None and "=" not in text:
        return checked(((sentence.name, text),), slots) if text.strip() else ()
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not name or not value:
            raise ValueError(f"What is given is written NAME=VALUE,NAME=VALUE, not {part!r}. {there_are(slots)}")
        pairs.append((name, value))
    return checked(tuple(pairs), slots)


def checked(given: Sequence[tuple[str, float | str]], slots: Sequence[ContextSlot]) -> ContextValues:
    """Values that the slots know, in their order. Raises ValueError with a sentence that names what does not fit."""
    by_name = {slot.name: slot for slot in slots}
    found: dict[str, float | str] = {}
    for name, value in given:
        if name not in by_name:
            raise ValueError(f"There is no {name!r} to be given.{suggestion(name, list(by_name))} {there_are(slots)}")
        if name in found:
            raise ValueError(f"{name} is given twice. Give it once.")
        found[name] = _value(by_name[name], value)
    return tuple((slot.name, found[slot.name]) for slot in slots if slot.name in found)


def _value(slot: ContextSlot, value: float | str) -> float | str:
    if slot.values:
        value = " ".join(str(value).lower().split()) if slot.embedding else str(value)
        if value in slot.values:
            return value
        if slot.embedding:
            raise ValueError(_not_said(slot, value))
        raise ValueError(
            f"{slot.name} is never {value!r}.{suggestion(value, slot.values)} It is {_listed(slot.values)}."
        )
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not slot.low <= number <= slot.high:
        raise ValueError(f"{slot.name} is a number {_range(slot)}, not {value}.")
    return number


def _not_said(slot: ContextSlot, sentence: str) -> str:
    """Why a sentence is none that the slot knows."""
    words = sorted({word for known in slot.values for word in known.split()})
    for word in sentence.split():
        if word not in words:
            return tr(
                "There is no word {word!r} in this language.{suggestion} Its words are {names}.",
                word=word,
                suggestion=suggestion(word, words),
                names=", ".join(words),
            )
    return tr(
        "{sentence!r} is no sentence of this language.{suggestion}",
        sentence=sentence,
        suggestion=suggestion(sentence, slot.values),
    )


def suggestion(word: str, known: Sequence[str]) -> str:
    """ " Did you mean ...?" for the known word that is nearest; empty where none is near."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return tr(" Did you mean {close!r}?", close=close[0]) if close else ""


def there_are(slots: Sequence[ContextSlot]) -> str:
    """A sentence on what can be given."""
    said = [f"{s.name} ({_listed(s.values)})" if s.values else f"{s.name} ({_range(s)})" for s in slots]
    return tr("There is {names}.", names="; ".join(said))


def written(given: ContextValues) -> str:
    """``NAME=VALUE,NAME=VALUE``, as `parsed` reads it."""
    return ",".join(f"{name}={value if isinstance(value, str) else format(value, 'g')}" for name, value in given)


_MOST_LISTED = 12


def _listed(values: Sequence[str]) -> str:
    more = len(values) - _MOST_LISTED
    return ", ".join(values[:_MOST_LISTED]) + (tr(" and {more} more", more=more) if more > 0 else "")


def _range(slot: ContextSlot) -> str:
    return tr("from {low:g} to {high:g}{word}", low=slot.low, high=slot.high, word=f" {slot.unit}" if slot.unit else "")
