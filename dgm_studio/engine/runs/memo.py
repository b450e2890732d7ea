"""A memo: what was found of a model and may be asked for again, by what it is and what it was found of.

REFERENCE = Note[Tensor]("log-densities of held-out examples")
memo.keep(REFERENCE, values, of=stamp)
memo.find(REFERENCE, of=stamp)      # the values, or None: typed, and of no other stamp
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Note(Generic[T]):
    """What can be noted in a memo: ``about`` says it in words, and of the ``most`` last things it is kept."""

    about: str
    most: int = 1


class Memo:
    """Of one model and those of its earlier steps that were shown."""

    def __init__(self) -> None:
        self._kept: dict[Note[Any], dict[Hashable, Any]] = {}

    def find(self, note: Note[T], of: Hashable = None) -> T | None:
        """What was noted last, None where nothing was noted ``of`` that."""
        found: T | None = self._kept.get(note, {}).get(of)
        return found

    def keep(self, note: Note[T], value: T, of: Hashable = None) -> T:
        """Note a value, and forget the oldest of its kind when there are too many; returns it."""
        those = self._kept.setdefault(note, {})
        those.pop(of, None)
        those[of] = value
        while len(those) > note.most:
            del those[next(iter(those))]
        return value

    def drop(self, note: Note[Any]) -> None:
        self._kept.pop(note, None)

    def clear(self) -> None:
        self._kept.clear()
