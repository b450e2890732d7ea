"""Following the session: which run is in which slot, and what the engine is asked for so that it is the one that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import Change, least_work

from .state import RunState

if TYPE_CHECKING:
    from ..studio import Studio


class Following:
    """Of one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def new_run(self, slot: str) -> RunState:
        return RunState(f"{slot}-{next(self._studio.names)}", slot)

    def match_slots(self) -> None:
        """Runs of slots that went are closed, which keeps what they learned; new slots wait for theirs."""
        studio = self._studio
        for slot in [slot for slot in studio.runs if slot not in studio.session.slots]:
            run = studio.runs.pop(slot)
            studio.link.leaves(run)
            studio.link.forget(slot)
            studio.settle(slot)
            studio.backend.send(m.Close(run.name))
        for slot in studio.session.slots:
            if slot not in studio.runs:
                studio.runs[slot] = self.new_run(slot)

    def ask_for(self, slot: str) -> None:
        """Tell the engine what is wanted of the run in a slot, where that is anything new."""
        studio = self._studio
        link, run = studio.link, studio.runs[slot]
        spec, id = studio.session.spec(slot), studio.session.run_id(slot)
        asked, asked_id, place = link.sent.get(slot), link.ids.get(slot), studio.tray.place(id)
        if id == asked_id and asked is not None and slot in link.resume:
            return  # edits wait for the run that is being read
        if asked is None and slot in link.resume:
            studio.backend.send(m.Load(run.name, studio.resuming.path(slot), place))
        elif id != asked_id and id != run.id and id in studio.tray:
            self._leave(run)
            studio.backend.send(m.Load(run.name, place, place))
            link.resume.add(slot)
            spec = studio.tray[id].spec
        else:
            link.resume.discard(slot)
            work = least_work(asked, spec) if asked is not None else Change.REBUILD
            if work == Change.REBUILD or id not in (asked_id, run.id):
                self._leave(run)
            if asked is None:
                studio.backend.send(m.Open(run.name, spec, place))
            elif work != Change.NOTHING or id != asked_id:
                studio.backend.send(m.Edit(run.name, spec, place))
        link.sent[slot], link.ids[slot] = spec, id

    def _leave(self, run: RunState) -> None:
        """Another run is on its way in the place of this one."""
        studio = self._studio
        studio.link.leaves(run)
        run.waiting.clear()
        run.failure = ""  # the run from before may still stand; a new failure is said anew
        studio.settle(run.slot, {"open"})
