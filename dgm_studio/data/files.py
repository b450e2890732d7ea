"""Data sets from files: points (CSV, NPY, NPZ), a folder or ZIP of pictures, arrays of pictures (IDX, NPZ, NPY, CSV), lines
of text, recordings (WAV).

`source_for_path` looks at what a path is and gives the source that reads it. Whatever cannot be used raises `DataError`
with a sentence that names the file and the cure; single bad pictures in a folder are skipped and named.
"""

from __future__ import annotations

from collections.abc import Generator
from copy import copy
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import create_model
from torch import Tensor

from dgm_studio.contract import Batch, DataError, DataSet, DataSpec, Loading, Rng, Settings, Source, knob
from dgm_studio.data import picture, recordings
from dgm_studio.data.reading.arrays import in_rows, read_npy, read_npz, to_labels
from dgm_studio.data.reading.folder import read_folder, thinned
from dgm_studio.data.reading.layout import SMALLEST, side_of
from dgm_studio.data.reading.packed import suffix_of
from dgm_studio.data.reading.picture_file import SUFFIXES, coloured, is_grey
from dgm_studio.data.reading.pictures import TABLES, Pictures, reading_pictures
from dgm_studio.data.reading.pixel_table import is_pixel_table
from dgm_studio.data.reading.points import read_points
from dgm_studio.data.reading.string_lines import LONGEST, is_lines, read_lines
from dgm_studio.data.reading.wave_file import SUFFIXES as WAVES
from dgm_studio.data.reading.wave_file import waves_in
from dgm_studio.data.shared.images import image_set, split
from dgm_studio.data.shared.shares import shares_of
from dgm_studio.data.shared.strings import string_set
from dgm_studio.language import tr

MIN_POINTS, MIN_STRINGS = 4, 10


class PointFileParams(Settings):
    """Which file of points."""

    path: str = knob(
        "", help="CSV, NPY or NPZ file with two columns of numbers and, if wanted, one of classes.", title="File"
    )
    columns: str = knob(
        "",
        help="Which columns are meant, by name or number, like x=height,y=weight,class=none; empty where the file decides.",
        advanced=True,
    )


class FolderParams(Settings):
    """Which folder, and what its pictures are turned into."""

    path: str = knob(
        "", help="Folder or ZIP of pictures, of which each sub-folder is a class, or one picture.", title="Folder"
    )
    size: int = knob(32, 8, 128, step=4, unit="px", help="Side of the square that each picture is cut and scaled to.")
    colour: Literal["auto", "grey", "colour"] = knob(
        "auto", help="Keep colours; 'auto' keeps them where the pictures have some."
    )
    limit: int = knob(20_000, 1, 1_000_000, scale="log", help="The most pictures that are read.", advanced=True)


class ArrayParams(Settings):
    """Which file of pictures."""

    path: str = knob(
        "", help="IDX, IDX.gz, NPZ, NPY or CSV file of pictures; labels are found beside or inside it.", title="File"
    )
    limit: int = knob(70_000, 1, 1_000_000, scale="log", help="The most pictures that are used.", advanced=True)


class LineFileParams(Settings):
    """Which file of strings."""

    path: str = knob("", help="Text file with one string a line.", title="File")
    longest: int = knob(16, 1, LONGEST, step=1, help="Letters that there is room for; a longer line is an error.")


def _existing(path: str, what: str) -> Path:
    if not path:
        raise DataError(tr("no {what} is chosen: choose one", what=what))
    found = Path(path).expanduser()
    if not found.exists():
        raise DataError(tr("{found} does not exist: check the name and the folder", found=found))
    return found


# --- points -----------------------------------------------------------------------------------------------------------


def _load_points(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, PointFileParams)
    path = _existing(params.path, "file")
    yield Loading(0, 1, f"reading {path.name}")
    points = read_points(path, params.columns)
    distinct = len(np.unique(points.x[:1000], axis=0))
    if distinct < MIN_POINTS and (len(points.x) <= 1000 or len(np.unique(points.x, axis=0)) < MIN_POINTS):
        raise DataError(
            tr(
                "{path} holds {x} points, of which {distinct} differ: {min_points} different ones are "
                "the least to learn from",
                path=path,
                x=len(points.x),
                distinct=distinct,
                min_points=MIN_POINTS,
            )
        )
    x = torch.from_numpy(points.x)
    label = None if points.label is None else torch.from_numpy(points.label)
    train, held = split(torch.zeros(len(x), dtype=torch.long) if label is None else label)
    known = None if label is None else label[train]
    return DataSet(
        name="points",
        spec=DataSpec((2,), classes=points.classes, shares=shares_of(known, len(points.classes))),
        train=Batch.of(x[train], known),
        held_out=Batch.of(x[held], None if label is None else label[held]),
        said=points.said,
        axes=points.names,
        table=points.table,
    )


# --- a folder of pictures ---------------------------------------------------------------------------------------------


def _load_folder(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, FolderParams)
    path = _existing(params.path, "folder")
    found = yield from read_folder(path, (params.size, params.size), params.limit)
    colour = not all(map(is_grey, found.pixels)) if params.colour == "auto" else params.colour == "colour"
    x = _channels_first(np.stack([coloured(picture, colour) for picture in found.pixels]))
    label = None if found.label is None else torch.from_numpy(found.label)
    held = None if found.held is None else torch.from_numpy(found.held)
    return image_set(
        "folder", x, label, found.classes, problems=found.problems, said=found.said, scales=found.scales, held=held
    )


def _channels_first(x: NDArray[np.uint8]) -> Tensor:
    """Pictures (n, H, W) or (n, H, W, 3) as (n, C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(x[:, None] if x.ndim == 3 else np.moveaxis(x, -1, 1)))


# --- arrays of pictures -----------------------------------------------------------------------------------------------


def _load_arrays(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, ArrayParams)
    path = _existing(params.path, "file")
    yield Loading(0, 1, f"reading {path.name}")
    found = yield from _in_slices(path)
    keep = thinned(len(found.x), params.limit)
    x = _channels_first(found.x[keep])
    if found.labels is None:
        return image_set("array", x, said=found.said, scales=found.scales)
    numbers, classes = to_labels(path, found.labels, len(found.x))
    return image_set("array", x, torch.from_numpy(numbers[keep]), classes, said=found.said, scales=found.scales)


# --- strings ----------------------------------------------------------------------------------------------------------


def _load_lines(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, LineFileParams)
    path = _existing(params.path, "file")
    yield Loading(0, 1, f"reading {path.name}")
    found = read_lines(path, params.longest)
    distinct = len(set(found.strings))
    if distinct < MIN_STRINGS:
        raise DataError(
            tr(
                "{path} has {distinct} different lines: {min_strings} are the least to learn from",
                path=path,
                distinct=distinct,
                min_strings=MIN_STRINGS,
            )
        )
    length = max(map(len, found.strings))
    return string_set("strings", found.strings, ("", *found.letters), length, said=found.said)


def _in_slices(path: Path) -> Generator[Loading, None, Pictures]:
    reading = reading_pictures(path)
    while True:
        try:
            done = next(reading)
        except StopIteration as stop:
            found: Pictures = stop.value
            return found
        yield Loading(done, 0, f"reading {path.name}: {done:,} pictures")


# --- choosing ---------------------------------------------------------------------------------------------------------

SOURCES = (
    Source(
        "points",
        "Points from a file",
        "Your own points: CSV, NPY or NPZ.",
        "points",
        PointFileParams,
        _load_points,
        from_file=True,
    ),
    Source(
        "folder",
        "Folder of pictures",
        "Your own pictures; each sub-folder is a class.",
        "images",
        FolderParams,
        _load_folder,
        from_file=True,
    ),
    Source(
        "array",
        "MNIST-like file",
        "Pictures in an IDX, NPZ or NPY file.",
        "images",
        ArrayParams,
        _load_arrays,
        from_file=True,
    ),
    Source(
        "strings",
        "Lines of a text file",
        "Your own strings, one a line.",
        "strings",
        LineFileParams,
        _load_lines,
        from_file=True,
    ),
)
_OTHERS = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), ("a workbook", "save the sheet with the points as CSV")),
    **dict.fromkeys((".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz"), ("a packed file", "unpack it, or pack it as ZIP")),
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth"), ("never opened for safety", "save its arrays as NPZ")),
}
"""Files that people have and that are not read: what they are, and the cure."""
_BY_NAME = {source.name: source for source in (*SOURCES, *picture.SOURCES, *recordings.SOURCES)}


def _kind(path: Path) -> str:
    """The name of the source that reads a path."""
    last = suffix_of(path)
    if last in WAVES or (path.is_dir() and _sounds(path)):
        return "recordings"
    if path.is_dir():
        return "folder"
    if last == ".zip":
        return "folder"
    if last in (".npy", ".npz"):
        array = in_rows(read_npy(path) if last == ".npy" else read_npz(path).examples)
        return "points" if array.dtype.names or (array.ndim == 2 and not _holds_pictures(array)) else "array"
    if is_lines(path):
        return "strings"
    if last in TABLES:
        return "array" if is_pixel_table(path) else "points"
    if last in SUFFIXES:
        return "picture-density"
    if last in _OTHERS:
        raise DataError(
            tr("{path} is {others}: {others_2}", path=path, others=_OTHERS[last][0], others_2=_OTHERS[last][1])
        )
    if path.suffix.lower() == ".gz" or "idx" in last or "ubyte" in path.name:
        return "array"
    raise DataError(
        tr(
            "{path} is of a kind that is not known: give a folder or ZIP of pictures, a picture, a "
            "text file, a WAV file or a folder of them, or a CSV, NPY, NPZ or IDX file",
            path=path,
        )
    )


def _sounds(folder: Path) -> bool:
    """Whether a folder is one of recordings: it holds some, and more of them than of pictures."""
    found = waves_in(folder)
    return bool(found) and len(found) > sum(p.suffix.lower() in SUFFIXES for p in folder.rglob("*"))


def _holds_pictures(array: NDArray[np.generic]) -> bool:
    """Whether an array of two axes is a picture, or holds one in each row, rather than points."""
    rows, columns = array.shape
    return array.dtype.kind in "biuf" and (side_of(columns) is not None or (rows == columns and columns >= SMALLEST))


def source_for_path(path: str | Path, *, as_picture: bool = False) -> Source:
    """The source that reads a file or folder, its path filled in as the default of ``Params``.

    A picture is a density of the plane, unless it is taken ``as_picture``: then it is a set of one picture.

    Its name is that of a source in the catalogue, so ``(name, params)`` is all that needs to be kept. Raises
    `DataError` where the path is missing or of no known kind.
    """
    found = _existing(str(path), "file").resolve()
    kind = _kind(found)
    source = _BY_NAME["folder" if kind == "picture-density" and as_picture else kind]
    field = copy(source.Params.model_fields["path"])
    field.default = str(found)
    filled = create_model(source.Params.__name__, __base__=source.Params, path=(str, field))
    # pydantic's mypy plugin takes the variable for a class of its own, unrelated to the base.
    return Source(source.name, found.name, source.help, source.kind, filled, source.load)  # type: ignore[arg-type]
