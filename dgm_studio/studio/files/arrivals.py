"""What arrives from elsewhere: files that are dropped, text and pictures of the clipboard; what is done with each.

That is decided and said before anything is done. Data go to the workspace of their kind; what fits several kinds, such as a
table, is taken for what the workspace in front shows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.places import data_folder
from dgm_studio.protocol.spec import PICTURE, DataChoice

from ..lesson.from_file import is_lesson, play_file
from ..session.workspace import Workspace, workspace_of
from . import links

if TYPE_CHECKING:
    from ..studio import Studio

PICTURES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".jfif",
        ".jpe",
        ".webp",
        ".avif",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".pbm",
    }
)
ONE_IMAGE = 64
"""Side in pixels of a single picture that is learned from."""
_OF_IMAGES = frozenset({".zip", ".idx"})
_TABLES = frozenset({".csv", ".tsv", ".tab", ".dat", ".npy", ".npz", ".gz"})
_TEXT = frozenset({".txt", ".text", ".lst", ".words"})
_SOUNDS = frozenset({".wav", ".wave"})
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_FEWEST_ROWS = 3


@dataclass(frozen=True)
class Arrival:
    """Something that can be taken: ``said`` is what `take` will do, a sentence."""

    said: str
    take: Callable[[], object]


def of_paths(studio: Studio, paths: Sequence[Path]) -> Arrival | None:
    """What to do with files and folders that are dropped on the window; None where nothing takes them."""
    runs = [path for path in paths if path.suffix.lower() == ".dgm"]
    if len(runs) > 1:
        return Arrival(tr("Compare these {runs} runs side by side.", runs=len(runs)), partial(_compare, studio, runs))
    for path in paths:
        if path.suffix.lower() == ".dgm" or links.in_file(path):
            return Arrival(
                tr("Open {name}. What is open stays among the runs.", name=path.name), partial(studio.open, path)
            )
        if is_lesson(path):
            return Arrival(
                tr("Play the lesson {stem}. What is open waits.", stem=path.stem), partial(play_file, studio, path)
            )
        found = _data(studio, path)
        if found is not None:
            return found
    return None


def of_text(studio: Studio, text: str) -> Arrival | None:
    """What to do with text: a link is opened, cells of a spreadsheet become points. None for other text."""
    if links.is_link(text):
        return Arrival(tr("Open the link. What is open stays among the runs."), partial(links.open_link, studio, text))
    cells = table_of(text)
    if cells is None:
        return None
    rows, columns = cells
    return Arrival(
        tr("Learn from these {rows:,} points, a table of {columns} columns.", rows=rows, columns=columns),
        partial(_paste_table, studio, text),
    )


def of_picture(studio: Studio, png: bytes) -> Arrival:
    """What to do with a picture without a file, as PNG: it is kept in one, and learned from."""
    said = (
        tr("Learn a density of the plane from this picture.")
        if studio.kind == "points"
        else tr("Learn textures from this picture.")
    )
    return Arrival(said, partial(_paste_picture, studio, png))


def table_of(text: str) -> tuple[int, int] | None:
    """Rows and columns of numbers in a text; None where it is no table. One row may be names."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if len(lines) < _FEWEST_ROWS:
        return None
    sign = "\t" if "\t" in lines[-1] else ";" if ";" in lines[-1] else "," if "," in lines[-1] else None
    rows = [[cell.strip() for cell in line.split(sign)] for line in lines]
    columns = len(rows[-1])
    numeric = [sum(_NUMBER.fullmatch(cell) is not None for cell in row) for row in rows]
    full = sum(len(row) == columns and count >= 2 for row, count in zip(rows, numeric, strict=True))
    return (full, columns) if columns >= 2 and full >= max(_FEWEST_ROWS, len(rows) - 1) else None


def choice_of(studio: Studio, path: Path) -> DataChoice:
    """The data of a file or folder; among images one picture is a set of its own."""
    if studio.kind == "images" and path.suffix.lower() in PICTURES:
        return DataChoice(name=PICTURE, path=str(path), params={"size": ONE_IMAGE})
    return DataChoice(name="file", path=str(path))


def _data(studio: Studio, path: Path) -> Arrival | None:
    ending, kind = path.suffix.lower(), studio.kind
    if path.is_dir():
        if kind in ("strings", "sounds"):
            return Arrival(
                tr("Learn from the recordings in {name}.", name=path.name), partial(_learn, studio, path, "sequences")
            )
        return Arrival(
            tr("Learn from the pictures in {name}.", name=path.name), partial(_learn, studio, path, "images")
        )
    if ending in _SOUNDS:
        return Arrival(
            tr("Learn from the recording {name}, cut into seconds.", name=path.name),
            partial(_learn, studio, path, "sequences"),
        )
    if ending in _OF_IMAGES or path.name.lower().endswith("ubyte"):
        return Arrival(
            tr("Learn from the pictures in {name}.", name=path.name), partial(_learn, studio, path, "images")
        )
    if ending in PICTURES:
        what = "textures" if kind == "images" else tr("a density of the plane")
        place: Workspace = "images" if kind == "images" else "2d"
        return Arrival(
            tr("Learn {what} from the picture {name}.", what=what, name=path.name), partial(_learn, studio, path, place)
        )
    if ending in _TEXT and kind in ("strings", "sounds"):
        return Arrival(
            tr("Learn from the strings in {name}, one a line.", name=path.name),
            partial(_learn, studio, path, "sequences"),
        )
    if ending in _TABLES | _TEXT:
        if kind == "images" and ending not in _TEXT:
            return Arrival(
                tr("Learn from the pictures in {name}.", name=path.name), partial(_learn, studio, path, "images")
            )
        return Arrival(tr("Learn from the points in {name}.", name=path.name), partial(_learn, studio, path, "2d"))
    return None


def _learn(studio: Studio, path: Path, workspace: Workspace) -> None:
    if workspace_of(studio.kind) != workspace or studio.workspace == "compare":
        studio.edit(studio.session.with_(workspace=workspace))
    studio.choose_data(choice_of(studio, path))


def _compare(studio: Studio, paths: Sequence[Path]) -> None:
    studio.edit(studio.session.with_(workspace="compare"))
    for path in paths:
        studio.comparison.add_file(path)


def _paste_table(studio: Studio, text: str) -> None:
    ending = ".tsv" if "\t" in text else ".csv"
    _keep(studio, text.strip().encode() + b"\n", f"cells{ending}", "2d")


def _paste_picture(studio: Studio, png: bytes) -> None:
    _keep(studio, png, "picture.png", "2d" if studio.kind == "points" else "images")


def _keep(studio: Studio, content: bytes, name: str, workspace: Workspace) -> None:
    """Keep what was pasted in a file, so that runs can be opened again with their data, and learn from it."""
    folder = data_folder() / "pasted"
    stem, _, ending = name.partition(".")
    path = folder / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{ending}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        atomic.write(path, content)
    except OSError as error:
        studio.notify(
            "bad",
            tr(
                "What was pasted could not be kept in {folder}: {strerror}.",
                folder=folder,
                strerror=error.strerror or error,
            ),
            tr("Free some space."),
        )
        return
    _learn(studio, path, workspace)
