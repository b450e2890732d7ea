"""Starting: a studio over the engine on its own thread, with its commands and the session of the last start."""

from __future__ import annotations

from dgm_studio.engine.schedule.thread_backend import ThreadBackend

from . import actions
from .files.autosave import Autosave
from .files.settings import Places
from .studio import Studio


def open_studio(places: Places | None = None, restore: bool = True) -> Studio:
    """A studio that is ready to be shown; `Studio.start` wakes its engine."""
    studio = Studio(ThreadBackend(), places)
    actions.install(studio)
    studio.autosave = Autosave(studio)
    if restore:
        studio.resuming.take_up()
    else:
        studio.autosave.forget()
    return studio
