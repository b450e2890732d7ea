"""What the command line says: progress to standard error, the outcome to standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from dgm_studio.api import TrainingProgress
from dgm_studio.json_text import as_text

_SAID_EVERY = 10.0
"""Seconds of training between two lines of a log."""


def say(text: str) -> None:
    """Progress, to standard error."""
    click.echo(text, err=True)


def result(values: dict[str, Any], as_json: bool, text: str) -> None:
    """The outcome, to standard output: one JSON object, or a sentence.

    JSON has no infinity and no NaN: such a value is null, and ``not_finite`` says by its path what it is.
    """
    click.echo(as_text(values) if as_json else text)


def progress_line(total: int | None) -> Callable[[TrainingProgress], None]:
    """Shows training steps on one line of a terminal, which `end_line` ends, or now and then in a log."""
    on_terminal = sys.stderr.isatty()
    last = [0.0]

    def show(progress: TrainingProgress) -> None:
        if on_terminal or progress.seconds - last[0] > _SAID_EVERY:
            last[0] = progress.seconds
            of = f" of {total:,}" if total else ""
            line = f"step {progress.step:,}{of}, {progress.steps_per_second:,.0f} steps/s, {progress.seconds:.0f} s"
            click.echo(f"\r{line:<60}" if on_terminal else line, nl=not on_terminal, err=True)

    return show


def end_line() -> None:
    """What is said next stands on a line of its own."""
    if sys.stderr.isatty():
        click.echo("", err=True)
