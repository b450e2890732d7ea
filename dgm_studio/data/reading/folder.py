"""A folder or ZIP of pictures, or a single picture file, as one set: training and every verb read it here."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgm_studio.contract import Loading
from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .arrangement import arrangement
from .listing import ListedFile, Listing, listed
from .picture_file import SUFFIXES
from .picture_set import read_all
from .pictures import ANY
from .scale import Pixels, Scales


@dataclass(frozen=True)
class Folder:
    """The ``entries`` that are examples and their ``pixels``, (H, W) or (H, W, 3) each.

    ``label`` (n,) are numbers of ``classes``, None where the folders are none, and ``held`` (n,) says which are held out where
    the folders say so. ``said`` is what was done, ``problems`` what was skipped, each with its reason.
    """

    entries: list[ListedFile]
    pixels: list[Pixels]
    classes: tuple[str, ...]
    label: NDArray[np.int64] | None
    held: NDArray[np.bool_] | None
    scales: Mapping[str, tuple[float, float]]
    said: tuple[str, ...]
    problems: tuple[str, ...]


def is_set(path: Path) -> bool:
    """Whether a path is read here by its kind: a folder or a ZIP."""
    return path.is_dir() or path.suffix.lower() == ".zip"


def thinned(count: int, limit: int) -> NDArray[np.int64]:
    """At most ``limit`` of ``count`` positions, evenly spread, since files are often sorted by class."""
    return np.linspace(0, count - 1, min(count, limit)).round().astype(np.int64)


def read_folder(
    path: Path, size: tuple[int, int], limit: int, scales: Scales = ANY, *, together: bool = False
) -> Generator[Loading, None, Folder]:  # fmt: skip
    """At most ``limit`` pictures, as high and wide as ``size``, on the ``scales`` a run has kept, those that folders hold out
    taken ``together`` with the others if so wanted. Raises `DataError`.
    """
    if is_set(path):
        listing = yield from _listed(path)
    elif path.suffix.lower() in SUFFIXES:
        # a single picture, as texture synthesis learns from
        listing = Listing([ListedFile(path.parent, (path.name,))])
    else:
        raise DataError(tr("{path} is no picture: choose a picture, or the folder that holds the pictures", path=path))
    if not listing.entries:
        first = f"; {listing.skipped[0]}" if listing.skipped else ""
        raise DataError(
            tr(
                "{path} holds no pictures: put PNG, JPEG, WebP, GIF, BMP or TIFF files into it{first}",
                path=path,
                first=first,
            )
        )
    entries = [listing.entries[i] for i in thinned(len(listing.entries), limit)]
    problems = list(listing.skipped)
    found = yield from read_all(entries, size, problems, scales)
    if not found.entries:
        first = problems[len(listing.skipped)]
        raise DataError(
            tr(
                "none of the {entries} pictures in {path} can be read; the first: {first}",
                entries=len(entries),
                path=path,
                first=first,
            )
        )
    shape = arrangement(found.entries, together=together)
    there = dict(zip(found.entries, found.pixels, strict=True))
    return Folder(
        shape.entries, [there[entry] for entry in shape.entries], shape.classes, shape.label, shape.held, found.scales,
        (*found.said, *shape.said), (*problems, *shape.skipped),
    )  # fmt: skip


def _listed(path: Path) -> Generator[Loading, None, Listing]:
    looking = listed(path)
    while True:
        try:
            seen = next(looking)
        except StopIteration as stop:
            found: Listing = stop.value
            return found
        yield Loading(seen, 0, f"looking through {path.name}")
