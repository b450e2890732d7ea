"""Parking: trained runs that gave way to others, each kept in a file of its own, the last of them also as they were.

A run that knows its place (`Run.place`) is written there when another takes over or it is closed, so that no choice costs what
was learned. The last few stay in memory besides, with their history of snapshots, and come back at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import UserError
from . import store
from .run import Run

AT_HAND = 3
"""Runs kept in memory beside their files."""


class Parking:
    """Of one engine."""

    def __init__(self, at_hand: int = AT_HAND) -> None:
        self._at_hand = at_hand
        self._runs: dict[Path, Run] = {}
        self._unwritten: set[Path] = set()

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs.values())

    def holds(self, place: Path) -> bool:
        """Whether there is a run for a place, at hand or in its file."""
        return place in self._runs or place.is_file()

    def put(self, run: Run) -> None:
        """Keep a run that was trained. Raises OSError and Refused where it cannot be written: it then stays in memory until it
        can be, however many do.
        """
        place = run.place
        assert place is not None  # whoever parks has looked
        run.set_aside()
        self._runs.pop(place, None)
        self._runs[place] = run
        self._unwritten.add(place)
        try:
            self._write(place)
            for other in tuple(self._unwritten):
                with suppress(OSError, UserError):  # that was said when it was put here
                    self._write(other)
        finally:
            written = [p for p in self._runs if p not in self._unwritten]
            for old in written[: -self._at_hand]:
                del self._runs[old]

    def take(self, place: Path, name: str) -> Run | None:
        """The run that is at hand for a place, under its new name; None where there is only the file."""
        run = self._runs.pop(place, None)
        if run is not None:
            self._unwritten.discard(place)
            run.name = name
        return run

    def _write(self, place: Path) -> None:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            store.write(self._runs[place], place, {})
        except FileExistsError as error:
            raise UserError(f"{place.parent} is not a folder.") from error
        self._unwritten.discard(place)
