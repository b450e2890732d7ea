"""Rehearsal: what was opened once is opened again in an instant, with the first views of it.

While somebody rehearses, a run that is opened, of a file by its content or of a spec, is built once more beside it, and what
the screen shows of it while nothing has changed is kept. Whoever opens the same again is given that run and those views. Both
are bounded by bytes: the runs of what was opened longest ago go first, then its views.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from dgm_studio.contract import Work
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec

from ..jobs.showing import DRAWN
from ..runs.run import Run
from .agenda import Agenda, Task
from .watching import OnScreen, Wanted

MOST_BYTES = 256 << 20
"""Of all runs and views together."""
_COPIES = 4
"""Numbers for each weight of a run: itself, its average, and two of the optimiser."""
_MOST_VIEWS = 60
"""Of one thing that is opened."""
_LATER = {"measure", "thumbnails"}
"""Work that nobody waits for."""
Found = tuple[Run, dict[str, bytes]]
"""A run and what its file holds beside it."""


@dataclass(frozen=True)
class _View:
    """What a job of a kind told, and what was known of the screen then."""

    kind: str
    stamp: tuple[object, ...]
    events: tuple[m.Event, ...]
    points: int
    quick: bool
    point_seconds: float | None
    draw_seconds: float


@dataclass
class _Prepared:
    """Of one thing that is opened, whose model is as it was while ``stamp`` is what it was."""

    stamp: tuple[int, int] = (0, 0)
    ready: Found | None = None
    views: list[_View] = field(default_factory=list)

    def view(self, job: Wanted) -> _View | None:
        return next((each for each in self.views if (each.kind, each.stamp) == (job.kind, job.stamp)), None)

    def is_of(self, run: Run) -> bool:
        """Whether a run is still what was opened."""
        same = run.shown.stamp == self.stamp or not run.trainer.learns
        return same and run.trainer.phase != "training"

    @property
    def bytes(self) -> int:
        weights = 0 if self.ready is None else sum(p.nbytes for p in self.ready[0].trainer.model.parameters()) * _COPIES
        return weights + sum(_bytes(event) for view in self.views for event in view.events)


class Rehearsal:
    """Of one engine. ``on`` while what is opened is remembered; ``most`` is how many bytes may be held."""

    def __init__(self, emit: Callable[[m.Event], None], agenda: Agenda, most: int = MOST_BYTES) -> None:
        self._emit, self._agenda, self.most = emit, agenda, most
        self._kept: OrderedDict[str, _Prepared] = OrderedDict()
        self._asked: list[m.Rehearse] = []
        self._told: list[m.Event] | None = None
        self.on = False

    # --- what is asked ---------------------------------------------------------------------------------------------

    def ask(self, intent: m.Rehearse) -> None:
        """Remember what is opened from now on, or forget all of it; with a ticket, tell once the screen is up to date."""
        self.on = intent.on
        if not intent.on:
            for key in self._kept:
                self._agenda.stop(key)
            self._kept.clear()
            self._asked.clear()
        elif intent.ticket:
            self._asked.append(intent)

    def tell(self) -> None:
        """Tell who waits, where nothing is under way that somebody would see."""
        if self._asked and not self._agenda.kinds() - _LATER:
            for asked in self._asked:
                self._emit(m.Rehearsed("", 0, asked.ticket, self.bytes))
            self._asked.clear()

    @property
    def bytes(self) -> int:
        """What is held."""
        return sum(each.bytes for each in self._kept.values())

    # --- runs ------------------------------------------------------------------------------------------------------

    def key(self, what: Path | RunSpec) -> str:
        """By what a file or a spec is known; empty while nothing is remembered, and for a file that cannot be read."""
        if not self.on:
            return ""
        if isinstance(what, RunSpec):
            return f"spec {what.model_dump_json()}"
        try:
            return hashlib.sha256(what.read_bytes()).hexdigest()
        except OSError:
            return ""

    def take(self, key: str, name: str) -> Found | None:
        """The run that is ready for a key, under its new name; None where there is none."""
        found = self._kept[key].ready if key in self._kept else None
        if found is not None:
            self._kept[key].ready = None
            found[0].name = name
        return found

    def came(self, key: str, run: Run, again: Callable[[], Work[Found]]) -> None:
        """A run was opened: prepare another one for the next time."""
        if not key:
            return
        run.rehearsed_as = key
        kept = self._kept.setdefault(key, _Prepared(run.shown.stamp))
        self._kept.move_to_end(key)
        if kept.stamp != run.shown.stamp:
            kept.stamp = run.shown.stamp
            kept.views.clear()

        def keep(found: Found | None) -> None:
            if key in self._kept:
                self._kept[key].ready = found
                self._let_go()

        self._agenda.start(Task(key, "rehearse", False, _quietly(again), then=keep))

    def _let_go(self) -> None:
        """Keep within the bytes."""
        for drop in ("ready", "views"):
            for each in self._kept.values():
                if self.bytes <= self.most:
                    return
                if drop == "ready":
                    each.ready = None
                else:
                    each.views.clear()

    # --- views -----------------------------------------------------------------------------------------------------

    def emit(self, event: m.Event) -> None:
        """Tell what a job found, and note it."""
        if self._told is not None:
            self._told.append(event)
        self._emit(event)

    def show(self, run: Run, job: Wanted, shown: OnScreen) -> bool:
        """Tell what was found of the same at an earlier time; False where nothing was."""
        kept = self._kept.get(run.rehearsed_as)
        finer = shown.stamps.get(job.kind) == job.stamp  # it is on screen, and not fine enough
        view = kept.view(job) if kept is not None and kept.is_of(run) and not finer else None
        if view is None:
            return False
        shown.points, shown.quick, shown.finished = view.points, view.quick, shown.finished | {job.kind}
        shown.point_seconds, shown.draw_seconds = view.point_seconds, view.draw_seconds
        shown.densities += job.kind == "density"
        shown.draws += job.kind == "samples"
        for event in view.events:
            if isinstance(event, m.Samples) and run.event_spec.data_kind == "points":
                run.shown.memo.keep(DRAWN, event.x)
            self._emit(replace(event, run=run.name))
        return True

    def noted(self, run: Run, job: Wanted, shown: OnScreen) -> Callable[[], Work[None]]:
        """What makes the work of a job, noting what it tells where the run is remembered."""
        kept = self._kept.get(run.rehearsed_as)
        if kept is None or not kept.is_of(run):
            return job.make
        there = kept

        def work() -> Work[None]:
            events: list[m.Event] = []
            inner = job.make()
            while True:
                self._told = events
                try:
                    next(inner)
                except StopIteration:
                    break
                finally:
                    self._told = None
                yield
            whole = tuple(event for event in events if getattr(event, "done", True))
            if not there.is_of(run):
                return
            known = shown.points, shown.quick, shown.point_seconds, shown.draw_seconds
            earlier = [each for each in there.views if (each.kind, each.stamp) != (job.kind, job.stamp)]
            there.views = [*earlier[-_MOST_VIEWS:], _View(job.kind, job.stamp, whole, *known)]
            self._let_go()

        return work


def _quietly(make: Callable[[], Work[Found]]) -> Generator[None, None, Found | None]:
    """The same work; what goes wrong is said when somebody opens it."""
    try:
        return (yield from make())
    except Exception:  # any of what reading and building raise
        return None


def _bytes(event: m.Event) -> int:
    values = (getattr(event, each.name) for each in fields(event))
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))
