"""Notices: what the program has to tell, in order, with what to do about it. Nothing is ever only logged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Level = Literal["info", "warn", "bad"]


@dataclass(frozen=True)
class Notice:
    """One message. ``count`` says how often it came in a row; ``command`` names a command that acts on it."""

    number: int
    level: Level
    message: str
    advice: str = ""
    command: str = ""
    count: int = 1
    about: tuple[str, str] = ("", "")
    """Of a failure: the slot and what failed there; it goes with the next success of the same."""


class Notices:
    """The latest notices, newest last; equal ones in a row are counted, not repeated."""

    def __init__(self, keep: int = 100) -> None:
        self._keep = keep
        self._next = 1
        self.items: list[Notice] = []

    def add(
        self, level: Level, message: str, advice: str = "", command: str = "", about: tuple[str, str] = ("", "")
    ) -> Notice:
        last = self.items[-1] if self.items else None
        if last and (last.level, last.message, last.advice) == (level, message, advice):
            notice = Notice(last.number, level, message, advice, command, last.count + 1, about)
            self.items[-1] = notice
            return notice
        notice = Notice(self._next, level, message, advice, command, about=about)
        self._next += 1
        self.items.append(notice)
        del self.items[: -self._keep]
        return notice

    def dismiss(self, number: int) -> None:
        self.items = [n for n in self.items if n.number != number]

    def settle(self, slot: str, kinds: Collection[str] | None = None) -> bool:
        """Drop failures of these kinds (None: of all) in a slot, as the same has worked since; says whether any was."""
        before = len(self.items)
        self.items = [
            n for n in self.items if n.about[0] != slot or not n.about[1] or not (kinds is None or n.about[1] in kinds)
        ]
        return len(self.items) < before

    def answer(self, command: str) -> bool:
        """Drop notices that only offered a command that is being run; says whether any was."""
        before = len(self.items)
        self.items = [n for n in self.items if n.command != command]
        return len(self.items) < before
