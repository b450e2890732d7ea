"""The scheduler: a cooperative engine that owns every run and does one slice of work at a time.

After each slice it looks at its intents, so stop, pause and "latest wins" need no locks and no flags inside algorithms.
Order: interactive jobs (a moved slider, a dragged latent, a mask) before live previews before measures before training;
while something trains, previews and measures are held to their share by the governor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

import torch

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.layers import layers_by_job
from dgm_studio.protocol.spec import Change, RunSpec

from .. import catalogue, devices
from ..errors import UserError, advise, blame, is_out_of_memory, peek
from ..jobs.filling import cut_short
from ..jobs.gallery import thumbnails
from ..jobs.questions import Question, answer
from ..runs import store
from ..runs.description import described, edited, opened
from ..runs.opening import DataCache, open_run
from ..runs.parking import Parking
from ..runs.recorder import share, to_sample
from ..runs.refuge import Refuge
from ..runs.run import Run
from ..runs.trainer import Diverged
from .agenda import Agenda, Task
from .governor import Governor
from .reporting import ProgressReporter
from .screen import Screen
from .turns import Order, Turns
from .watching import unseen

SLICE, UNWATCHED_SLICE = 0.008, 0.05
"""Seconds of training between looks at the intents; nobody waits for a frame where there is no window."""
_VIEWS = {*layers_by_job(), "latent", "inside", "measure"} - {"truth"}
"""Jobs that show the model as it is now."""


class Engine:
    """``emit`` receives every event. ``live`` also computes measures that nobody asked for while a run is looked at.
    ``parking`` holds the runs that gave way.
    """

    def __init__(self, emit: Callable[[m.Event], None], *, live: bool = True, share: float = 0.2) -> None:
        self._emit = emit
        self._live = live
        self._runs: dict[str, Run] = {}
        self._turns = Turns()
        self._edits: dict[str, m.Edit] = {}
        self._moves: dict[str, str] = {}
        self._data = DataCache()
        self._governor = Governor(share)
        self._agenda = Agenda(self._governor)
        self._screen = Screen(self._agenda, emit, live=live)
        self._reporter = ProgressReporter(emit, self._governor)
        self._refuge = Refuge()
        self.parking = Parking()
        self._threads = 1
        self._handlers: dict[type[m.Intent], Callable[[Any], None]] = {
            m.Open: self._open, m.Edit: self._edit, m.Train: self._train, m.Pause: self._pause, m.Reset: self._reset,
            m.Look: self._look, m.Rewind: self._rewind, m.Branch: self._branch, m.Save: self._save, m.Load: self._load,
            m.Cancel: self._cancel, m.CloneRun: self._keep, m.Close: self._close, m.Thumbnails: self._thumbnails,
            **dict.fromkeys(get_args(Question), self._ask),
        }  # fmt: skip

    def warm_up(self) -> None:
        """Pay now for what the first use would pay: a thread probe and the catalogue."""
        torch.set_num_threads(1)
        self._threads = devices.measure_threads()
        self._emit(m.Ready("", 0, catalogue.describe(self._threads)))
        for problem in catalogue.problems():
            self._emit(
                m.Failed(
                    "", 0, problem, "Mend or remove that file; everything else can be used.", "catalogue", blame="input"
                )
            )

    def settle_down(self) -> None:
        """Something went wrong in the midst of it: give up all jobs and rest. Models stay as they are."""
        for run in list(self._runs.values()):
            self._stop(run.name)
            if run.trainer.phase == "training":
                self._rest(run, "paused")

    # --- the loop --------------------------------------------------------------------------------------------------

    def handle(self, intent: m.Intent) -> None:
        """Take in one intent. What is wrong with it becomes a `Failed` event."""
        try:
            self._handlers[type(intent)](intent)
        except Exception as error:
            run = self._runs.get(intent.run)
            if run is not None and isinstance(intent, m.Save) and self._refuge.concerns(run, error):
                self._device_lost(run, error)
                self.handle(intent)  # what was kept can still be written
                return
            self._fail(intent.run, intent.fails_as, error, getattr(intent, "ticket", 0))

    def turn(self) -> bool:
        """Do one slice of the most urgent work; False when there was none."""
        for name in list(self._runs):
            self._guarded(name, self._screen.plan)
        job = self._agenda.next(training=bool(self.training()))
        worked = True
        if job is not None:
            self._advance(job)
        else:
            worked = self._train_slice()
        for name in list(self._runs):
            self._guarded(name, partial(self._reporter.tell, at_rest=not worked))
        return worked

    def _guarded(self, name: str, act: Callable[[Run], None]) -> None:
        """Act on a run. When that fails nothing more is shown of it until somebody looks again, so nothing spins."""
        try:
            act(self._runs[name])
        except Exception as error:
            self._screen.look_away(name)
            self._fail(name, "view", error, 0)

    def _advance(self, job: Task) -> None:
        begin = time.perf_counter()
        try:
            torch.set_num_threads(self._threads_for(self._runs.get(job.run)))
            with torch.no_grad():
                next(job.work)
        except StopIteration as stop:
            self._agenda.drop(job)
            if job.then is not None:
                try:
                    job.then(stop.value)
                except Exception as error:
                    self._fail(job.run, job.kind, error, job.ticket)
        except Exception as error:
            if not (is_out_of_memory(error) and self._retried(job)):
                self._agenda.drop(job)
                self._fail(job.run, job.kind, error, job.ticket)
        self._governor.spend(job.kind, time.perf_counter() - begin, background=not job.urgent)

    def _retried(self, job: Task) -> bool:
        """Begin a job anew in portions of half the size, once, after memory ran out; False when it cannot be."""
        run = self._runs.get(job.run)
        if run is None or job.again is None:
            return False
        run.shown.halve_portions()
        job.work, job.again = job.again(), None
        advice = f"It is done again in parts of {run.shown.portion}, which takes longer."
        self._emit(
            m.Failed(run.name, run.step, "There was not enough memory at once.", advice, "memory", blame="machine")
        )
        return True

    def _stop(self, run: str, kinds: set[str] | None = None) -> None:
        """End jobs without their results; a picture will be begun anew, and who waits for a fill is told."""
        for job in self._agenda.stop(run, kinds):
            self._screen.unfinished(job)
            if job.kind == "fill":
                self._emit(cut_short(self._runs[run], job.ticket))

    def _fail(self, name: str, kind: str, error: BaseException, ticket: int) -> None:
        run = self._runs.get(name)
        if run is not None and self._refuge.concerns(run, error):
            self._device_lost(run, error)
            return
        message, advice = advise(error)
        self._emit(
            m.Failed(name, run.step if run is not None else 0, message, advice, kind, ticket, peek(error), blame(error))
        )
        if kind == "open" and run is not None:  # what was being read is not: the run from before stands as it did
            self._reporter.tell(run, force=True)

    def _device_lost(self, lost: Run, error: BaseException) -> None:
        """Every run on a device that no longer answers goes on on the CPU, from what was kept last."""
        message, _ = advise(error)
        for run in self._refuge.take(lost, self._everyone()):
            self._moves.pop(run.name, None)
            self._stop(run.name)
            self._screen.blank(run.name)
            self._reporter.forget(run.name)
            self._emit(edited(run))
            self._reporter.tell(run, force=True)
        advice = f"It is on the CPU now, as it was kept at step {lost.step:,}. Save it, or train on."
        self._emit(m.Failed(lost.name, lost.step, message, advice, "device", blame="machine"))

    # --- training --------------------------------------------------------------------------------------------------

    def training(self) -> list[Run]:
        """The runs that train now."""
        return [r for r in self._runs.values() if r.trainer.phase == "training"]

    def _threads_for(self, run: Run | None) -> int:
        large = run is not None and run.device.type == "cpu" and run.trainer.size >= devices.LARGE_MODEL
        return self._threads if large else 1

    def _train_slice(self) -> bool:
        training = self.training()
        if not training:
            return False
        run = self._turns.next(training)
        begin = time.perf_counter()
        try:
            torch.set_num_threads(self._threads_for(run))
            with torch.enable_grad():  # whatever a job that was dropped half-way left behind
                self._turns.take(run, SLICE if self._live else UNWATCHED_SLICE)
        except Diverged as error:
            self._diverged(run, error)
        except Exception as error:
            self._training_failed(run, error)
        else:
            share([*(each.trainer.recorder for each in self._runs.values()), *self.parking.recorders])
            if self._turns.order(run.name).spent:
                self._finish(run)
        self._governor.spend("train", time.perf_counter() - begin, background=False)
        return True

    def job(self, run: str, kind: str) -> Task | None:
        """What is under way of a kind for a run."""
        return self._agenda.find(run, kind)

    def _rest(self, run: Run, phase: m.Phase) -> None:
        """Training ends for now; a change of device that waited for this is made."""
        run.trainer.phase = phase
        device = self._moves.pop(run.name, None)
        if device is not None:
            try:
                run.move(run.asked.with_(device=device))
            except Exception as error:
                self._fail(run.name, "edit", error, 0)
            self._emit(edited(run))
        self._reporter.tell(run, force=True)

    def _finish(self, run: Run) -> None:
        announced = self._turns.order(run.name).announced
        self._rest(run, "finished" if announced else "paused" if run.trainer.learns else "ready")
        if announced:
            self._emit(m.Finished(run.name, run.step, run.trainer.seconds))

    def _diverged(self, run: Run, error: Diverged) -> None:
        step = run.trainer.restore()
        self._stop(run.name, _VIEWS)
        message = f"Training of {run.family.title} diverged: {error}."
        meaning = run.family.when_diverged or "Lower the learning rate, then train on."
        advice = f"The weights of step {step:,} are restored. {meaning}"
        self._emit(m.Failed(run.name, run.step, message, advice, "diverged", blame="machine"))
        self._rest(run, "failed")

    def _training_failed(self, run: Run, error: Exception) -> None:
        if is_out_of_memory(error) and run.halve_batch():
            batch = run.trainer.settings.batch
            self._emit(
                m.Failed(
                    run.name,
                    run.step,
                    "There was not enough memory.",
                    f"Training goes on with a batch of {batch}.",
                    "memory",
                    blame="machine",
                )
            )
            self._emit(edited(run))
            return
        lost = self._refuge.concerns(run, error)
        self._fail(run.name, "train", error, 0)
        if not lost:
            self._rest(run, "failed")

    # --- intents: a run's life -------------------------------------------------------------------------------------

    def _everyone(self) -> list[Run]:
        """The runs there are, also those that gave way and are at hand."""
        return [*self._runs.values(), *self.parking]

    def run(self, name: str) -> Run:
        """The run of that name. Raises UserError where there is none."""
        if name not in self._runs:
            raise UserError("There is no model yet. Choose data and a family, or wait until it is built.")
        return self._runs[name]

    def _open(self, intent: m.Open) -> None:
        self._rebuild(intent.run, intent.spec, intent.place)

    def _rebuild(self, name: str, spec: RunSpec, place: Path | None) -> None:
        if place is not None and self.parking.holds(place):  # it gave way a moment ago, and nobody knew yet
            self._load(m.Load(name, place, place))
            return
        self._agenda.stop(name, {"load"})
        self._edits.pop(name, None)
        work = open_run(name, self._refuge.reachable(spec), self._data, partial(self._reporter.loading, name))
        self._agenda.start(Task(name, "open", True, work, then=partial(self._adopt, place)))

    def _adopt(self, place: Path | None, run: Run) -> None:
        """A built run takes over; if the one before was training, so does this one."""
        old = self._runs.get(run.name)
        going = old is not None and old.trainer.phase == "training" and old.trainer.learns
        if going and run.trainable and run.trainer.learns:  # what was asked for is taken over with the name
            run.trainer.phase = "training"
        self._put(run, place)
        self._show_anew(run)

    def _put(self, run: Run, place: Path | None) -> None:
        """A run takes the place of the one of its name, which is kept if it is worth it."""
        name = run.name
        self._stop(name)
        old = self._runs.pop(name, None)
        run.place = place
        self._runs[name] = run
        self._turns.renew(name)
        self._moves.pop(name, None)
        self._screen.blank(name)
        self._reporter.forget(name)
        if old is not None:
            self._park(old)

    def _show_anew(self, run: Run) -> None:
        for event in described(run):
            self._emit(event)
        self._take_in(run)
        self._reporter.tell(run, force=True)

    def _park(self, run: Run) -> None:
        """Keep a run that is in use no more, if anything is lost with it."""
        if not run.worth_keeping:
            return
        assert run.place is not None
        try:
            run.trainer.read()
        except Diverged:
            run.trainer.restore()
        try:
            self.parking.put(run)
        except Exception as error:
            message, advice = advise(error)
            message = f"{run.family.title} on {run.data.name} could not be kept on the disk: {message}"
            self._emit(
                m.Failed(
                    run.name,
                    run.step,
                    message,
                    f"It is kept in memory until you quit. {advice}",
                    "park",
                    blame=blame(error),
                )
            )
        self._emit(m.Parked(run.name, run.step, run.place, run.asked, opened(run).info, run.trainer.seconds))

    def _take_in(self, run: Run) -> None:
        """What has nothing to learn works at once: where somebody watches, it takes in its examples without being asked."""
        if self._live and not run.trainer.learns and run.trainable and run.step == 0:
            self._begin(run, Order(run.recipe.steps))

    def _edit(self, intent: m.Edit) -> None:
        name, spec = intent.run, self._refuge.reachable(intent.spec)
        if self._agenda.find(name, "load"):
            self._edits[name] = intent  # it is meant for the run that is on its way
            return
        if name not in self._runs:
            self._rebuild(name, spec, intent.place)
            return
        run = self._runs[name]
        if self._agenda.stop(name, {"open"}):  # another model was on its way; the one that is here may do
            self._reporter.tell(run, force=True)
        work = run.work_for(spec)
        self._moves.pop(name, None)
        another = intent.place not in (None, run.place) and spec.conditional == run.asked.conditional
        if work == Change.REBUILD or another:  # a wish for classes that changes nothing needs no other run
            self._rebuild(name, spec, intent.place)
            return
        if work == Change.MOVE and run.trainer.phase == "training":
            devices.resolve(spec.device)
            self._moves[name] = spec.device
            spec = spec.with_(device=run.asked.device)
            work = run.work_for(spec)
        if work == Change.MOVE:
            self._stop(name)
            run.move(spec)
            self._reporter.tell(run, force=True)
        elif work == Change.RETUNE:
            run.retune(spec)
        elif work == Change.RESAMPLE:
            run.resample(spec)
        else:
            run.asked = spec
        self._emit(edited(run, intent.place))

    def _train(self, intent: m.Train) -> None:
        run = self.run(intent.run)
        if not run.trainable:
            raise UserError(run.remark)
        if run.shown.rewound is not None:
            self._show(run, None)
        self._begin(run, Order(intent.steps, intent.seconds, announced=not intent.quiet))
        self._reporter.begin(run)

    def _begin(self, run: Run, order: Order) -> None:
        self._turns.begin(run, order, self.training())
        run.trainer.phase = "training"

    def _pause(self, intent: m.Pause) -> None:
        run = self.run(intent.run)
        if run.trainer.phase == "training" and self._settled(run):
            self._rest(run, "paused")

    def _settled(self, run: Run) -> bool:
        """Read the losses that are still on the device; False when they are not numbers, which is then dealt with."""
        try:
            run.trainer.read()
        except Diverged as error:
            self._diverged(run, error)
            return False
        return True

    def _reset(self, intent: m.Reset) -> None:
        run = self.run(intent.run)
        if not run.trainable:
            raise UserError("This run cannot be trained without its data, so what it has learned is kept.")
        fresh = run.anew(run.name)
        self._put(fresh, intent.place)
        self._emit(edited(fresh, intent.place))
        self._rest(fresh, "ready")
        self._take_in(fresh)

    def _rewind(self, intent: m.Rewind) -> None:
        run = self.run(intent.run)
        self._show(run, intent.step)
        self._reporter.tell(run, force=True)

    def _show(self, run: Run, step: int | None) -> None:
        """Show a kept step or the live model; pictures of what was shown before are not finished."""
        self._stop(run.name, _VIEWS)
        run.shown.rewind(step)

    def _branch(self, intent: m.Branch) -> None:
        trunk = self.run(intent.run)
        branch = trunk.branched(trunk.name)
        self._put(branch, intent.place)
        self._emit(edited(branch, intent.place))
        self._reporter.tell(branch, force=True)

    def _look(self, intent: m.Look) -> None:
        self._screen.look(intent)
        self._stop(intent.run, unseen(intent))

    def _cancel(self, intent: m.Cancel) -> None:
        self._stop(intent.run, {intent.kind})

    def _keep(self, intent: m.CloneRun) -> None:
        run = self.run(intent.run)
        kept = Run(intent.kept, run.asked, run.data, run.units)
        kept.trainer.adopt(run.shown.step, run.trainer.seconds, to_sample(run.shown.state()))
        self._put(kept, None)
        self._emit(opened(kept))

    def _close(self, intent: m.Close) -> None:
        self._agenda.stop(intent.run)
        self._reporter.forget(intent.run)
        self._screen.forget(intent.run)
        run = self._runs.pop(intent.run, None)
        self._turns.forget(intent.run)
        for table in (self._edits, self._moves):
            table.pop(intent.run, None)
        if run is not None:
            self._park(run)

    # --- intents: questions ----------------------------------------------------------------------------------------

    def _ask(self, intent: Question) -> None:
        run = self.run(intent.run)
        kind, job = answer(intent)
        make = partial(job, run, self._emit)
        self._agenda.start(Task.made(run.name, kind, make, urgent=True, ticket=intent.ticket))

    def _thumbnails(self, intent: m.Thumbnails) -> None:
        self._agenda.start(Task.made("", "thumbnails", partial(thumbnails, intent.size, self._emit), urgent=False))

    # --- intents: files --------------------------------------------------------------------------------------------

    def _save(self, intent: m.Save) -> None:
        run = self.run(intent.run)
        self._settled(run)
        parts = store.write(run, intent.path, intent.extras, exact=intent.exact)
        self._emit(m.Saved(run.name, run.step, intent.path, parts))

    def _load(self, intent: m.Load) -> None:
        name, path = intent.run, intent.path
        self._agenda.stop(name, {"open"})
        at_hand = self.parking.take(path, name) if path == intent.place else None

        def adopt(found: tuple[Run, dict[str, bytes]]) -> None:
            run, extras = found
            if path == intent.place:  # it rests as it was
                run.trainer.recorder = self.parking.history(path) or run.trainer.recorder
                self._put(run, path)
                run.trainer.phase = "paused"
                self._show_anew(run)
            else:
                self._adopt(intent.place, run)
            self._emit(m.Loaded(name, run.step, path, extras))
            edit = self._edits.pop(name, None)
            if edit is not None:
                self._edit(edit)

        if at_hand is not None:
            self._agenda.stop(name, {"load"})
            adopt((at_hand, {}))
            return
        work = store.read(name, path, self._data, partial(self._reporter.loading, name))
        self._agenda.start(Task(name, "load", True, work, then=adopt))
