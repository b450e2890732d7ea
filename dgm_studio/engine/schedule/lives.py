"""Lives: the runs of an engine, from when they are opened to when they give way.

Each has a name, under which one takes the place of another: when a built or read run is there, when it begins anew, when a
branch goes on. Who gives way is parked. Edits wait for what is being read, and a change of device waits for training to rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from dgm_studio.contract import Work
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import Change, RunSpec

from .. import devices
from ..errors import UserError, advise, blame
from ..jobs.filling import cut_short
from ..runs import store
from ..runs.description import described, edited, opened
from ..runs.opening import DataCache, open_run
from ..runs.parking import Parking
from ..runs.refuge import Refuge
from ..runs.run import Run
from ..runs.trainer import Diverged
from .agenda import Agenda, Task
from .rehearsal import Rehearsal
from .reporting import ProgressReporter
from .screen import Screen
from .turns import Order, Turns

Fail = Callable[[str, str, BaseException, int], None]
"""Tells of an error of a run, by the kind of what failed and its ticket."""


class Lives:
    """``fail`` tells of what went wrong later than it was asked for; ``live`` lets what has nothing to learn take in its
    examples unasked. ``parking`` holds the runs that gave way.
    """

    def __init__(
        self,
        emit: Callable[[m.Event], None],
        fail: Fail,
        *,
        agenda: Agenda,
        screen: Screen,
        reporter: ProgressReporter,
        turns: Turns,
        refuge: Refuge,
        rehearsal: Rehearsal,
        live: bool,
    ) -> None:
        self._emit, self._fail, self._live = emit, fail, live
        self._agenda, self._screen, self._reporter = agenda, screen, reporter
        self._turns, self._refuge, self._rehearsal = turns, refuge, rehearsal
        self.parking = Parking()
        self._runs: dict[str, Run] = {}
        self._edits: dict[str, m.Edit] = {}
        self._moves: dict[str, str] = {}
        self._data = DataCache()

    def __iter__(self) -> Iterator[Run]:
        """The runs that there are now, whatever becomes of them meanwhile."""
        return iter(list(self._runs.values()))

    def find(self, name: str) -> Run | None:
        """The run of that name, if there is one."""
        return self._runs.get(name)

    def run(self, name: str) -> Run:
        """The run of that name. Raises UserError where there is none."""
        if name not in self._runs:
            raise UserError(tr("There is no model yet. Choose data and a family, or wait until it is built."))
        return self._runs[name]

    def training(self) -> list[Run]:
        """The runs that train now."""
        return [r for r in self._runs.values() if r.trainer.phase == "training"]

    def everyone(self) -> list[Run]:
        """The runs there are, also those that gave way and are at hand."""
        return [*self._runs.values(), *self.parking]

    def stop(self, run: str, kinds: set[str] | None = None) -> None:
        """End jobs without their results; a picture will be begun anew, and who waits for a fill is told."""
        for job in self._agenda.stop(run, kinds):
            self._screen.unfinished(job)
            if job.kind == "fill":
                self._emit(cut_short(self._runs[run], job.ticket))

    def begin(self, run: Run, order: Order) -> None:
        """Train as far as was asked for."""
        self._turns.begin(run, order, self.training())
        run.trainer.phase = "training"

    def rest(self, run: Run, phase: m.Phase) -> None:
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

    def _take_in(self, run: Run) -> None:
        """What has nothing to learn works at once: where somebody watches, it takes in its examples without being asked."""
        if self._live and not run.trainer.learns and run.trainable and run.step == 0:
            self.begin(run, Order(run.recipe.steps))

    # --- how one takes the place of another --------------------------------------------------------------------------

    def open(self, intent: m.Open) -> None:
        self._rebuild(intent.run, intent.spec, intent.place)

    def _rebuild(self, name: str, spec: RunSpec, place: Path | None) -> None:
        if place is not None and self.parking.holds(place):  # it gave way a moment ago, and nobody knew yet
            self.load(m.Load(name, place, place))
            return
        self._agenda.stop(name, {"load"})
        self._edits.pop(name, None)
        spec = self._refuge.reachable(spec)
        key = self._rehearsal.key(spec)

        def adopt(run: Run) -> None:
            self._adopt(place, run)
            self._rehearsal.came(key, run, lambda: self._built(spec))

        ready = self._rehearsal.take(key, name)
        if ready is not None:
            self._agenda.stop(name, {"open"})
            adopt(ready[0])
            return
        work = open_run(name, spec, self._data, partial(self._reporter.loading, name))
        self._agenda.start(Task(name, "open", True, work, then=adopt))

    def _built(self, spec: RunSpec) -> Work[tuple[Run, dict[str, bytes]]]:
        """A run of a spec for another time."""
        run = yield from open_run("", spec, self._data, lambda _: None)
        return run, {}

    def load(self, intent: m.Load) -> None:
        """Read a run from its file, or take it from where it is parked."""
        name, path = intent.run, intent.path
        self._agenda.stop(name, {"open"})
        at_hand = self.parking.take(path, name) if path == intent.place else None
        key = self._rehearsal.key(path) if at_hand is None else ""

        def adopt(found: tuple[Run, dict[str, bytes]]) -> None:
            run, extras = found
            if path == intent.place:  # it rests as it was
                run.trainer.recorder = self.parking.history(path) or run.trainer.recorder
                self._put(run, path)
                run.trainer.phase = "paused"
                self._show_anew(run)
            else:
                self._adopt(intent.place, run)
            self._rehearsal.came(key, run, lambda: store.read("", path, self._data, lambda _: None))
            self._emit(m.Loaded(name, run.step, path, extras))
            edit = self._edits.pop(name, None)
            if edit is not None:
                self.edit(edit)

        if at_hand is not None:
            self._agenda.stop(name, {"load"})
            adopt((at_hand, {}))
            return
        ready = self._rehearsal.take(key, name)
        if ready is not None:
            self._agenda.stop(name, {"load"})
            adopt(ready)
            return
        work = store.read(name, path, self._data, partial(self._reporter.loading, name))
        self._agenda.start(Task(name, "load", True, work, then=adopt))

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
        self.stop(name)
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
            message = tr(
                "{title} on {name} could not be kept on the disk: {message}",
                title=run.family.title,
                name=run.data.name,
                message=message,
            )
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

    # --- what is asked of one ----------------------------------------------------------------------------------------

    def edit(self, intent: m.Edit) -> None:
        """Take over another spec with as little work as it takes."""
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
            self.stop(name)
            run.move(spec)
            self._reporter.tell(run, force=True)
        elif work == Change.RETUNE:
            run.retune(spec)
        elif work == Change.RESAMPLE:
            run.resample(spec)
        else:
            run.asked = spec
        self._emit(edited(run, intent.place))

    def reset(self, intent: m.Reset) -> None:
        """Begin anew with a model that has learned nothing."""
        run = self.run(intent.run)
        if not run.trainable:
            raise UserError(tr("This run cannot be trained without its data, so what it has learned is kept."))
        fresh = run.anew(run.name)
        self._put(fresh, intent.place)
        self._emit(edited(fresh, intent.place))
        self.rest(fresh, "ready")
        self._take_in(fresh)

    def branch(self, intent: m.Branch) -> None:
        """Go on from the step that is shown, in a run of its own."""
        trunk = self.run(intent.run)
        branch = trunk.branched(trunk.name)
        self._put(branch, intent.place)
        self._emit(edited(branch, intent.place))
        self._reporter.tell(branch, force=True)

    def close(self, intent: m.Close) -> None:
        """A run is in use no more."""
        self._agenda.stop(intent.run)
        self._reporter.forget(intent.run)
        self._screen.forget(intent.run)
        run = self._runs.pop(intent.run, None)
        self._turns.forget(intent.run)
        for table in (self._edits, self._moves):
            table.pop(intent.run, None)
        if run is not None:
            self._park(run)

    def stay(self, name: str) -> None:
        """A change of device that waits for a run is not to be made."""
        self._moves.pop(name, None)
