"""What the command line says: progress to standard error, the outcome to standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from dgm_studio.json_text import as_text
from dgm_studio.protocol import messages as m


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
