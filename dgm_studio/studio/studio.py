"""Studio: the application without a window.

It owns the session (what a person wants), the state (what the engine said), undo, commands and notices, and turns the
one into intents and the other into topics that views observe. Testable without Qt and without torch: give it any
`Backend`.

What the engine says is observed by the event's class (`studio.on(m.Samples, draw)`), of a run in any slot. Topics of
the studio itself and what their callbacks receive: ``catalogue`` (Catalogue), ``session`` (Session), ``workspace``
(name), ``shoot_out`` (ShootOut), ``answers`` (None), ``comparison`` (None: its budget changed), ``sweep`` (None: it
has another point), ``adversarial`` (Adversarial), ``maximising`` (Maximising), ``edited`` (the `Opened` with new
settings), ``failed`` (RunState), ``forgotten`` (RunState: answers about what is no longer on screen went),
``unanswered`` (the kind of a question that failed, such as "fill"), ``notice`` (list of Notice), ``commands`` (None:
something may have become possible), ``file`` (the Document of the run in front, or None), ``tray`` (None: its runs
changed), ``lesson`` (None: another step, an answer, or how far a goal is), ``writing``
(None: what is written of a lesson, or where it is kept),
``recent`` (None), ``theme`` (name), ``measure`` (name), ``loaded`` (mapping of extra members), ``columns``
(Failed).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, overload

from pydantic import ValidationError

from dgm_studio.language import languages, tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.backend import Backend
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.protocol.context import checked
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.spec import KINDS, Change, DataChoice, DataKind, RunSpec, least_work

from .commands import Commands
from .compare.adversarial import Adversarial
from .compare.answers import CellAnswers
from .compare.comparison import Comparison
from .compare.maximising import Maximising
from .compare.shoot_out import ShootOut
from .compare.sizes import Sizes
from .compare.sweep import Sweeping
from .controls import Controls
from .files import links
from .files.autosave import Autosave
from .files.documents import Document, Documents
from .files.resuming import Resuming
from .files.session_files import SessionFiles
from .files.settings import Places, load_settings, save_settings
from .files.thumbnail import MEMBER, thumbnail
from .files.tray import Kept, Tray, note_of
from .lesson.player import LessonPlayer
from .lesson.recording import StepRecorder
from .lesson.rehearsing import LessonRehearsal
from .lesson.writer import LessonWriter
from .notices import Level, Notices
from .session.following import Following
from .session.history import UndoStack
from .session.link import Link
from .session.questions import Questions
from .session.reception import Reception
from .session.session import CELL, COUNTS, KEPT, Session, new_id, tab_of
from .session.state import E, Observers, RunState, Topic
from .session.steps import step_said
from .session.workspace import Workspace, kinds_in, workspace_of
from .wording import explain

LOWEST_RATE = 1e-6
"""No learning rate is taken below this, whatever diverged."""


Members = Callable[[], Mapping[str, bytes]]
"""Encodes members of a file, whatever has changed since it was made."""


class Studio:
    """See the module. ``pump`` must be called at display rate; everything else returns at once."""

    def __init__(self, backend: Backend, places: Places | None = None, session: Session | None = None) -> None:
        self.backend = backend
        self.places = places or Places()
        self.settings, problem = load_settings(self.places.settings)
        self._errors: list[Exception] = []
        self.observers = Observers(self._errors.append)
        self.notices = Notices()
        self.commands = Commands()
        self.controls = Controls()
        self.catalogue = Catalogue()
        self.ready = False
        self.measure = ""
        """The measure that was chosen to be in front; empty for the most telling one."""
        self.thumbnails: dict[str, m.Thumbnail] = {}
        self.tray = Tray(self.places.tray, told=lambda: self.observers.tell("tray"))
        self.documents = Documents(self.places.tray / "open")
        self.documents.load_settings(self.settings.documents)
        self.history = UndoStack((session or Session()).identified())
        self.names = itertools.count(1)
        """What tells runs of one slot apart for the engine."""
        self.following = Following(self)
        self.runs: dict[str, RunState] = {}
        """What is known of the run in every slot of the session."""
        self.following.match_slots()
        self.link = Link()
        self.ask = Questions(self)
        self.shoot_out = ShootOut(self)
        self.adversarial = Adversarial(self)
        self.maximising = Maximising(self)
        self.answers = CellAnswers(self)
        self.comparison = Comparison(self)
        self.sweeping = Sweeping(self)
        self.sizes = Sizes(self)
        self.reception = Reception(self)
        self.resuming = Resuming(self)
        self.sessions = SessionFiles(self)
        self.lesson = LessonPlayer(self)
        self.writer = LessonWriter(self)
        self.recorder = StepRecorder(self)
        self.rehearsal = LessonRehearsal(self)
        self.members: dict[str, Callable[[], Members]] = {}
        """What views add to the files of a slot, such as the canvas: taken hold of at once, encoded on any thread."""
        self.loaded: Mapping[str, bytes] = {}
        """What the file that was read last holds beside its run, until a view has taken it."""
        self.aside: dict[Path, Callable[[str], None]] = {}
        """Who waits for a file that no run belongs to, and is told what went wrong with it, if anything."""
        self.stopped = False
        """Whether the engine does nothing until it is started again, but write what is saved."""
        self.autosave: Autosave | None = None
        """What keeps all this while it runs, where something does."""
        if problem:
            self.notices.add("warn", problem)

    # --- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Wake the engine; the runs are opened once it is ready."""
        self.backend.start()

    def restart(self) -> None:
        """Let the engine go on after it stopped; every model is as it was."""
        self.stopped = False
        if self.notices.answer("run.restart"):
            self.observers.tell("notice", self.notices.items)
        self.backend.restart()
        for slot in self.session.seen:
            self.look_again(slot)
        self.observers.tell("commands")

    @overload
    def on(self, topic: type[E], callback: Callable[[E], object]) -> Callable[[], None]: ...

    @overload
    def on(self, topic: Topic, callback: Callable[[Any], object]) -> Callable[[], None]: ...

    def on(self, topic: type[m.Event] | Topic, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Observe an event of the engine or a topic of the studio; returns a function that ends it."""
        return self.observers.on(topic, callback)

    def pump(self) -> int:
        """Take in what the engine said; returns the number of events.

        Raises the first error of a view since the last call, once every event has been taken in: a view that fails
        keeps nothing from the others.
        """
        events = self.backend.poll()
        for event in events:
            self.reception.receive(event)
        if self.autosave is not None:
            self.autosave.tick()
        self.sessions.tick()
        self.rehearsal.tick()
        if self._errors:
            error = self._errors[0]
            self._errors.clear()
            raise error
        return len(events)

    def keep(self) -> None:
        """Save settings, session and what was trained for the next start; the engine writes in its own time."""
        self.writer.end()
        if self.autosave is not None:
            self.autosave.flush()
        self.settings.session = self.session.model_dump(mode="json")
        self.settings.documents = self.documents.to_settings()
        self.resuming.keep_all()
        try:
            save_settings(self.settings, self.places.settings)
        except OSError as error:
            self.notify("warn", tr("Settings could not be saved: {error}.", error=error))

    def close(self) -> bool:
        """Keep everything, and stop the engine; True when it stopped in time."""
        self.keep()
        if self.autosave is not None:
            self.autosave.close()
        self.documents.close()
        self.sessions.wait()
        return self.backend.close()

    def notify(
        self, level: Level, message: str, advice: str = "", command: str = "", about: tuple[str, str] = ("", "")
    ) -> None:
        """Say something; ``about`` names the slot and what failed there, so that its next success takes it away."""
        self.notices.add(level, message, advice, command, about)
        self.observers.tell("notice", self.notices.items)

    def settle(self, slot: str, kinds: Collection[str] | None = None) -> None:
        """What failed in a slot (of these kinds, or anything) has worked since: nobody need read of it any more."""
        if self.notices.settle(slot, kinds):
            self.observers.tell("notice", self.notices.items)

    def dismiss(self, number: int) -> None:
        self.notices.dismiss(number)
        self.observers.tell("notice", self.notices.items)

    # --- what is open ----------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        return self.history.value

    @property
    def workspace(self) -> Workspace:
        """What fills the window."""
        return self.session.workspace

    @property
    def kind(self) -> DataKind:
        """What the run that is steered is of."""
        slot = self.session.front
        kinds = KINDS if slot.startswith(CELL) else kinds_in(slot)
        if len(kinds) == 1:
            return kinds[0]
        opened, data = self.runs[slot].opened, self.spec.data
        source = None if data.path else self.catalogue.source(data.name)
        if source is not None and (opened is None or opened.spec.data.name != data.name):
            return source.kind if source.kind in kinds else kinds[0]
        return kinds[0] if opened is None else opened.info.kind

    @property
    def run(self) -> RunState:
        """The run that is steered."""
        return self.runs[self.session.front]

    @property
    def spec(self) -> RunSpec:
        """The run spec as wanted; `resolved` also holds the recipe's values."""
        return self.session.spec()

    @property
    def resolved(self) -> RunSpec | None:
        """The run spec with every value in use, once the engine has said it."""
        return self.run.opened.spec if self.run.opened else None

    @property
    def document(self) -> Document | None:
        """The file that the run in front belongs to."""
        return self.documents.of(self.run)

    def edit(self, session: Session, key: str = "") -> None:
        """Take over a changed session as one undo step (one for all edits with the same ``key`` in a row). What needs another
        model is another run.
        """
        before = self.session
        for slot in before.slots.keys() & session.slots.keys():
            same = session.run_id(slot) == before.run_id(slot)
            if same and least_work(before.spec(slot), session.spec(slot)) == Change.REBUILD:
                session = session.with_run(new_id(), slot)
        self.history.push(session.identified(), key)
        self.follow()
        self._turn(before)

    def undo(self) -> None:
        self._step_back(self.history.undo)

    def redo(self) -> None:
        self._step_back(self.history.redo)

    def _step_back(self, move: Callable[[], Session]) -> None:
        """Undo or redo: what is on screen stays, but a change behind the scenes is brought to the front."""
        before = self.session
        after = move()
        changed = [s for s in {**before.slots, **after.slots} if before.slots.get(s) != after.slots.get(s)]
        tabs = [tab_of(slot) for slot in changed]
        front = before.workspace if before.workspace in tabs or not tabs else tabs[0]
        seen = {"layers": before.layers, "image_view": before.image_view, "time": before.time}
        self.history.replace(after.with_(workspace=front, **seen))
        self.follow()
        self._turn(before)

    def end_drag(self) -> None:
        """The control was released: the next edit is an undo step of its own."""
        self.history.seal()

    @property
    def can_undo(self) -> bool:
        return self.history.can_undo

    @property
    def can_redo(self) -> bool:
        return self.history.can_redo

    @property
    def undo_said(self) -> str:
        """What undo takes back, in words; empty where there is nothing to say."""
        before = self.history.before
        return "" if before is None else step_said(before, self.session, self.catalogue)

    @property
    def redo_said(self) -> str:
        """What redo does again."""
        after = self.history.after
        return "" if after is None else step_said(self.session, after, self.catalogue)

    def set_workspace(self, workspace: Workspace) -> None:
        if workspace == "compare" and not self.session.cells:
            self.comparison.begin()
        elif workspace != self.workspace:
            before = self.session
            self.history.replace(before.with_(workspace=workspace))
            self.follow()
            self._swap(before)

    def _turn(self, before: Session) -> None:
        """Tell where another workspace, or in the same one another run, is in front than before."""
        if before.workspace != self.workspace:
            self._swap(before)
        elif before.front != self.session.front:
            self.observers.tell("workspace", self.workspace)

    def _swap(self, before: Session) -> None:
        """Another workspace is in front: nothing is drawn any more for the one that was, and it trains on unseen."""
        for slot in before.seen:
            if slot in self.link.looks and slot in self.runs:
                self.backend.send(m.Look(self.runs[slot].name, front=False))
        for slot in self.session.seen:
            self.look_again(slot)
        self.observers.tell("workspace", self.workspace)

    def look_again(self, slot: str) -> None:
        look = self.link.looks.get(slot)
        if look is not None and slot in self.session.seen:
            self.backend.send(dataclasses.replace(look, run=self.runs[slot].name))

    def set_layers(self, layers: tuple[str, ...]) -> None:
        self.history.replace(self.session.with_(layers=layers))
        self.observers.tell("session", self.session)

    def toggle_layer(self, layer: str) -> None:
        on = set(self.session.layers) ^ {layer}
        self.set_layers(tuple(layer.name for layer in PLANE_LAYERS if layer.name in on))

    def set_time(self, t: float) -> None:
        """Move the sampling-time slider, 0 noise to 1 data."""
        self.history.replace(self.session.with_(time=min(1.0, max(0.0, t))))
        self.observers.tell("session", self.session)

    def set_image_view(self, view: str) -> None:
        self.history.replace(self.session.with_(image_view=view))
        self.observers.tell("session", self.session)

    # --- edits of the run in front ---------------------------------------------------------------------------------

    def set_spec(self, key: str = "", **changes: Any) -> bool:
        """Change fields of the run spec. A value out of range becomes a notice and False."""
        return self._try(lambda: self.spec.with_(**changes), key)

    def choose_data(self, data: DataChoice) -> None:
        """Other data. A source of images is let go: others are rarely of the same size."""
        sampling = {**self.spec.sampling.model_dump(), "label": None}
        source = self.spec.source if self.kind == "points" else None
        changes: dict[str, Any] = {}
        found = None if data.path else self.catalogue.source(data.name)
        family = self.catalogue.family(self.spec.family)
        if found is not None and found.kind != self.kind and found.kind in kinds_in(workspace_of(self.kind)):
            # another kind in the same workspace: as many as there is room for, and a family that knows it
            sampling |= {"count": COUNTS[found.kind], "sampler": None, "knobs": {}}
            if family is not None and family.accepts.get(found.kind) is not None:
                others = (each.name for each in self.catalogue.families if each.accepts.get(found.kind) is None)
                changes["family"] = next(others, self.spec.family)
        self.set_spec(data=data, source=source, config={}, training={}, sampling=sampling, **changes)

    def choose_source(self, source: DataChoice | None) -> None:
        """What samples start from: other data, or noise. A family that knows noise alone gives way to one that does not."""
        family = self.catalogue.family(self.spec.family)
        sampling = {**self.spec.sampling.model_dump(), "label": None, "knobs": {}, "sampler": None}
        changes: dict[str, Any] = {"source": source, "sampling": sampling}
        if source is not None and family is not None and not family.takes_source:
            taking = next((one.name for one in self.catalogue.families if one.takes_source), None)
            changes |= {} if taking is None else {"family": taking, "config": {}, "training": {}}
        self.set_spec(**changes)

    def set_source_param(self, name: str, value: Any) -> bool:
        """A setting of the source, which there is."""
        source = self.spec.source or self.spec.data
        changed = source.model_copy(update={"params": {**source.params, name: value}})
        return self.set_spec(key=f"source.{name}", source=changed)

    def choose_columns(self, columns: str, of_source: bool = False) -> None:
        """Which columns of the file of the data, or of the source, are meant, like ``x=height,y=weight,class=none``."""
        if of_source:
            self.set_source_param("columns", columns)
            return
        data = self.spec.data
        self.choose_data(data.model_copy(update={"params": {**data.params, "columns": columns}}))

    def choose_family(self, name: str) -> None:
        """Another family with its recipe. Whether classes are wanted stays as it was: one that is nothing without them takes
        them all the same.
        """
        sampling = {**self.spec.sampling.model_dump(), "sampler": None, "knobs": {}, "temperature": 1.0}
        family = self.catalogue.family(name)
        source = self.spec.source if family is None or family.takes_source else None
        self.set_spec(family=name, source=source, config={}, training={}, sampling=sampling)

    def set_clusters(self, k: int) -> None:
        """Classes by k-means, 0 for the data's own."""
        data = self.spec.data.model_copy(update={"clusters": k})
        sampling = {**self.spec.sampling.model_dump(), "label": None}
        own = bool(self.run.opened and self.run.opened.info.classes and not self.spec.data.clusters)
        self.set_spec(
            key="data.clusters", data=data, conditional=k > 0 or (own and self.spec.conditional), sampling=sampling
        )

    def set_config(self, name: str, value: Any) -> bool:
        return self.set_spec(key=f"config.{name}", config={**self.spec.config, name: value})

    def set_training(self, name: str, value: Any) -> bool:
        return self.set_spec(key=f"training.{name}", training={**self.spec.training, name: value})

    def set_data_param(self, name: str, value: Any) -> bool:
        data = self.spec.data
        params = {**data.params, name: value}
        return self.set_spec(key=f"data.{name}", data=data.model_copy(update={"params": params}))

    def reset_config(self) -> None:
        """Back to the recipe."""
        self.set_spec(config={}, training={})

    def set_conditional(self, on: bool) -> None:
        self.set_spec(conditional=on, sampling={**self.spec.sampling.model_dump(), "label": None})

    def set_sampling(self, key: str = "", **changes: Any) -> bool:
        """Change sampler, knobs, count, temperature, label, seed or seed_locked."""
        if "sampler" in changes and "knobs" not in changes:
            changes["knobs"] = {}
        return self._try(lambda: self.spec.with_sampling(**changes), key or f"sampling.{'.'.join(changes)}")

    def set_given(self, name: str, value: float | str | None) -> bool:
        """Give a slot of the context a value, None to leave it free; what it cannot be becomes a notice and False."""
        slots = self.run.opened.info.slots if self.run.opened is not None else ()
        label = self.spec.sampling.label
        held = {} if label is None or isinstance(label, int) else dict(label)
        wanted = {**held, name: value}
        try:
            now = checked([(key, each) for key, each in wanted.items() if each is not None], slots)
        except ValueError as error:
            self.notify("warn", str(error))
            return False
        return self.set_sampling(key=f"given.{name}", label=now or None)

    def set_knob(self, name: str, value: Any) -> bool:
        return self.set_sampling(key=f"knob.{name}", knobs={**self.spec.sampling.knobs, name: value})

    def set_device(self, name: str) -> None:
        """``auto``, ``cpu``, ``cuda`` or ``mps``; takes effect when training is paused."""
        self.set_spec(device=name)

    def _try(self, change: Callable[[], RunSpec], key: str) -> bool:
        try:
            spec = change()
        except ValidationError as error:
            self.notify("warn", explain(error))
            return False
        session = self.session.with_spec(spec)
        self.edit(self.comparison.shared(self.spec, session) if self.workspace == "compare" else session, key)
        return True

    # --- training --------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train the run in front; where the last change could not be opened, the one from before it."""
        self.undo_failure()
        if self.notices.answer("run.train") | self.notices.settle(self.session.front, {"diverged", "train"}):
            self.observers.tell("notice", self.notices.items)
        self.backend.send(m.Train(self.run.name))

    def undo_failure(self) -> None:
        """Take back what could not be opened, and with it what was changed since: the run that stands is in front again."""
        slot = self.session.front
        if not self.runs[slot].failure:
            return
        stood = self.link.stood.get(slot)
        if stood is None:
            self.undo() if self.can_undo else self.edit(self.session.with_spec(Session().spec(_kind(slot))))
            return

        def back() -> Session:
            """All of it in one step: what is shown follows each."""
            while least_work(self.history.value.spec(slot), stood) == Change.REBUILD and self.can_undo:
                self.history.undo()
            return self.session

        if least_work(self.spec, stood) == Change.REBUILD and self.can_undo:
            self._step_back(back)
        if least_work(self.spec, stood) == Change.REBUILD:
            self.edit(self.session.with_spec(stood, slot).with_run(self.run.id, slot))

    def pause(self) -> None:
        self.backend.send(m.Pause(self.run.name))

    @property
    def training(self) -> bool:
        """Whether a run that is seen trains."""
        return self.comparison.training if self.workspace == "compare" else self.run.training

    def toggle_train(self) -> None:
        """Train what is seen, or pause it: the run in front, or all of a comparison."""
        here = self.comparison if self.workspace == "compare" else self
        if self.training:
            here.pause()
        else:
            here.train()

    def train_gently(self) -> None:
        """Train on at a tenth of the learning rate, or the lowest there is."""
        opened = self.run.opened
        if opened is not None:
            rate = self.spec.training.get("learning_rate", opened.spec.training["learning_rate"])
            if self.set_training("learning_rate", max(rate / 10, LOWEST_RATE)):
                self.train()

    def step(self) -> None:
        self.undo_failure()
        self.backend.send(m.Train(self.run.name, steps=1, quiet=True))

    def reset(self) -> None:
        """Begin again from the same seed, as another run."""
        self.undo_failure()
        self.backend.send(m.Reset(self.run.name, self._another()))

    def rewind(self, step: int | None) -> None:
        """Show the model as it was at a kept step, or live again."""
        self.backend.send(m.Rewind(self.run.name, step))

    def branch(self) -> None:
        """Go on training from the step that is shown, as another run."""
        history = self.run.history
        if history is not None and history.shown is not None:
            self.backend.send(m.Branch(self.run.name, self._another()))

    def _another(self) -> Path:
        """The place of a run that takes over from the one in front with the same spec; an undo step leads back where anything
        is lost with that.
        """
        run, slot = self.run, self.session.front
        if run.step == 0 or not run.learns:
            return self.tray.place(self.session.run_id())
        self.link.leaves(run)
        self.history.push(self.session.with_run(new_id()))
        self.link.ids[slot] = self.session.run_id()
        return self.tray.place(self.session.run_id())

    # --- looking and asking ----------------------------------------------------------------------------------------

    def look(
        self,
        layers: frozenset[str],
        extent: m.Extent | None = None,
        cells: int = 96,
        t: float = 1.0,
        inside: str = "",
        slot: str | None = None,
    ) -> None:
        """What the view of a slot, of the one in front unless told, needs; computed until the next `look`."""
        slot = slot or self.session.front
        self.link.looks[slot] = m.Look(self.runs[slot].name, layers, extent, cells, t, inside)
        self.backend.send(self.link.looks[slot])

    def show_measure(self, name: str) -> None:
        """Which measure is in front; topic ``measure``."""
        self.measure = name
        self.observers.tell("measure", name)

    def set_prior(self, prior: tuple[float, ...]) -> None:
        """Weights of the classes before an example was seen, for p(y | x); empty for their shares among the data."""
        self.history.replace(self.session.with_(prior=prior))
        self.observers.tell("session", self.session)

    # --- files -----------------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the run in front and what is on screen with it; it belongs to this file then. A notice follows."""
        self.save_run(self.session.front, path)

    def save_copy(self, path: Path, exact: bool = True) -> None:
        """As `save`, but the run goes on belonging to the file it belongs to. Without ``exact`` it is a small one, with weights
        in half precision and no optimiser.
        """
        self.documents.copy(path)
        self.save_run(self.session.front, path, exact)

    def save_run(self, slot: str, path: Path, exact: bool = True) -> None:
        """Write the run of a slot and what is on screen with it."""
        added = self.members[slot]() if slot in self.members else dict
        run, session = self.runs[slot], self.session.model_dump_json().encode()
        samples, data = run.samples, run.data

        def members() -> Mapping[str, bytes]:
            image = thumbnail(samples, data)
            return {"session.json": session, **({} if image is None else {MEMBER: image}), **added()}

        self.backend.send(m.Save(run.name, path, members, exact))

    def export_model(self, form: m.ExportForm, path: Path) -> None:
        """Write the model in front for other programs; a notice follows."""
        self.backend.send(m.ExportModel(self.run.name, form, path))

    def write_aside(
        self, slot: str, path: Path, told: Callable[[str], None], *, small: bool = False, painted: bool = False
    ) -> None:
        """Write the run of a slot with its kept steps and what is on screen to a file that it does not belong to, such as one
        for another process, where it is ``painted`` with the canvas; ``told`` what went wrong, or nothing, once it is there. A
        ``small`` one has no kept steps, weights in half precision and no optimiser.
        """
        self.aside[path] = told
        added = self.members[slot]() if painted and slot in self.members else dict
        session = self.session.model_dump_json().encode()

        def members() -> Mapping[str, bytes]:
            return {"session.json": session, **added()}

        self.backend.send(m.Save(self.runs[slot].name, path, members, exact=not small, history=not small))

    def open(self, path: Path) -> str:
        """Read a ``.dgm`` file into a new run, the runs of a session, or a file with a link; what is open stays as it is when
        that fails, and is kept when it does not. Returns the name of the new run, where it is one.
        """
        if self.sessions.holds(path):
            self.sessions.open(path)
            return ""
        if link := links.in_file(Path(path)):
            links.open_link(self, link)
            return ""
        name, id = f"file-{next(self.names)}", new_id()
        self.link.opening[name] = id
        self.backend.send(m.Load(name, Path(path).absolute(), self.tray.place(id)))
        return name

    def bring(self, id: str) -> None:
        """Bring a run from the tray to the front of its workspace; the one that is there takes its place in the tray."""
        kept = self.tray[id]
        session = self.session.with_spec(kept.spec, kept.workspace).with_run(id, kept.workspace)
        self.edit(session.with_(workspace=kept.workspace))

    def remember(self, path: Path) -> None:
        """A file was used just now."""
        recent = [str(path), *(p for p in self.settings.recent if p != str(path))]
        self.settings.recent = recent[:10]
        self.observers.tell("recent")

    def kept_runs(self) -> list[Kept]:
        """The runs in the tray, newest first, but those that are in front."""
        return self.tray.kept(without=[held.run for held in self.session.slots.values()])

    def copied(self, run: RunState) -> str:
        """Write a run as it is now into the tray, as another one; returns its id."""
        assert run.opened is not None
        id = new_id()
        place = self.tray.place(id)
        self.tray_change(lambda tray: tray.folder.mkdir(parents=True, exist_ok=True))
        self.backend.send(m.Save(run.name, place))
        parked = m.Parked(run.name, run.step, place, run.opened.spec, run.opened.info, run.seconds)
        self.keep_note(parked, (run.samples, run.data))
        return id

    def tray_change(self, change: Callable[[Tray], object]) -> None:
        """Change the tray; what the disk refuses becomes a notice."""
        try:
            change(self.tray)
        except OSError as error:
            self.notify("warn", tr("The tray of runs could not be changed: {error}.", error=error))

    def keep_note(self, parked: m.Parked, drawn: tuple[m.Samples | None, m.Data | None], name: str = "") -> None:
        """A run is in the tray: write down what it is, with a picture of what it drew."""
        family = self.family_titles.get(parked.spec.family, parked.spec.family)
        document = self.documents.saved_as_is(parked.place.stem, parked.step)
        try:
            self.tray.add(note_of(parked, family, document, name), thumbnail(*drawn))
        except OSError as error:
            self.notify(
                "warn",
                tr("What is known of {family} in the tray could not be written: {error}.", family=family, error=error),
            )

    @property
    def family_titles(self) -> dict[str, str]:
        """Of families by name; empty before the engine is ready."""
        return {family.name: family.title for family in self.catalogue.families}

    # --- events ----------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Send the engine what the session now asks for, and tell who watches."""
        self.following.match_slots()
        if self.ready:
            for slot in self.session.seen:
                self.following.ask_for(slot)
        for topic, value in (("session", self.session), ("commands", None), ("file", self.document)):
            self.observers.tell(topic, value)

    def new(self) -> None:
        """A fresh default session; what was open can be had back by undo."""
        self.edit(Session(workspace=self.workspace))

    def set_theme(self, theme: Any) -> None:
        self.settings.theme = theme
        self.observers.tell("theme", theme)

    def set_language(self, name: str) -> None:
        """Speak a language from the next start on."""
        self.settings.language = name
        said = tr("From the next start on the window speaks {language}.", language=languages()[name])
        self.notify("info", said, tr("Lessons that are there in it are in it at once."))


def _kind(slot: str) -> str:
    """The slot whose first run a slot has without any."""
    return "2d" if slot.startswith(CELL) else "images" if slot.startswith(KEPT) else slot
