"""Parking: trained runs that gave way to others, each kept in a file of its own, the last of them also as they were.

A run that knows its place (`Run.place`) is written there when another takes over or it is closed, so that no choice costs what
was learned. Of the last few the history of snapshots stays in memory, and the whole run where its data would have to be read
from a file or folder again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dgm_studio.language import tr

from ..errors import UserError
from . import store
from .recorder import Recorder
from .run import Run

AT_HAND = 3
"""Runs of which something is kept in memory beside their files."""


class Parking:
    """Of one engine."""

    def __init__(self, at_hand: int = AT_HAND) -> None:
        self._at_hand = at_hand
        self._runs: dict[Path, Run] = {}
        self._recorders: dict[Path, Recorder] = {}
        self._unwritten: set[Path] = set()

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs.values())

    @property
    def recorders(self) -> Iterable[Recorder]:
        """Of all runs of which the history is at hand."""
        return self._recorders.values()

    def holds(self, place: Path) -> bool:
        """Whether there is a run for a place, at hand or in its file."""
        return place in self._runs or place.is_file()

    def put(self, run: Run) -> None:
        """Keep a run that was trained. Raises OSError and UserError where it cannot be written: it then stays in memory until
        it can be, however many do.
        """
        place = run.place
        assert place is not None  # whoever parks has looked
        run.set_aside()
        self._runs.pop(place, None)
        self._recorders.pop(place, None)
        self._runs[place], self._recorders[place] = run, run.trainer.recorder
        self._unwritten.add(place)
        try:
            self._write(place)
            for other in tuple(self._unwritten):
                with suppress(OSError, UserError):  # that was said when it was put here
                    self._write(other)
        finally:
            self._let_go()

    def take(self, place: Path, name: str) -> Run | None:
        """The run that is at hand for a place, under its new name; None where it is to be read from its file."""
        run = self._runs.pop(place, None)
        if run is not None:
            self._unwritten.discard(place)
            self._recorders.pop(place, None)
            run.name = name
        return run

    def history(self, place: Path) -> Recorder | None:
        """The history of a run that is read from its file, if it is at hand. To be asked for once."""
        return self._recorders.pop(place, None)

    def _let_go(self) -> None:
        """Keep of the oldest nothing but their files, and of others whose data are made again no more than their history."""
        written = [p for p in self._recorders if p not in self._unwritten]
        for old in written[: -self._at_hand]:
            del self._recorders[old]
        for place in written:
            run = self._runs.get(place)
            if run is not None and (place not in self._recorders or run.asked.data.path is None):
                del self._runs[place]

    def _write(self, place: Path) -> None:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            store.write(self._runs[place], place, {})
        except FileExistsError as error:
            raise UserError(tr("{parent} is not a folder.", parent=place.parent)) from error
        self._unwritten.discard(place)
