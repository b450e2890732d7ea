"""The scheduler: a cooperative engine that owns every run and does one slice of work at a time.

After each slice it looks at its intents, so stop, pause and "latest wins" need no locks and no flags inside algorithms.
Order: interactive jobs (a moved slider, a dragged latent, a mask) before live previews before measures before training;
while something trains, previews and measures are held to their share by the governor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from dgm_studio.contract import Loading

from . import catalogue, devices, jobs, measuring, store
from . import messages as m
from .gallery import thumbnails
from .governor import Governor
from .opening import Shelf, described, open_run
from .run import Diverged, Run
from .spec import RunSpec, Work, least_work
from .trouble import Refused, advise, is_out_of_memory
from .watching import Shown, wanted

SLICE = 0.008
"""Seconds of training between looks at the intents."""
PROGRESS_EVERY, CURVES_EVERY, MEASURE_EVERY = 0.25, 0.5, 3.0


@dataclass
class Job:
    """A generator in progress. ``kind`` is what it is booked and replaced under; ``then`` receives its result."""

    run: str
    kind: str
    urgent: bool
    work: Generator[None, None, Any]
    ticket: int = 0
    then: Callable[[Any], None] | None = None


@dataclass
class Told:
    """When and at which step a run's progress and curves were last told."""

    progress_at: float = 0.0
    step: int = -1
    rate: float = 0.0
    curves_at: float = 0.0
    curves: tuple[int, int, int] = (-1, 0, 0)


class Engine:
    """``emit`` receives every event. ``live`` also computes measures that nobody asked for while a run is looked at."""

    def __init__(self, emit: Callable[[m.Event], None], *, live: bool = True, share: float = 0.2) -> None:
        self._emit = emit
        self._live = live
        self._runs: dict[str, Run] = {}
        self._jobs: dict[tuple[str, str], Job] = {}
        self._looks: dict[str, m.Look] = {}
        self._shown: dict[str, Shown] = {}
        self._told: dict[str, Told] = {}
        self._shelf = Shelf()
        self._governor = Governor(share)
        self._threads = 1
        self._handlers: dict[type[m.Intent], Callable[[Any], None]] = {
            m.Open: self._open, m.Edit: self._edit, m.Train: self._train, m.Pause: self._pause, m.Reset: self._reset,
            m.Look: self._look, m.Rewind: self._rewind, m.Branch: self._branch, m.Decode: self._decode,
            m.Interpolate: self._interpolate, m.Fill: self._fill, m.Sample: self._sample, m.Density: self._density,
            m.Probe: self._probe, m.Measure: self._measure, m.Save: self._save, m.Load: self._load,
            m.Cancel: self._cancel, m.Close: self._close, m.Thumbnails: self._thumbnails,
        }  # fmt: skip

    def warm_up(self) -> None:
        """Pay now for what the first use would pay: the optimiser's imports, a thread probe, the catalogue."""
        torch.set_num_threads(1)
        weight = torch.zeros(4, requires_grad=True)
        weight.grad = torch.zeros(4)
        torch.optim.Adam([weight], fused=True).step()
        self._threads = devices.measure_threads()
        self._emit(m.Ready("", 0, catalogue.describe(self._threads)))

    # --- the loop --------------------------------------------------------------------------------------------------

    def handle(self, intent: m.Intent) -> None:
        """Take in one intent. What is wrong with it becomes a `Failed` event."""
        try:
            self._handlers[type(intent)](intent)
        except Exception as error:
            self._fail(intent.run, type(intent).__name__.lower(), error, getattr(intent, "ticket", 0))

    def turn(self) -> bool:
        """Do one slice of the most urgent work; False when there was none."""
        self._plan()
        job = self._pick()
        worked = True
        if job is not None:
            self._advance(job)
        else:
            worked = self._train_slice()
        for run in self._runs.values():
            self._tell(run, at_rest=not worked)
        return worked

    def _pick(self) -> Job | None:
        waiting = list(self._jobs.values())
        urgent = next((j for j in waiting if j.urgent), None)
        if urgent is not None or not waiting:
            return urgent
        if self._training() and not self._governor.allows:
            return None
        kind = self._governor.choose(j.kind for j in waiting)
        return next(j for j in waiting if j.kind == kind)

    def _advance(self, job: Job) -> None:
        begin = time.perf_counter()
        try:
            torch.set_num_threads(self._threads_for(self._runs.get(job.run)))
            with torch.no_grad():
                next(job.work)
        except StopIteration as stop:
            self._drop(job)
            if job.then is not None:
                try:
                    job.then(stop.value)
                except Exception as error:
                    self._fail(job.run, job.kind, error, job.ticket)
        except Exception as error:
            self._drop(job)
            self._fail(job.run, job.kind, error, job.ticket)
        self._governor.spend(job.kind, time.perf_counter() - begin, background=not job.urgent)

    def _start(self, job: Job) -> None:
        """Begin a job; an unfinished one of the same kind for the same run is dropped: latest wins."""
        self._stop_jobs(job.run, {job.kind})
        self._jobs[(job.run, job.kind)] = job

    def _drop(self, job: Job) -> None:
        if self._jobs.get((job.run, job.kind)) is job:
            del self._jobs[(job.run, job.kind)]

    def _stop_jobs(self, run: str, kinds: set[str] | None = None) -> None:
        for key, job in list(self._jobs.items()):
            if key[0] == run and (kinds is None or key[1] in kinds):
                del self._jobs[key]
                job.work.close()

    def _fail(self, run: str, kind: str, error: BaseException, ticket: int) -> None:
        message, advice = advise(error)
        step = self._runs[run].step if run in self._runs else 0
        self._emit(m.Failed(run, step, message, advice, kind, ticket))

    # --- training --------------------------------------------------------------------------------------------------

    def _training(self) -> list[Run]:
        return [r for r in self._runs.values() if r.phase == "training"]

    def _threads_for(self, run: Run | None) -> int:
        large = run is not None and run.device.type == "cpu" and run.size >= devices.LARGE_MODEL
        return self._threads if large else 1

    def _train_slice(self) -> bool:
        training = self._training()
        if not training:
            return False
        run = min(training, key=lambda r: r.seconds)
        begin = time.perf_counter()
        try:
            torch.set_num_threads(self._threads_for(run))
            run.train_for(SLICE)
        except Diverged as error:
            self._diverged(run, error)
        except Exception as error:
            self._training_failed(run, error)
        else:
            if run.spent:
                self._finish(run)
        self._governor.spend("train", time.perf_counter() - begin, background=False)
        return True

    def _finish(self, run: Run) -> None:
        run.phase = "finished" if run.announce else "paused"
        run.steps_left = run.seconds_left = None
        self._tell(run, force=True)
        if run.announce:
            self._emit(m.Finished(run.name, run.step, run.seconds))

    def _diverged(self, run: Run, error: Diverged) -> None:
        step = run.restore_good()
        run.phase = "failed"
        message = f"Training of {run.family.title} diverged: the loss is not a number since step {error.step:,}."
        advice = f"The weights of step {step:,} are restored. Lower the learning rate, then train on."
        self._emit(m.Failed(run.name, run.step, message, advice, "train"))
        self._tell(run, force=True)

    def _training_failed(self, run: Run, error: Exception) -> None:
        if is_out_of_memory(error) and run.halve_batch():
            batch = run.training.batch
            self._emit(
                m.Failed(
                    run.name,
                    run.step,
                    "There was not enough memory.",
                    f"Training goes on with a batch of {batch}.",
                    "memory",
                )
            )
            self._emit(m.Edited(run.name, run.step, run.spec, devices.title(run.device)))
            return
        run.phase = "failed"
        self._fail(run.name, "train", error, 0)
        self._tell(run, force=True)

    # --- what is on screen -----------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """Begin jobs for what is on screen and out of date."""
        now = time.perf_counter()
        for name, run in self._runs.items():
            look = self._looks.get(name)
            if look is None or not look.layers or (name, "open") in self._jobs:
                continue
            shown = self._shown.setdefault(name, Shown())
            for job in wanted(run, look, shown, self._emit):
                if (name, job.kind) in self._jobs and not job.restart:
                    continue
                shown.stamps[job.kind], shown.at[job.kind] = job.stamp, now
                self._start(Job(name, job.kind, job.urgent, job.make()))
            if self._live:
                self._plan_measure(name, run, shown, now)

    def _plan_measure(self, name: str, run: Run, shown: Shown, now: float) -> None:
        stamp = (run.version, run.shown_step, run.asked.sampling)
        if run.shown_step == 0 or (name, "measure") in self._jobs or shown.stamps.get("measure") == stamp:
            return
        if run.phase == "training" and now - shown.at.get("measure", 0.0) < MEASURE_EVERY:
            return
        shown.stamps["measure"], shown.at["measure"] = stamp, now
        self._start(Job(name, "measure", False, measuring.measure(run, self._emit)))

    def _tell(self, run: Run, *, force: bool = False, at_rest: bool = False) -> None:
        """Tell progress, curves and history when they changed: at a bounded rate, at once when nothing else is to do."""
        now = time.perf_counter()
        told = self._told.setdefault(run.name, Told())
        if force or (run.step != told.step and (at_rest or now - told.progress_at > PROGRESS_EVERY)):
            if run.phase == "training" and 0 <= told.step < run.step:
                told.rate = (run.step - told.step) / (now - told.progress_at)
            told.progress_at, told.step = now, run.step
            self._progress(run, rate=told.rate if run.phase == "training" else 0.0)
        recorder = run.recorder
        stamp = (run.step, sum(len(s.steps) for s in recorder.measures.values()), run.version)
        if force or (stamp != told.curves and (at_rest or now - told.curves_at > CURVES_EVERY)):
            told.curves_at, told.curves = now, stamp
            self._emit(m.Curves(run.name, run.step, recorder.loss_curves(), recorder.measure_curves()))
            steps = np.array([s.step for s in recorder.snapshots], np.int64)
            self._emit(m.History(run.name, run.step, steps, run.rewound.step if run.rewound else None))

    def _progress(self, run: Run, *, rate: float) -> None:
        device = devices.title(run.device)
        self._emit(m.Progress(run.name, run.step, run.phase, rate, self._governor.spent, run.seconds, device))

    def _loading(self, name: str, loading: Loading) -> None:
        fraction = loading.done / loading.total if loading.total else None
        self._emit(m.Progress(name, 0, "loading", 0.0, 0.0, 0.0, "", loading.what or "loading the data", fraction))

    # --- intents: a run's life -------------------------------------------------------------------------------------

    def _run(self, name: str) -> Run:
        if name not in self._runs:
            raise Refused("There is no model yet. Choose data and a family, or wait until it is built.")
        return self._runs[name]

    def _open(self, intent: m.Open) -> None:
        self._rebuild(intent.run, intent.spec)

    def _rebuild(self, name: str, spec: RunSpec) -> None:
        work = open_run(name, spec, self._shelf, partial(self._loading, name))
        self._start(Job(name, "open", True, work, then=self._adopt))

    def _adopt(self, run: Run) -> None:
        """A built run takes its place; if the one before was training, so does this one."""
        old = self._runs.get(run.name)
        self._stop_jobs(run.name, {"samples", "field", "density", "truth", "latent", "measure", "fill", "interpolate"})
        if old is not None and old.phase == "training":
            run.phase, run.announce = "training", old.announce
            run.steps_left, run.seconds_left = old.steps_left, old.seconds_left
        self._runs[run.name] = run
        self._shown[run.name], self._told[run.name] = Shown(), Told()
        for event in described(run):
            self._emit(event)
        self._tell(run, force=True)

    def _edit(self, intent: m.Edit) -> None:
        name, spec = intent.run, intent.spec
        if name not in self._runs or (name, "open") in self._jobs:
            self._rebuild(name, spec)
            return
        run = self._runs[name]
        work = least_work(run.asked, spec)
        if work == Work.REBUILD:
            self._rebuild(name, spec)
            return
        if work == Work.MOVE:
            if run.phase == "training":
                raise Refused("Pause training before changing the device.")
            run.move(spec)
            self._tell(run, force=True)
        elif work == Work.RETUNE:
            run.retune(spec)
        elif work == Work.RESAMPLE:
            run.resample(spec)
        self._emit(m.Edited(name, run.step, run.spec, devices.title(run.device)))

    def _train(self, intent: m.Train) -> None:
        run = self._run(intent.run)
        if not run.trainable:
            raise Refused(
                f"The data {run.asked.data.path or run.asked.data.name!r} of this run are not here, so it can be sampled "
                "but not trained. Put the data back to where it was and open the file again."
            )
        run.steps_left, run.seconds_left = intent.steps, intent.seconds
        run.announce = intent.seconds is not None or (intent.steps or 0) > 1
        if run.rewound is not None:
            run.rewind(None)
        run.phase = "training"
        self._told[run.name] = Told(step=run.step, progress_at=time.perf_counter())
        self._progress(run, rate=0.0)

    def _pause(self, intent: m.Pause) -> None:
        run = self._run(intent.run)
        if run.phase == "training":
            run.phase = "paused"
            run.read_losses()
            self._tell(run, force=True)

    def _reset(self, intent: m.Reset) -> None:
        run = self._run(intent.run)
        self._stop_jobs(run.name)
        run.reset()
        self._shown[run.name], self._told[run.name] = Shown(), Told()
        self._tell(run, force=True)

    def _rewind(self, intent: m.Rewind) -> None:
        run = self._run(intent.run)
        run.rewind(intent.step)
        self._stop_jobs(run.name, {"samples", "field", "density", "latent"})
        self._tell(run, force=True)

    def _branch(self, intent: m.Branch) -> None:
        run = self._run(intent.run)
        run.branch()
        self._tell(run, force=True)

    def _look(self, intent: m.Look) -> None:
        self._looks[intent.run] = intent

    def _cancel(self, intent: m.Cancel) -> None:
        job = self._jobs.get((intent.run, intent.kind))
        self._stop_jobs(intent.run, {intent.kind})
        if job is not None and intent.kind == "fill":
            self._emit(
                m.Filled(
                    intent.run, self._run(intent.run).step, job.ticket, np.empty(0), 0.0, True, "", "", stopped=True
                )
            )

    def _close(self, intent: m.Close) -> None:
        self._stop_jobs(intent.run)
        for table in (self._runs, self._looks, self._shown, self._told):
            table.pop(intent.run, None)

    # --- intents: questions ----------------------------------------------------------------------------------------

    def _ask(self, intent: Any, kind: str, work: Generator[None, None, None]) -> None:
        self._start(Job(intent.run, kind, True, work, intent.ticket))

    def _decode(self, intent: m.Decode) -> None:
        self._ask(intent, "decode", jobs.decode(self._run(intent.run), self._emit, intent, time.perf_counter()))

    def _interpolate(self, intent: m.Interpolate) -> None:
        self._ask(intent, "interpolate", jobs.interpolate(self._run(intent.run), self._emit, intent))

    def _fill(self, intent: m.Fill) -> None:
        self._ask(intent, "fill", jobs.fill(self._run(intent.run), self._emit, intent))

    def _sample(self, intent: m.Sample) -> None:
        work = jobs.samples(
            self._run(intent.run), self._emit, count=intent.count, seed=intent.seed, keep_path=intent.keep_path,
            live=False, ticket=intent.ticket,
        )  # fmt: skip
        self._ask(intent, "sample", work)

    def _density(self, intent: m.Density) -> None:
        self._ask(intent, "densities", jobs.densities(self._run(intent.run), self._emit, intent))

    def _probe(self, intent: m.Probe) -> None:
        self._ask(intent, "probe", jobs.probe(self._run(intent.run), self._emit, intent))

    def _measure(self, intent: m.Measure) -> None:
        work = measuring.measure(
            self._run(intent.run), self._emit, ticket=intent.ticket, thorough=True, against=intent.against
        )
        self._ask(intent, "measure", work)

    def _thumbnails(self, intent: m.Thumbnails) -> None:
        self._start(Job("", "thumbnails", False, thumbnails(intent.size, self._emit)))

    # --- intents: files --------------------------------------------------------------------------------------------

    def _save(self, intent: m.Save) -> None:
        run = self._run(intent.run)
        run.read_losses()
        store.write(run, intent.path, intent.extras)
        self._emit(m.Saved(run.name, run.step, intent.path))

    def _load(self, intent: m.Load) -> None:
        name = intent.run

        def adopt(found: tuple[Run, dict[str, bytes]]) -> None:
            run, extras = found
            self._adopt(run)
            self._emit(m.Loaded(name, run.step, intent.path, extras))

        work = store.read(name, intent.path, self._shelf, partial(self._loading, name))
        self._start(Job(name, "load", True, work, then=adopt))
