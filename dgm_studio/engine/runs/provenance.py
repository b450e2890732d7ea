"""What a run was trained on, well enough to tell later whether a file still holds the same.

The mark is a hash of the examples as they were read, in their split: it does not care when a file was copied or touched,
and does care about every number, class and order in it.
"""

from __future__ import annotations

import hashlib
from typing import Any

import torch

from dgm_studio.contract import Batch, DataSet
from dgm_studio.language import tr


def mark_of(data: DataSet, *, own_classes: bool) -> str:
    """A hash of all examples and, where they are the data's own and not clusters that were found, their classes."""
    own = [value for value in (data.spec.alphabet, data.spec.rate) if value]
    about = (data.spec.event, data.spec.classes, *own)
    found = hashlib.sha256(repr(about).encode())
    for batch in (data.train, data.held_out):
        for part in (batch.x, batch.label if own_classes else None):
            if part is not None:
                found.update(memoryview(part.contiguous().numpy()).cast("B"))  # type: ignore[arg-type]
    return found.hexdigest()


def same_data(now: DataSet, kept: DataSet, mark: Any, *, own_classes: bool) -> bool:
    """Whether data are those that a run was trained on: by its mark, or by the examples that were ``kept`` where a file of
    an earlier version has no mark.
    """
    if (now.spec.event, now.spec.kind, now.spec.classes, now.spec.context) != (
        kept.spec.event,
        kept.spec.kind,
        kept.spec.classes,
        kept.spec.context,
    ):
        return False
    if mark:
        return bool(mark_of(now, own_classes=own_classes) == mark)
    pairs = ((now.train, kept.train), (now.held_out, kept.held_out))
    return all(_begins_with(there, here, own_classes) for there, here in pairs)


def _begins_with(now: Batch, kept: Batch, labels_too: bool) -> bool:
    n = len(kept)
    if len(now) < n:
        return False
    labels = not labels_too or now.label is None or kept.label is None or torch.equal(now.label[:n], kept.label)
    return labels and torch.equal(now.x[:n].to(kept.x.dtype), kept.x)


def missing(path: str, kept: DataSet) -> str:
    """What to say where the data of a run are not there."""
    return tr(
        "The data {path!r} of this run are not here, so it can be sampled but not trained; it is "
        "measured on the {count} examples kept in it. Put the data back to where it was and open "
        "the file again.",
        path=path,
        count=_count(kept),
    )


def changed(path: str, kept: DataSet) -> str:
    """What to say where the data of a run are no longer what it was trained on."""
    return tr(
        "The data {path!r} have changed since this run was trained on them. It is measured on "
        "the {count} examples kept in it, and cannot be trained on; open the data anew to train "
        "on what they are now.",
        path=path,
        count=_count(kept),
    )


def _count(kept: DataSet) -> str:
    return f"{len(kept.train) + len(kept.held_out):,}"
