"""Driving the engine from the command line: send an intent, wait for its answer, turn failures into exceptions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.json_text import as_text
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec

E = TypeVar("E", bound=m.Event)
RUN = "run"


class BadInput(Exception):
    """What was asked for cannot be done: exit code 2."""


class Failure(Exception):
    """The machine gave out, or the program is at fault: exit code 1. ``step`` is that of the weights that are left."""

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

    def ask(self, intent: m.Intent, answer: type[E], watch: Callable[[m.Event], None] | None = None) -> E:
        """Send an intent and wait for its answer. Raises BadInput or Failure with what the engine said."""
        self._backend.send(intent)
        return self._wait(answer, watch)

    def _wait(self, answer: type[E], watch: Callable[[m.Event], None] | None = None) -> E:
        failed: list[m.Failed] = []

        def found(event: m.Event) -> bool:
            if event.run not in ("", self.name):
                return False
            if isinstance(event, m.Failed) and event.kind in _REMARKS:
                say(f"{event.message} {event.advice}")
            elif isinstance(event, m.Failed):
                failed.append(event)
                return True
            if watch is not None:
                watch(event)
            return isinstance(event, answer)

        event = self._backend.run_until(found)
        if failed:
            text = f"{failed[0].message} {failed[0].advice}".strip()
            raise BadInput(text) if failed[0].blame == "input" else Failure(text, failed[0].step)
        if not isinstance(event, answer):
            raise Failure("The engine gave no answer. Please report this with the command you gave.")
        return event


def say(text: str) -> None:
    """Progress, to standard error."""
    click.echo(text, err=True)


def result(values: dict[str, Any], as_json: bool, text: str) -> None:
    """The outcome, to standard output: one JSON object, or a sentence.

    JSON has no infinity and no NaN: such a value is null, and ``not_finite`` says by its path what it is.
    """
    click.echo(as_text(values) if as_json else text)


def progress_line(total: int | None) -> Callable[[m.Event], None]:
    """A watcher that shows training steps on one line of a terminal, or now and then in a log."""
    on_terminal = sys.stderr.isatty()
    last = [0.0]

    def watch(event: m.Event) -> None:
        if not isinstance(event, m.Progress):
            return
        if event.phase == "loading" and event.activity and on_terminal:
            click.echo(f"\r{event.activity:<60}", nl=False, err=True)
        elif event.phase == "training" and (on_terminal or event.seconds - last[0] > 10):
            last[0] = event.seconds
            of = f" of {total:,}" if total else ""
            line = f"step {event.step:,}{of}, {event.steps_per_second:,.0f} steps/s, {event.seconds:.0f} s"
            click.echo(f"\r{line:<60}" if on_terminal else line, nl=not on_terminal, err=True)
        elif event.phase in ("finished", "failed") and on_terminal:
            click.echo("", err=True)

    return watch
