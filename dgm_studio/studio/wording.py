"""Wording: turning what a library says into a sentence for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import ValidationError


def explain(error: ValidationError) -> str:
    """The first problem of a validation as a sentence, with the value that was given."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "value"
    return f"{where}: {first['msg'].lower()} (got {first.get('input')!r})."


def nearest(name: str, names: Iterable[str]) -> str:
    """A suggestion such as " Did you mean 'moons'?", or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.4)
    return f" Did you mean {close[0]!r}?" if close else ""
