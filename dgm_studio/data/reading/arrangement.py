"""What the folders of pictures mean: classes, or training and held-out pictures with the classes inside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .labels import named
from .listing import ListedFile

TRAINING = frozenset({"train", "training", "trainset", "train_set"})
HELD_OUT = frozenset(
    {
        "val",
        "valid",
        "validation",
        "test",
        "testing",
        "dev",
        "eval",
        "holdout",
        "held_out",
        "heldout",
        "testset",
        "test_set",
    }
)


@dataclass(frozen=True)
class Arrangement:
    """The entries that belong to the set, their class numbers ``label`` (n,) and names, and which are ``held`` out (n,), None
    where the folders do not say so; what was skipped, and what was found.
    """

    entries: list[ListedFile]
    classes: tuple[str, ...] = ()
    label: NDArray[np.int64] | None = None
    held: NDArray[np.bool_] | None = None
    skipped: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def arrangement(entries: Sequence[ListedFile], *, together: bool = False) -> Arrangement:
    """How pictures lie in folders: folders around all of them are passed through, a split is looked for, then classes.

    Of a split the parts are taken ``together`` where pictures are asked about, not learned from.
    """
    below = _inside([entry.parts for entry in entries])
    at = _split_level(below)
    if at is None:
        return _classes(list(entries), below, None, (), ())
    kept, paths, held, skipped = [], [], [], []
    for entry, parts in zip(entries, below, strict=True):
        part = parts[at].lower() if len(parts) > at + 1 else ""
        if part not in TRAINING | HELD_OUT:
            skipped.append(f"{entry.where} was skipped: it lies beside the folders of training and held-out pictures")
            continue
        kept.append(entry)
        paths.append((*parts[:at], *parts[at + 1 :]))
        held.append(part in HELD_OUT)
    names = sorted({parts[at] for parts in below if len(parts) > at + 1 and parts[at].lower() in HELD_OUT})
    if together:
        return _classes(
            kept, _inside(paths), None, tuple(skipped), ("training and held-out pictures are taken together",)
        )
    said = f"the pictures in {' and '.join(names)} are held out"
    return _classes(kept, _inside(paths), np.array(held), tuple(skipped), (said,))


def _inside(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The paths below folders that hold all the pictures."""
    while paths and len({parts[0] for parts in paths}) == 1 and min(map(len, paths)) > 1:
        paths = [parts[1:] for parts in paths]
    return paths


def _split_level(paths: list[tuple[str, ...]]) -> int | None:
    """The depth of the folders for training and for held-out pictures: outermost, or inside each class."""
    for at in (0, 1):
        names = {parts[at].lower() for parts in paths if len(parts) > at + 1}
        strict = at == 0 or (names <= TRAINING | HELD_OUT and min(map(len, paths)) > at + 1)
        if names & TRAINING and names & HELD_OUT and strict:
            return at
    return None


def _classes(
    entries: list[ListedFile], paths: list[tuple[str, ...]], held: NDArray[np.bool_] | None, skipped: tuple[str, ...],
    said: tuple[str, ...],
) -> Arrangement:  # fmt: skip
    """The outermost folders as classes where there are several, and what does not belong to any left out."""
    inside = np.array([len(parts) > 1 for parts in paths], bool)
    learned = inside if held is None else inside & ~held
    names = {parts[0] for parts, here in zip(paths, learned, strict=True) if here}
    if len(names) < 2:
        return Arrangement(entries, held=held, skipped=skipped, said=said)
    mine = inside & np.array([parts[0] in names for parts in paths])
    pool = np.ones(len(paths), bool) if held is None else ~held
    if (pool & ~mine).sum() > (pool & mine).sum():
        lie = f"no classes: {(pool & ~mine).sum()} pictures lie beside the {len(names)} folders"
        return Arrangement(entries, held=held, skipped=skipped, said=(*said, lie))
    why = {
        True: "its folder is no class among the training pictures",
        False: "it lies beside the folders that are classes",
    }
    outside = [
        f"{e.where} was skipped: {why[bool(deep)]}" for e, ok, deep in zip(entries, mine, inside, strict=True) if not ok
    ]
    if held is not None and not (mine & held).any():
        held = None
        said = ("nothing is held out by its folder, as no held-out picture has a class",)
    label, classes = named([parts[0] for parts, ok in zip(paths, mine, strict=True) if ok])
    deep = Counter(len(parts) > 2 for parts, ok in zip(paths, mine, strict=True) if ok)[True]
    more = ("the outermost folders are the classes",) if deep else ()
    return Arrangement(
        [entry for entry, ok in zip(entries, mine, strict=True) if ok], classes, label,
        None if held is None else held[mine], (*skipped, *outside), (*said, *more),
    )  # fmt: skip
