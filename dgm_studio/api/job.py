"""Driving the engine without a window: send an intent, wait for its answer, turn failures into exceptions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec

E = TypeVar("E", bound=m.Event)
RUN = "run"


class BadInput(Exception):
    """What was asked for cannot be done, with the cure."""


class Failure(Exception):
    """The machine gave out, or the program is at fault. ``step`` is that of the weights that are left."""

    def __init__(self, message: str, step: int = 0) -> None:
        super().__init__(message)
        self.step = step


_REMARKS = ("memory", "catalogue")
"""Failures that do not end what was asked for."""


class Job:
    """One engine with one run in it, called ``name``; several may be ``beside`` each other in the same engine."""

    def __init__(self, name: str = RUN, beside: Job | None = None) -> None:
        self.name = name
        self.extras: Mapping[str, bytes] = {}
        """What the file that was loaded holds beside its run."""
        self._backend: InlineBackend = InlineBackend() if beside is None else beside._backend
        if beside is None:
            self._backend.start()

    def open(self, spec: RunSpec) -> m.Opened:
        return self.ask(m.Open(self.name, spec), m.Opened)

    def send(self, intent: m.Intent) -> None:
        """Send an intent without waiting for its answer."""
        self._backend.send(intent)

    def follow(self, done: Callable[[m.Event], bool]) -> bool:
        """Let all runs of the engine work until an event says that they are ``done``; False where nothing is left to do."""
        return self._backend.run_until(done) is not None

    def load(self, path: Path) -> m.Opened:
        """Open a saved run. Raises BadInput."""
        if not path.is_file():
            raise BadInput(f"{path} does not exist. Check the path.")
        self._backend.send(m.Load(self.name, path))
        opened: list[m.Opened] = []

        def watch(event: m.Event) -> None:
            if isinstance(event, m.Opened):
                opened.append(event)

        self.extras = self._wait(m.Loaded, watch).extras
        return opened[0]

    def edit(self, spec: RunSpec) -> m.Edited:
        return self.ask(m.Edit(self.name, spec), m.Edited)

    def ask(
        self,
        intent: m.Intent,
        answer: type[E],
        watch: Callable[[m.Event], None] | None = None,
        last: Callable[[E], bool] = lambda _: True,
    ) -> E:
        """Send an intent and wait for its answer, of several the one that is the ``last``. Raises BadInput or Failure with what
        the engine said.
        """
        self._backend.send(intent)
        return self._wait(answer, watch, last)

    def _wait(
        self,
        answer: type[E],
        watch: Callable[[m.Event], None] | None = None,
        last: Callable[[E], bool] = lambda _: True,
    ) -> E:
        failed: list[m.Failed] = []

        def found(event: m.Event) -> bool:
            if event.run not in ("", self.name):
                return False
            if isinstance(event, m.Failed) and event.kind in _REMARKS:
                sys.stderr.write(f"{event.message} {event.advice}\n")
            elif isinstance(event, m.Failed):
                failed.append(event)
                return True
            if watch is not None:
                watch(event)
            return isinstance(event, answer) and last(event)

        event = self._backend.run_until(found)
        if failed:
            text = f"{failed[0].message} {failed[0].advice}".strip()
            raise BadInput(text) if failed[0].blame == "input" else Failure(text, failed[0].step)
        if not isinstance(event, answer):
            raise Failure("The engine gave no answer. Please report this with what you asked for.")
        return event
