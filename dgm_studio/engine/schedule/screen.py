"""The screen as the engine sees it: what is looked at of every run, and the jobs that bring it up to date.

A finished picture stays until the next is finished. One begun because the model learns is always finished, so that it is at
most one drawing old; one that a person asked for shows how it comes about, and is begun anew when a slider moves on, but not
for ever: after `PATIENCE` it is finished.
"""

from __future__ import annotations

import time
from functools import partial

from dgm_studio.protocol import messages as m

from ..jobs import measuring
from ..jobs import showing as jobs
from ..runs.run import Run
from .agenda import Agenda, Task
from .rehearsal import Rehearsal
from .watching import OnScreen, wanted

MEASURE_EVERY = 3.0
FIRST_MEASURE = 0.4
"""Seconds of training after which the first, small round of measures is waited for like what a person asked."""
PATIENCE = 0.3
"""Seconds for which a picture may be begun anew before it was finished; then it is, however fast a slider moves."""


class Screen:
    """``live`` also asks for measures that nobody asked for while a run is looked at."""

    def __init__(self, agenda: Agenda, emit: jobs.Emit, rehearsal: Rehearsal, *, live: bool) -> None:
        self._agenda, self._rehearsal = agenda, rehearsal
        self._emit = emit
        self._live = live
        self._looks: dict[str, m.Look] = {}
        self._shown: dict[str, OnScreen] = {}

    def look(self, look: m.Look) -> None:
        self._looks[look.run] = look

    def in_front(self, run: str) -> bool:
        """Whether somebody is before a run, so that what is asked of it is waited for; so it is until another was said."""
        look = self._looks.get(run)
        return look is None or look.front

    def look_away(self, run: str) -> None:
        """Nothing more is shown of a run until somebody looks again."""
        self._looks.pop(run, None)

    def blank(self, run: str) -> None:
        """Whatever was shown of a run is out of date."""
        self._shown[run] = OnScreen()

    def forget(self, run: str) -> None:
        self._looks.pop(run, None)
        self._shown.pop(run, None)

    def unfinished(self, job: Task) -> None:
        """A job was ended: its picture will be begun anew."""
        if job.run in self._shown:
            self._shown[job.run].stamps.pop(job.kind, None)

    def plan(self, run: Run, *, training: int) -> None:
        """Begin jobs for what is on screen and out of date. Where runs are in ``training``, none waits for
        the density of one that rests; where several are, none for points of another that are merely late.
        """
        now, name = time.perf_counter(), run.name
        look = self._looks.get(name)
        if look is None or not look.layers or self._agenda.find(name, "open"):
            return
        shown = self._shown.setdefault(name, OnScreen())
        for job in wanted(run, look, shown, self._rehearsal.emit):
            if self._rehearsal.show(run, job, shown):
                self._agenda.stop(name, {job.kind})
                shown.stamps[job.kind], shown.at[job.kind] = job.stamp, now
                continue
            under_way = self._agenda.find(name, job.kind)
            if under_way is not None and not job.restart:
                under_way.late |= job.late and training < 2  # it goes on, but comes first by now
                continue
            if under_way is None or not under_way.urgent:  # one at the governor's pace gives way to what is waited for
                shown.since[job.kind] = now
            elif now - shown.since[job.kind] > PATIENCE:
                continue
            shown.stamps[job.kind], shown.at[job.kind] = job.stamp, now
            resting = job.kind == "density" and training > 0 and run.trainer.phase != "training"
            late = job.late and (training < 2 or not shown.drawn_at)
            urgent = job.urgent and not resting
            make = self._rehearsal.noted(run, job, shown)
            self._agenda.start(Task.made(name, job.kind, make, urgent=urgent, late=late, yields=job.yields))
        if self._live:
            self._plan_measure(run, shown, now)

    def _plan_measure(self, run: Run, shown: OnScreen, now: float) -> None:
        # at rest a round is finer, also where the last one was begun at the very step at which training paused
        stamp = (*run.shown.stamp, run.asked.sampling, run.trainer.phase == "training")
        if run.shown.step == 0 or self._agenda.find(run.name, "measure") or shown.stamps.get("measure") == stamp:
            return
        if run.trainer.phase == "training" and now - shown.at.get("measure", 0.0) < MEASURE_EVERY:
            return
        first = run.trainer.phase == "training" and not run.trainer.recorder.measures
        if first and run.trainer.seconds < FIRST_MEASURE:
            return
        shown.stamps["measure"], shown.at["measure"] = stamp, now
        make = partial(measuring.measure, run, self._emit)
        self._agenda.start(Task.made(run.name, "measure", make, urgent=first, yields=True))
