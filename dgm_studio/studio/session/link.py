"""Link: what the engine was last told of every slot, to know what a change asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from dgm_studio.protocol.messages import Data, Look, Samples
from dgm_studio.protocol.spec import RunSpec

from .state import RunState

FEW = 2
"""Runs that may be giving way at once, besides the newest."""


@dataclass
class Link:
    """``sent`` are the run specs asked for, ``looks`` what was said to be on screen, ``resume`` the slots whose run
    of the last start, or of the tray, is still to be read; ``stood`` are the run specs, as asked for, of the last runs that
    could be built. ``ids`` are those of the runs asked for, ``opening`` those of runs that are read from files, by name.
    """

    sent: dict[str, RunSpec] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    stood: dict[str, RunSpec] = field(default_factory=dict)
    resume: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    opening: dict[str, str] = field(default_factory=dict)
    drawn: dict[str, tuple[Samples | None, Data | None]] = field(default_factory=dict)
    """What runs that are giving way to others drew last, by id."""

    def leaves(self, run: RunState) -> None:
        """A run may be about to give way: keep what it drew until it has, for its thumbnail."""
        self.drawn = {**dict(list(self.drawn.items())[-FEW:]), run.id: (run.samples, run.data)}

    def forget(self, slot: str) -> None:
        """A slot is there no more."""
        for table in (self.sent, self.looks, self.stood, self.ids):
            table.pop(slot, None)
        self.resume.discard(slot)
