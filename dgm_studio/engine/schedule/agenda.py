"""The agenda: jobs in progress, at most one of a kind per run, and which of them has the next slice.

What a person waits for comes first, in turns, so that a long answer (loading a folder) does not keep a short one (a
dragged latent) waiting; the first pictures and measures of a model, which nobody asked for, let it pass. Background work
follows, in turns by the governor's weights, within its share of the time while something trains.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from .governor import Governor

LONGEST_FIRST = 1.0
"""Seconds of work after which a first picture or measure, which nobody asked for, goes on at the pace of background work."""


@dataclass
class Task:
    """A generator in progress. ``kind`` is what it is booked and replaced under; ``then`` receives its result.

    ``again`` makes the same work anew; it is asked once, after memory ran out.
    """

    run: str
    kind: str
    urgent: bool
    work: Generator[None, None, Any]
    ticket: int = 0
    then: Callable[[Any], None] | None = None
    again: Callable[[], Generator[None, None, Any]] | None = None
    late: bool = False
    """Whether it has the next slice although nobody asked: what it takes is booked as any background work's."""
    yields: bool = False
    """Whether what a person asked for goes before it, urgent as it is, and training once it took `LONGEST_FIRST`."""
    spent: float = 0.0
    """Seconds of work that it has had."""
    served: int = 0
    """The number of the slice it had last; 0 before the first."""

    @property
    def for_screen(self) -> bool:
        """Whether it is for the screen; else somebody asked, or a run is being built."""
        return self.again is not None and not self.ticket

    @classmethod
    def made(
        cls,
        run: str,
        kind: str,
        make: Callable[[], Generator[None, None, Any]],
        *,
        urgent: bool,
        ticket: int = 0,
        late: bool = False,
        yields: bool = False,
    ) -> Task:
        """A job whose work can be made anew."""
        return cls(run, kind, urgent, make(), ticket, again=make, late=late, yields=yields)


class Agenda:
    """Jobs by run and kind."""

    def __init__(self, governor: Governor) -> None:
        self._governor = governor
        self._jobs: dict[tuple[str, str], Task] = {}
        self._slices = 0

    def start(self, job: Task) -> None:
        """Begin a job; an unfinished one of the same kind for the same run is dropped: latest wins."""
        self.stop(job.run, {job.kind})
        self._jobs[(job.run, job.kind)] = job

    def book(self, job: Task, seconds: float) -> None:
        """A slice of a job took so long: a first picture that is dear does not hold training up."""
        job.spent += seconds
        if job.yields and job.spent > LONGEST_FIRST:
            job.urgent = False

    def find(self, run: str, kind: str) -> Task | None:
        return self._jobs.get((run, kind))

    def kinds(self) -> set[str]:
        """Of all that is under way."""
        return {kind for _, kind in self._jobs}

    def drop(self, job: Task) -> None:
        """Forget a job that has ended."""
        if self._jobs.get((job.run, job.kind)) is job:
            del self._jobs[(job.run, job.kind)]

    def stop(self, run: str, kinds: set[str] | None = None) -> list[Task]:
        """End a run's jobs, all or those of some kinds, without their results; returns them."""
        ended = [j for j in self._jobs.values() if j.run == run and (kinds is None or j.kind in kinds)]
        for job in ended:
            del self._jobs[(job.run, job.kind)]
            job.work.close()
        return ended

    def wait_for(self, run: str, waited: bool) -> None:
        """What was asked of a run is waited for, or gives way as background work does."""
        for job in self._jobs.values():
            if job.run == run and job.ticket:
                job.urgent = waited

    def next(self, *, training: int) -> Task | None:
        """The job that has the next slice; None when training has it or nothing waits. Where several runs are in ``training``,
        the first pictures of one do not keep the others waiting: they have every other slice.
        """
        waiting = list(self._jobs.values())
        held = training > 1 and not self._governor.even
        chosen = [j for j in waiting if (j.urgent or j.late) and not (held and j.for_screen)]
        chosen = [j for j in chosen if j.urgent and not j.yields] or chosen
        if not chosen and waiting and (self._governor.allows or not training):
            kind = self._governor.choose(j.kind for j in waiting)
            chosen = [j for j in waiting if j.kind == kind]
        if not chosen:
            return None
        job = min(chosen, key=lambda j: j.served)
        self._slices += 1
        job.served = self._slices
        return job
