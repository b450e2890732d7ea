"""Shoot-out: the same picture and mask answered by any number of trained runs, side by side.

Contenders are kept beside the live run, as they were when they were kept, or read from files. Every answer is compared with
the original on what was generated, and scored by every contender that has a density: the likelihood of the whole picture.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dgm_studio.engine import messages as m

from .state import Array, Filled, Opened

if TYPE_CHECKING:
    from .studio import Studio

PREFIX = "kept-"


@dataclass
class Contender:
    """A run that takes part. ``log_density`` holds, by scoring run, the nats of each of its answers."""

    name: str
    title: str
    opened: Opened
    ticket: int = 0
    filled: Filled | None = None
    problem: str = ""
    distance: Array | None = None
    """Root mean square difference (n,) from the original where the mask generates, in shares of the grey range."""
    log_density: dict[str, Array] = field(default_factory=dict)


class ShootOut:
    """Topic ``shoot_out``: something of it changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._numbers = itertools.count(1)
        self._kept: dict[str, Contender] = {}
        self._titles: dict[str, str] = {}
        self._live: Contender | None = None
        self._original: Array | None = None
        self._mask: Array | None = None
        self._scoring: dict[int, str] = {}
        self._rows: list[tuple[str, int]] = []

    @property
    def contenders(self) -> list[Contender]:
        """The live run first, where it has taken part, then those that were kept."""
        return [*([self._live] if self._live else []), *self._kept.values()]

    # --- who takes part --------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep the run in front, as it is now, as a contender."""
        run = self._studio.run
        if run.opened is None:
            return
        name = f"{PREFIX}{next(self._numbers)}"
        self._titles[name] = self._title(run.opened, run.step)
        self._studio.backend.send(m.Keep(run.name, name))

    def keep_file(self, path: Path) -> None:
        """Read a contender from a ``.dgm`` file; a notice says what is wrong with it."""
        name = f"{PREFIX}{next(self._numbers)}"
        self._titles[name] = path.stem
        self._studio.backend.send(m.Load(name, path))

    def drop(self, name: str) -> None:
        if self._kept.pop(name, None) is not None:
            self._studio.backend.send(m.Close(name))
            self._tell()

    def _title(self, opened: Opened, step: int) -> str:
        families = (self._studio.catalogue or {}).get("families", ())
        family = next((f["title"] for f in families if f["name"] == opened.spec.family), opened.spec.family)
        return f"{family} · {step:,} steps"

    # --- asking ----------------------------------------------------------------------------------------------------

    def start(self, image: Array, mask: Array, count: int, seed: int, *, has_original: bool = True) -> None:
        """Ask every contender, and the live run, to fill the same hole; each by its most careful way."""
        studio = self._studio
        run = studio.run
        if run.opened is None:
            return
        self._live = Contender(run.name, f"{self._title(run.opened, run.step)}, live", run.opened)
        self._original = np.asarray(image) if has_original else None
        self._mask = np.asarray(mask)
        self._scoring, self._rows = {}, []
        for one in self.contenders:
            one.filled, one.problem, one.distance, one.log_density = None, "", None, {}
            way = one.opened.info.careful("mask")
            if one.opened.info.event != run.opened.info.event:
                one.problem = "knows pictures of another size"
                one.ticket = 0
            elif way is None:
                one.problem = "has no way to fill a mask"
                one.ticket = 0
            else:
                one.ticket = studio.ask.ticket()
                studio.backend.send(m.Fill(one.name, image, mask, count, seed, one.ticket, way.name, live=True))
        self._tell()

    def stop(self) -> None:
        for one in self.contenders:
            if one.ticket:
                self._studio.backend.send(m.Cancel(one.name, "fill"))

    # --- what the engine says --------------------------------------------------------------------------------------

    def receive(self, event: m.Event) -> bool:
        """Take in an event; True when it was about a contender and nobody else needs it."""
        if event.run.startswith(PREFIX) and isinstance(event, m.Opened):
            self._kept[event.run] = Contender(event.run, self._titles.get(event.run, event.run), event)
            self._tell()
            return True
        one = next((c for c in self.contenders if c.name == event.run), None)
        if isinstance(event, m.Filled) and one is not None and event.ticket == one.ticket:
            self._answered(one, event)
            return True
        if isinstance(event, m.Densities) and event.ticket in self._scoring:
            self._scored(self._scoring.pop(event.ticket), event.values)
            return True
        if isinstance(event, m.Failed) and one is not None and event.ticket and event.ticket == one.ticket:
            one.problem, one.ticket = event.message, 0
            self._score_when_done()
            self._tell()
            return True
        return event.run.startswith(PREFIX) and not isinstance(event, m.Failed)

    def _answered(self, one: Contender, event: Filled) -> None:
        one.filled = event
        if event.done:
            one.ticket = 0
            if event.stopped:
                one.problem = "stopped"
            else:
                one.distance = self._distance(event.x)
            self._score_when_done()
        self._tell()

    def _distance(self, x: Array) -> Array | None:
        if self._original is None or self._mask is None or not self._mask.any():
            return None
        gap = (x.astype(np.float64) - self._original.astype(np.float64)) / 255
        hole = np.broadcast_to(
            (self._mask > 0)[None, ..., None] if gap.ndim == 4 else (self._mask > 0)[None], gap.shape
        )
        found: Array = np.sqrt((gap**2 * hole).reshape(len(gap), -1).sum(1) / hole[0].sum())
        return found

    def _score_when_done(self) -> None:
        """Once every answer is there, each contender with a density scores all of them in one question."""
        if any(c.ticket for c in self.contenders):
            return
        answers = [c for c in self.contenders if c.filled is not None and c.filled.done and not c.problem]
        if not answers:
            return
        everything = np.concatenate([c.filled.x for c in answers if c.filled is not None])
        self._rows = [(c.name, len(c.filled.x)) for c in answers if c.filled is not None]
        for scorer in self.contenders:
            if scorer.opened.info.density not in (None, "lower bound") and not scorer.problem:
                ticket = self._studio.ask.ticket()
                self._scoring[ticket] = scorer.name
                self._studio.backend.send(m.Density(scorer.name, everything, ticket))

    def _scored(self, scorer: str, values: Array) -> None:
        begin = 0
        for name, count in self._rows:
            one = next((c for c in self.contenders if c.name == name), None)
            if one is not None:
                one.log_density[scorer] = values[begin : begin + count]
            begin += count
        self._tell()

    def _tell(self) -> None:
        self._studio.observers.tell("shoot_out", self)
