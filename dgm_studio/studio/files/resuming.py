"""Resuming: what is kept of a session for the next start, and how it is taken up again."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dgm_studio.language import tr

from ..session.history import UndoStack
from ..session.session import Session

if TYPE_CHECKING:
    from ..studio import Studio


class Resuming:
    """A file for the trained run of each slot beside the settings, which hold the session."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def path(self, slot: str) -> Path:
        """Where the run of a slot is kept."""
        return self._studio.places.autosave / f"{slot}.dgm"

    def keep_all(self) -> None:
        """Ask for every trained run to be kept; the engine writes before it stops."""
        for slot, run in self._studio.runs.items():
            if run.opened is not None:
                self.keep(slot)

    def keep(self, slot: str) -> None:
        """Ask for a run to be kept, if it is trained."""
        path, run, tray = self.path(slot), self._studio.runs[slot], self._studio.tray
        kept = tray.find(run.id)
        there = kept is not None and kept.step == run.step and tray.size(run.id) > 0  # it is read from the tray
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if run.step > 0 and not there:
                self._studio.save_run(slot, path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            self._studio.notify("warn", tr("The session could not be kept for the next start: {error}.", error=error))

    def take_up(self) -> None:
        """The session of the last start with what was trained in it, where it can be read. Before `Studio.start`.

        After a kill this is said, and is an undo step.
        """
        studio = self._studio
        if studio.settings.session is None:
            return
        try:
            session = Session.model_validate(studio.settings.session)
        except ValidationError:
            studio.settings.session = None
            studio.notify("info", tr("The last session is from another version; a fresh one is open."))
            return
        if studio.autosave is not None and studio.autosave.crashed:
            studio.history.push(session.identified())
            studio.notify(
                "warn",
                tr("The last session ended unexpectedly; it was restored."),
                tr("Undo begins with a fresh one instead."),
                "edit.undo",
            )
        else:
            studio.history = UndoStack(session.identified())
        studio.link.resume = {s for s in session.slots if self._is_of(self.path(s), session.run_id(s), s)}
        studio.follow()

    def _is_of(self, path: Path, id: str, slot: str) -> bool:
        """Whether the kept file is of the run that the session has in front; files of earlier versions do not say."""
        try:
            with zipfile.ZipFile(path) as file:
                kept = Session.model_validate_json(file.read("session.json"))
        except FileNotFoundError:
            return False
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, RuntimeError):
            return True  # that it cannot be read is said when it is tried
        return slot not in kept.slots or kept.run_id(slot) in ("", id)
