"""Wording: turning what a library says into a sentence for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Interpolated, OutliersTold


def explain(error: ValidationError) -> str:
    """The first problem of a validation as a sentence, with the value that was given."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "value"
    return tr("{where}: {first} (got {value!r}).", where=where, first=first["msg"].lower(), value=first.get("input"))


def nearest(name: str, names: Iterable[str]) -> str:
    """A suggestion such as " Did you mean 'moons'?", or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.4)
    return tr(" Did you mean {close!r}?", close=close[0]) if close else ""


_ORIGINS = {
    "asked": tr("as asked"),
    "known": tr("as they are in the data"),
    "classifier": tr("by the model's own judgement"),
    "reproduction": tr("as they are reproduced best"),
}
_CHANGES = {"blended": tr("; the class is blended on the way"), "halfway": tr("; the class changes at half the way")}


def classes_said(walk: Interpolated, names: Sequence[str]) -> str:
    """Which classes the ends of an interpolation were taken for; empty where the model needs none."""
    if not walk.classes:
        return ""
    first, last = (names[y] if y < len(names) else str(y) for y in walk.classes)
    taken = (
        tr("Both ends are taken for {first}", first=first)
        if first == last
        else tr("The ends are taken for {first} and {last}", first=first, last=last)
    )
    return f"{taken}, {_ORIGINS[walk.origin]}{_CHANGES.get(walk.change, '')}."


_FEW = 0.05


def pool_said(effective: float) -> str:
    """How far samples that were drawn from a pool by weight can be trusted."""
    worth = (
        tr("The weighted pool is worth {effective:.0%} of its size", effective=effective)
        if effective >= 0.01
        else tr("Few of the pool count")
    )
    if effective >= _FEW:
        return f"{worth}."
    return tr("{worth}: samples repeat each other; a larger pool or a milder temperature helps.", worth=worth)


def outliers_said(told: OutliersTold) -> tuple[str, str]:
    """How well strangers are told from data: a sentence, and what the numbers mean."""
    parts = (f"{name} {odd:.2f} ({typical:.2f})" for name, (odd, typical) in told.areas.items())
    return (
        tr("Told from held-out data by likelihood, and (by typicality): {names}.", names=", ".join(parts)),
        tr("1 tells all apart, 0.5 is chance; below that strangers look likelier to the model than data do."),
    )


_LISTED = 3


def shortened(problems: Sequence[str]) -> list[str]:
    """The first few problems of many, and how many more there are; each without a full stop."""
    more = len(problems) - _LISTED
    if more <= 1:
        return list(problems)
    return [*problems[:_LISTED], tr("and {more} more files were skipped", more=more)]


def left_out_said(count: int) -> str:
    """How many files were left out."""
    return tr("1 file was left out") if count == 1 else tr("{count:,} files were left out", count=count)


def parts_said(parts: Mapping[str, int]) -> str:
    """How large a file is and what makes it so, to go on after its name; empty for a small one."""
    total = sum(parts.values())
    if total < 1_000_000:
        return ""
    large = [f"{name} {size / 1e6:.1f}" for name, size in parts.items() if size > total / 50]
    return tr(": {total:.1f} MB ({names})", total=total / 1000000.0, names=", ".join(large))
