"""The scheduler: a cooperative engine that owns every run and does one slice of work at a time.

After each slice it looks at its intents, so stop, pause and "latest wins" need no locks and no flags inside algorithms.
Order: interactive jobs (a moved slider, a dragged latent, a mask) before live previews before measures before training;
while something trains, previews and measures are held to their share by the governor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import torch

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.layers import layers_by_job

from .. import catalogue, devices
from ..errors import UserError, advise, blame, is_out_of_memory, peek
from ..jobs.gallery import thumbnails
from ..jobs.questions import Question, answer
from ..runs import store
from ..runs.description import edited
from ..runs.parking import Parking
from ..runs.recorder import share
from ..runs.refuge import Refuge
from ..runs.run import Run
from ..runs.trainer import Diverged
from .agenda import Agenda, Task
from .governor import Governor
from .lives import Lives
from .rehearsal import Rehearsal
from .reporting import ProgressReporter
from .screen import Screen
from .turns import Order, Turns
from .watching import unseen

SLICE, UNWATCHED_SLICE = 0.008, 0.05
"""Seconds of training between looks at the intents; nobody waits for a frame where there is no window."""
LONGEST = 4
"""Slices that one of several runs may have at a time: all of them are looked at between two."""
_VIEWS = {*layers_by_job(), "latent", "inside", "measure"} - {"truth"}
"""Jobs that show the model as it is now."""


class Engine:
    """``emit`` receives every event. ``live`` also computes measures that nobody asked for while a run is looked at."""

    def __init__(self, emit: Callable[[m.Event], None], *, live: bool = True, share: float = 0.2) -> None:
        self._emit = emit
        self._live = live
        self._turns = Turns()
        self._governor = Governor(share)
        self._agenda = Agenda(self._governor)
        self.rehearsal = Rehearsal(emit, self._agenda)
        self._screen = Screen(self._agenda, emit, self.rehearsal, live=live)
        self._reporter = ProgressReporter(emit, self._governor)
        self._refuge = Refuge()
        self._lives = Lives(
            emit, self._fail, agenda=self._agenda, screen=self._screen, reporter=self._reporter, turns=self._turns,
            refuge=self._refuge, rehearsal=self.rehearsal, live=live,
        )  # fmt: skip
        self._threads = 1
        lives = self._lives
        self._handlers: dict[type[m.Intent], Callable[[Any], None]] = {
            m.Open: lives.open, m.Edit: lives.edit, m.Train: self._train, m.Pause: self._pause, m.Reset: lives.reset,
            m.Look: self._look, m.Rewind: self._rewind, m.Branch: lives.branch, m.Save: self._save, m.Load: lives.load,
            m.Cancel: self._cancel, m.Close: lives.close, m.Thumbnails: self._thumbnails,
            m.Rehearse: self.rehearsal.ask,
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
        for run in self._lives:
            self._lives.stop(run.name)
            if run.trainer.phase == "training":
                self._lives.rest(run, "paused")

    # --- what there is ---------------------------------------------------------------------------------------------

    @property
    def parking(self) -> Parking:
        """The runs that gave way."""
        return self._lives.parking

    def run(self, name: str) -> Run:
        """The run of that name. Raises UserError where there is none."""
        return self._lives.run(name)

    def training(self) -> list[Run]:
        """The runs that train now."""
        return self._lives.training()

    def job(self, run: str, kind: str) -> Task | None:
        """What is under way of a kind for a run."""
        return self._agenda.find(run, kind)

    # --- the loop --------------------------------------------------------------------------------------------------

    def handle(self, intent: m.Intent) -> None:
        """Take in one intent. What is wrong with it becomes a `Failed` event."""
        try:
            self._handlers[type(intent)](intent)
        except Exception as error:
            run = self._lives.find(intent.run)
            if run is not None and isinstance(intent, m.Save) and self._refuge.concerns(run, error):
                self._device_lost(run, error)
                self.handle(intent)  # what was kept can still be written
                return
            self._fail(intent.run, intent.fails_as, error, getattr(intent, "ticket", 0))

    def turn(self) -> bool:
        """Do one slice of the most urgent work; False when there was none."""
        training = len(self.training())
        for run in self._lives:
            self._guarded(run, partial(self._screen.plan, training=training))
        self.rehearsal.tell()
        job = self._agenda.next(training=training)
        worked = True
        if job is not None:
            self._advance(job)
        else:
            worked = self._train_slice()
        for run in self._lives:
            self._guarded(run, partial(self._reporter.tell, at_rest=not worked))
        return worked

    def _guarded(self, run: Run, act: Callable[[Run], None]) -> None:
        """Act on a run. When that fails nothing more is shown of it until somebody looks again, so nothing spins."""
        try:
            act(run)
        except Exception as error:
            self._screen.look_away(run.name)
            self._fail(run.name, "view", error, 0)

    def _advance(self, job: Task) -> None:
        begin = time.perf_counter()
        try:
            torch.set_num_threads(self._threads_for(self._lives.find(job.run)))
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
        seconds = time.perf_counter() - begin
        self._governor.spend(job.kind, seconds, background=not job.urgent)
        self._agenda.book(job, seconds)

    def _retried(self, job: Task) -> bool:
        """Begin a job anew in portions of half the size, once, after memory ran out; False when it cannot be."""
        run = self._lives.find(job.run)
        if run is None or job.again is None:
            return False
        run.shown.halve_portions()
        job.work, job.again = job.again(), None
        advice = tr("It is done again in parts of {portion}, which takes longer.", portion=run.shown.portion)
        self._emit(
            m.Failed(run.name, run.step, "There was not enough memory at once.", advice, "memory", blame="machine")
        )
        return True

    def _fail(self, name: str, kind: str, error: BaseException, ticket: int) -> None:
        run = self._lives.find(name)
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
        for run in self._refuge.take(lost, self._lives.everyone()):
            self._lives.stay(run.name)
            self._lives.stop(run.name)
            self._screen.blank(run.name)
            self._reporter.forget(run.name)
            self._emit(edited(run))
            self._reporter.tell(run, force=True)
        advice = tr("It is on the CPU now, as it was kept at step {step:,}. Save it, or train on.", step=lost.step)
        self._emit(m.Failed(lost.name, lost.step, message, advice, "device", blame="machine"))

    # --- training --------------------------------------------------------------------------------------------------

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
                self._turns.take(run, SLICE * min(LONGEST, len(training)) if self._live else UNWATCHED_SLICE)
        except Diverged as error:
            self._diverged(run, error)
        except Exception as error:
            self._training_failed(run, error)
        else:
            share([*(each.trainer.recorder for each in self._lives), *self._lives.parking.recorders])
            if self._turns.order(run.name).spent:
                self._finish(run)
        self._governor.spend("train", time.perf_counter() - begin, background=False)
        return True

    def _finish(self, run: Run) -> None:
        announced = self._turns.order(run.name).announced
        self._lives.rest(run, "finished" if announced else "paused" if run.trainer.learns else "ready")
        if announced:
            self._emit(m.Finished(run.name, run.step, run.trainer.seconds))

    def _diverged(self, run: Run, error: Diverged) -> None:
        step = run.trainer.restore()
        self._lives.stop(run.name, _VIEWS)
        message = tr("Training of {title} diverged: {error}.", title=run.family.title, error=error)
        meaning = run.family.when_diverged or "Lower the learning rate, then train on."
        advice = tr("The weights of step {step:,} are restored. {meaning}", step=step, meaning=meaning)
        self._emit(m.Failed(run.name, run.step, message, advice, "diverged", blame="machine"))
        self._lives.rest(run, "failed")

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
            self._lives.rest(run, "failed")

    # --- intents ---------------------------------------------------------------------------------------------------

    def _train(self, intent: m.Train) -> None:
        run = self.run(intent.run)
        if not run.trainable:
            raise UserError(run.remark)
        if run.shown.rewound is not None:
            self._show(run, None)
        if run.trainer.phase != "training":  # a picture as fine as befits rest would hold it up
            self._lives.stop(run.name, {"density"})
        self._lives.begin(run, Order(intent.steps, intent.seconds, not intent.quiet, intent.pace))
        self._reporter.begin(run)

    def _pause(self, intent: m.Pause) -> None:
        run = self.run(intent.run)
        if run.trainer.phase == "training" and self._settled(run):
            self._lives.rest(run, "paused")

    def _settled(self, run: Run) -> bool:
        """Read the losses that are still on the device; False when they are not numbers, which is then dealt with."""
        try:
            run.trainer.read()
        except Diverged as error:
            self._diverged(run, error)
            return False
        return True

    def _rewind(self, intent: m.Rewind) -> None:
        run = self.run(intent.run)
        self._show(run, intent.step)
        self._reporter.tell(run, force=True)

    def _show(self, run: Run, step: int | None) -> None:
        """Show a kept step or the live model; pictures of what was shown before are not finished."""
        self._lives.stop(run.name, _VIEWS)
        run.shown.rewind(step)

    def _look(self, intent: m.Look) -> None:
        self._screen.look(intent)
        self._agenda.wait_for(intent.run, intent.front)
        self._lives.stop(intent.run, unseen(intent))

    def _cancel(self, intent: m.Cancel) -> None:
        self._lives.stop(intent.run, {intent.kind})

    def _ask(self, intent: Question) -> None:
        run = self.run(intent.run)
        kind, job = answer(intent)
        make = partial(job, run, self._emit)
        waited = self._screen.in_front(run.name)
        self._agenda.start(Task.made(run.name, kind, make, urgent=waited, ticket=intent.ticket))

    def _thumbnails(self, intent: m.Thumbnails) -> None:
        self._agenda.start(Task.made("", "thumbnails", partial(thumbnails, intent.size, self._emit), urgent=False))

    def _save(self, intent: m.Save) -> None:
        run = self.run(intent.run)
        self._settled(run)
        extras = intent.extras() if callable(intent.extras) else intent.extras
        parts = store.write(run, intent.path, extras, exact=intent.exact, history=intent.history)
        self._emit(m.Saved(run.name, run.step, intent.path, parts))
