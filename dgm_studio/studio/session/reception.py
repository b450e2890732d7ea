"""Reception: what the engine says becomes state, and everybody who watches is told.

Answers that nobody waits for any more and events of runs that are gone are dropped here, in one place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import Change, RunSpec, least_work

from ..files import exhibits
from ..wording import outliers_said, parts_said
from .session import COUNTS, Session, new_id
from .state import RunState
from .workspace import ALONE, WORKSPACES, workspace_of

if TYPE_CHECKING:
    from ..studio import Studio

_CURES: Mapping[str, str] = {"diverged": "run.gentler", "stopped": "run.restart", "start": "run.restart"}
"""Commands that act on a failure."""


class Reception:
    """Takes in the events of one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def receive(self, event: m.Event) -> None:
        """Take in one event."""
        studio = self._studio
        if isinstance(event, m.Ready):
            studio.catalogue, studio.ready = event.catalogue, True
            studio.tray.read(studio.family_titles)
            studio.observers.tell("catalogue", studio.catalogue)
            studio.follow()
            studio.backend.send(m.Thumbnails(""))
            return
        if isinstance(event, m.Thumbnail):
            studio.thumbnails[event.name] = event
            studio.observers.tell(m.Thumbnail, event)
            return
        if any(one.receive(event) for one in (studio.shoot_out, studio.answers, studio.adversarial, studio.maximising)):
            return
        if isinstance(event, m.Parked):
            self._parked(event)
            return
        if isinstance(event, m.Rehearsed):
            studio.rehearsal.told(event)
            return
        if isinstance(event, m.Loaded):
            self._adopt(event)
            return
        run = next((r for r in studio.runs.values() if r.name == event.run), None)
        if isinstance(event, m.Failed):
            if run is not None and event.kind == "load" and run.slot in studio.link.resume:
                self._not_read(run, event)
                return
            if event.kind == "save":
                studio.sessions.not_written()
                waiting, studio.aside = studio.aside, {}
                for told in waiting.values():
                    told(event.message)
            if run is not None and event.kind == "open":
                run.failure = event.message
                studio.observers.tell("failed", run)
                if event.table is not None and run.slot == studio.session.front:
                    studio.observers.tell("columns", event)
            if run is not None and event.ticket and event.ticket in run.waiting.values():
                run.waiting = {kind: ticket for kind, ticket in run.waiting.items() if ticket != event.ticket}
                studio.observers.tell("unanswered", event.kind)
            if studio.link.opening.pop(event.run, ""):
                studio.lesson.not_opened()
            slot = studio.session.front if run is None else run.slot
            if event.kind in ("stopped", "start"):
                studio.stopped = True
                studio.observers.tell("commands")
            cure = _CURES.get(event.kind, "")
            studio.notify("bad", event.message, event.advice, cure, (slot, event.kind))
            return
        if run is None:
            if isinstance(event, m.Opened) and event.run in studio.link.opening:
                self._stash(event, studio.link.opening.pop(event.run))
            return
        if isinstance(event, m.Saved):
            studio.settle(run.slot, {"save"})
            self._saved(run, event)
            return
        if isinstance(event, m.ExportedModel):
            studio.settle(run.slot, {"export"})
            studio.notify(
                "info",
                tr("Wrote {names}. {said}", names=" and ".join(path.name for path in event.paths), said=event.said),
            )
            return
        if isinstance(event, m.Finished):
            if run.slot in studio.session.cells:
                studio.comparison.finished()
                return
            studio.settle(run.slot, {"train"})  # one such word is enough, and none outlives its run
            said = tr("Trained {step:,} steps in {seconds:.0f} s.", step=event.step, seconds=event.seconds)
            studio.notify("info", said, about=(run.slot, "train"))
            return
        self._keep(run, event)

    def _keep(self, run: RunState, event: m.Event) -> None:
        studio = self._studio
        if event.answers and getattr(event, "ticket", None) != run.waiting.get(event.answers):
            return  # the answer to a question that nobody asks any more
        if worked := event.answers or event.settles:
            studio.settle(run.slot, {worked})
        if isinstance(event, m.Opened):
            if run.slot in ALONE and workspace_of(event.info.kind) != run.slot:
                self._relocate(run, event)
                return
            self._stands(run, event)
            run.begin(event, _id(event))
        if isinstance(event, m.Edited):
            if run.opened is not None:
                info = dataclasses.replace(run.opened.info, device=event.device)
                run.opened = dataclasses.replace(run.opened, spec=event.spec, info=info, place=event.place)
                self._still_the_same(run, event)
                studio.observers.tell("edited", run.opened)
            return
        run.take(type(event), event)
        studio.observers.tell(type(event), event)
        if isinstance(event, m.OutliersTold):
            studio.notify("info", *outliers_said(event))
        if isinstance(event, m.Opened):
            if run.slot in studio.link.resume:
                self._resumed(run.slot, _wished(event))
            studio.look_again(run.slot)
        if isinstance(event, m.Opened | m.Progress | m.History):
            studio.observers.tell("commands")

    def _still_the_same(self, run: RunState, event: m.Edited) -> None:
        """An edit that was thought to need another run did not: what it was called then is another name of this one."""
        studio = self._studio
        run.id = _id(event)
        if event.asked_place in (None, event.place) or run.id in ("", event.asked_place.stem):
            studio.observers.tell("file", studio.document)
            return
        other, slot = event.asked_place.stem, run.slot

        def renamed(session: Session) -> Session:
            there = slot in session.slots and session.run_id(slot) == other
            return session.with_run(run.id, slot) if there else session

        studio.history.change_all(renamed)
        if studio.link.ids.get(slot) == other:
            studio.link.ids[slot] = run.id
        studio.observers.tell("session", studio.session)

    def _not_read(self, run: RunState, event: m.Failed) -> None:
        """What was kept cannot be read: the run begins anew."""
        studio, slot = self._studio, run.slot
        studio.link.resume.discard(slot)
        id = studio.link.ids.get(slot, "")
        from_tray = id in studio.tray
        if from_tray:
            studio.tray.forget(id)
        spec = studio.link.sent[slot] = studio.session.spec(slot)
        another = new_id()  # what cannot be read is not written over
        studio.history.replace(studio.session.with_run(another, slot))
        studio.link.ids[slot] = another
        studio.backend.send(m.Open(run.name, spec, studio.tray.place(another)))
        what = (
            tr("That run could not be read from the tray")
            if from_tray
            else tr("What was trained last time could not be restored")
        )
        studio.notify("info", tr("{what}; it begins anew.", what=what), event.message)

    def _parked(self, event: m.Parked) -> None:
        """A trained run gave way: it is in the tray now."""
        studio, id = self._studio, event.place.stem
        studio.keep_note(event, studio.link.drawn.pop(id, (None, None)))

    def _stands(self, run: RunState, event: m.Opened) -> None:
        """A run could be built: what failed before it is past, and what became of a wish for classes is said once."""
        studio = self._studio
        studio.settle(run.slot)
        before = None if run.opened is None else run.opened.spec.data.path or run.opened.info.data_title
        studio.link.stood[run.slot] = wish = studio.link.sent.get(run.slot, event.spec)
        path, title = event.spec.data.path, event.info.data_title
        if wish.conditional and not event.info.classes and not event.info.context and before != (path or title):
            name = title if path is None else event.spec.data.label
            studio.notify("info", tr("{name} has no classes, so “use classes” is off.", name=name))

    def _resumed(self, slot: str, kept: RunSpec) -> None:
        """The run of the last start is back. The session takes over every value it was trained with, as recipes may have
        changed since; what was edited while it was read is sent now.
        """
        studio = self._studio
        studio.link.resume.discard(slot)
        asked, wanted = studio.link.sent[slot], studio.session.spec(slot)
        spec = kept
        if wanted != asked:
            if least_work(asked, wanted) == Change.REBUILD:
                spec = wanted
            else:
                changed = {name: value for name, value in wanted if value != getattr(asked, name)}
                spec = kept.with_(**changed)
        studio.link.sent[slot] = studio.link.stood[slot] = kept
        studio.history.replace(studio.session.with_spec(spec, slot))
        if slot in studio.session.seen:
            studio.follow()

    def _relocate(self, run: RunState, event: m.Opened) -> None:
        """The data turned out to belong to the other workspace: the run goes there, this one gets back what it had."""
        studio = self._studio
        other = workspace_of(event.info.kind)
        id = studio.link.ids.get(run.slot, "")
        studio.runs[run.slot] = studio.following.new_run(run.slot)
        for table in (studio.link.sent, studio.link.ids):
            table.pop(run.slot, None)
        studio.link.resume.discard(run.slot)
        while studio.session.spec(run.slot).data == event.spec.data and studio.history.can_undo:
            studio.history.undo()
        if studio.session.spec(run.slot).data == event.spec.data:
            fresh = studio.session.with_spec(Session().spec(run.slot), run.slot)
            studio.history.replace(fresh.with_run(new_id(), run.slot))
        self._stash(event, id, _wished(event).with_sampling(count=COUNTS[event.info.kind]))
        studio.notify(
            "info",
            tr("{label} is shown under {workspaces}.", label=event.spec.data.label, workspaces=WORKSPACES[other][0]),
        )

    def _stash(self, event: m.Opened, id: str, wanted: RunSpec | None = None) -> None:
        """A file's run is built: it takes over from the run in its workspace. ``wanted`` is what it shall become."""
        studio = self._studio
        workspace = workspace_of(event.info.kind)
        old, spec = studio.runs[workspace], _wished(event)
        studio.link.leaves(old)
        studio.backend.send(m.Close(old.name))
        studio.runs[workspace] = RunState(event.run, workspace, opened=event, id=_id(event))
        studio.settle(workspace)
        studio.link.sent[workspace] = studio.link.stood[workspace] = spec
        studio.link.ids[workspace] = id
        session = studio.session.with_spec(wanted or spec, workspace).with_run(id, workspace)
        studio.history.push(session.with_(workspace=workspace))
        studio.link.resume.discard(workspace)
        studio.link.looks.pop(workspace, None)
        for slot in studio.link.looks.keys() & studio.runs.keys():
            studio.backend.send(m.Look(studio.runs[slot].name, front=False))
        studio.observers.tell("workspace", workspace)
        studio.observers.tell(m.Opened, event)
        studio.follow()

    def _adopt(self, event: m.Loaded) -> None:
        studio = self._studio
        if studio.tray.owns(event.path):
            if event.extras:
                self._hand_on(event.extras)
            return
        if event.path.parent == studio.places.autosave:
            extras = dict(event.extras)
            if studio.autosave is not None and studio.autosave.has_canvas:
                extras = {name: data for name, data in extras.items() if not name.startswith("canvas/")}
            self._hand_on(extras)
            return
        run = next((r for r in studio.runs.values() if r.name == event.run), None)
        if run is not None and not exhibits.holds(event.path) and not studio.lesson.holds(event.path):
            self._belongs(run, event.path, event.step)
        if "session.json" in event.extras:
            try:
                saved = Session.model_validate_json(event.extras["session.json"])
            except (ValidationError, ValueError):
                studio.notify(
                    "warn",
                    tr("The view settings in {name} could not be read; the run itself is fine.", name=event.path.name),
                )
            else:
                studio.history.replace(
                    studio.session.with_(layers=saved.layers, image_view=saved.image_view, time=saved.time)
                )
                studio.observers.tell("session", studio.session)
        self._hand_on(event.extras)

    def _hand_on(self, extras: Mapping[str, bytes]) -> None:
        """What a file holds beside its run is for views, of which some are made later."""
        self._studio.loaded = extras
        self._studio.observers.tell("loaded", extras)

    def _saved(self, run: RunState, event: m.Saved) -> None:
        studio, path = self._studio, event.path
        if path.parent == studio.places.autosave:
            return
        if told := studio.aside.pop(path, None):
            told("")
            return
        if studio.tray.owns(path):
            studio.sessions.written(run, event)
            return
        if studio.documents.was_copy(path):
            studio.remember(path)
            studio.notify(
                "info", tr("Saved a copy as {name}{parts_said}.", name=path.name, parts_said=parts_said(event.parts))
            )
            return
        self._belongs(run, path, event.step)
        studio.notify("info", tr("Saved {name}{parts_said}.", name=path.name, parts_said=parts_said(event.parts)))

    def _belongs(self, run: RunState, path: Path, step: int) -> None:
        studio = self._studio
        if not studio.documents.belongs(run, path, step):
            studio.notify(
                "warn",
                tr("{name} is open in another window too.", name=path.name),
                tr("Save under another name, or one replaces the other's."),
            )
        studio.remember(path)
        studio.observers.tell("file", studio.document)


def _id(event: m.Opened | m.Edited) -> str:
    """Of the run that is there."""
    return event.place.stem if event.place is not None else ""


def _wished(opened: m.Opened) -> RunSpec:
    """What a run that was opened is of, its classes as they were asked for: a family that is nothing without them learns them
    anyway, and the next one need not.
    """
    return opened.spec.with_(conditional=opened.info.wants_classes)
