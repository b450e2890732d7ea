"""Examples that a verb is given, read as training reads them: points, strings, sounds, pictures, or a folder or
ZIP of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dgm_studio.api.job import BadInput
from dgm_studio.contract import DataError, finish
from dgm_studio.data.reading.arrays import to_labels
from dgm_studio.data.reading.columns import NoColumn
from dgm_studio.data.reading.folder import Folder, is_set, read_folder
from dgm_studio.data.reading.picture_file import coloured
from dgm_studio.data.reading.pictures import read_pictures
from dgm_studio.data.reading.points import Points, read_points
from dgm_studio.data.reading.string_lines import LONGEST, read_lines
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.strings import numbers_of
from dgm_studio.studio.painting.images import fitted, told
from dgm_studio.studio.wording import shortened

from .job import say
from .sounds import sounds_from

MOST = 1_000_000
"""Pictures of a folder, at most."""


@dataclass(frozen=True)
class Examples:
    """Examples ``x`` (n, ...) in data units and, where they have any, the class that each is given, by its name.

    ``files`` (n,) says of which file each is, where each is of its own, and ``problems`` what was skipped, with its reason.
    """

    x: m.Array
    given: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def report(self) -> dict[str, Any]:
        """What ``--json`` says of where they come from; empty for a single file."""
        return {"files": list(self.files), "problems": list(self.problems)} if self.files else {}


def examples_from(path: Path, opened: m.Opened, columns: str | None = None) -> Examples:
    """Points or images from a file, or pictures from a folder or ZIP, as training reads them. Raises BadInput.

    ``columns`` says which of a table are meant; None are those that the run was trained on, where the file has them.
    """
    kind = opened.info.kind
    pictures = kind == "images"
    if columns is not None and kind != "points":
        raise BadInput(f"--columns names columns of points, and this run is on {'pictures' if pictures else kind}.")
    if pictures and path.exists() and is_set(path):
        return _of_folder(path, opened)
    if kind == "sounds":
        return Examples(sounds_from(path, opened.info))
    check_file(path)
    try:
        if kind == "strings":
            return _strings(path, opened)
        if kind == "paths":
            return _paths(path, opened)
        if not pictures:
            return _points(path, opened, columns)
        found = read_pictures(path, opened.info.scales, opened.info.event)
        tell(path, found.said)
        given = () if found.labels is None else _given(*to_labels(path, found.labels, len(found.x)))
        return Examples(_all_fitted(found.x, path.name, opened.info.event), given)
    except DataError as error:
        raise BadInput(f"{error}.") from None


def _of_folder(path: Path, opened: m.Opened) -> Examples:
    channels, height, width = opened.info.event
    try:
        found: Folder = finish(read_folder(path, (height, width), MOST, opened.info.scales, together=True))
    except DataError as error:
        raise BadInput(f"{error}.") from None
    tell(path, found.said)
    for words in shortened(found.problems):
        say(f"{words}.")
    say(
        f"{path.name}: {len(found.entries):,} pictures, cut and resized to {width} × {height} pixels where they are not so."
    )
    x = np.stack([coloured(picture, channels == 3) for picture in found.pixels])
    given = () if found.label is None else _given(found.label, found.classes)
    return Examples(x, given, tuple("/".join(entry.parts) for entry in found.entries), found.problems)


def _given(label: m.Array, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(names[k] for k in label)


def _points(path: Path, opened: m.Opened, columns: str | None) -> Examples:
    trained = str(opened.spec.data.params.get("columns", ""))
    points: Points
    try:
        points = read_points(path, trained if columns is None else columns)
    except NoColumn:
        if columns is not None or not trained:
            raise
        points = read_points(path)
    tell(path, points.said)
    return Examples(points.x, () if points.label is None else _given(points.label, points.classes))


def _strings(path: Path, opened: m.Opened) -> Examples:
    lines = read_lines(path, LONGEST)
    tell(path, lines.said)
    info = opened.info
    try:
        return Examples(np.array([numbers_of(s, info.alphabet, info.event[0]) for s in lines.strings], np.uint8))
    except ValueError as error:
        raise BadInput(f"{path.name}: {error}") from None


def _paths(path: Path, opened: m.Opened) -> Examples:
    try:
        found = np.load(path, allow_pickle=False)
        x = np.asarray(found["x"] if isinstance(found, np.lib.npyio.NpzFile) else found, np.float64)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{path.name} holds no paths as sample writes them, .npy or .npz ({error}).") from None
    if x.shape[1:] != opened.info.event or not len(x):
        raise BadInput(f"{path.name} has shape {x.shape}; paths of this run are (n, {opened.info.event[0]}, 2).")
    return Examples(x)


def _all_fitted(x: m.Array, name: str, event: tuple[int, ...]) -> m.Array:
    """Pictures (n, H, W) or (n, H, W, 3) made to fit the model's, which is said."""
    changes = told(x[0], event)
    if not changes:
        return x
    say(f"{name} was {changes}, as the model knows pictures.")
    return np.stack([fitted(picture, event) for picture in x])


def tell(path: Path, said: Iterable[str]) -> None:
    """What was done to read a file, to standard error."""
    for words in said:
        say(f"{path.name}: {words}.")


def check_file(path: Path) -> None:
    """Raises BadInput for what is no file."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder. Name a file in it.")
    if not path.is_file():
        raise BadInput(f"{path} does not exist. Check the path.")
