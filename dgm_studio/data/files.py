"""Data sets from files: points (CSV, NPY, NPZ), a folder of pictures, arrays of pictures (IDX, NPZ, NPY).

`source_for_path` looks at what a path is and gives the source that reads it. Whatever cannot be used raises `DataError`
with a sentence that names the file and the cure; single bad pictures in a folder are skipped and named.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from copy import copy
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import create_model

from dgm_studio.contract import Batch, DataError, DataSet, DataSpec, Loading, Rng, Settings, Source, knob
from dgm_studio.data import _pictures, picture
from dgm_studio.data._images import image_set, split
from dgm_studio.data._shares import shares_of
from dgm_studio.data.reading.arrays import read_idx, read_npy, read_npz, to_labels, to_pictures
from dgm_studio.data.reading.points import read_points

MIN_POINTS = 4
LISTED_AT_ONCE = 200
"""Files looked at between two reports of progress."""


def load_picture(path: str | Path) -> NDArray[np.uint8]:
    """The pixels (height, width) or (height, width, 3) of a picture file of any mode. Raises `DataError`."""
    return np.array(_pictures.open_picture(Path(path)))


def load_array(path: str | Path) -> NDArray[np.generic]:
    """The array of an NPY file, or the examples of an NPZ file, as they are. Raises `DataError`."""
    found = Path(path)
    return np.array(read_npz(found)[0] if found.suffix.lower() == ".npz" else read_npy(found))


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
        "", help="Folder of pictures, of which each sub-folder is a class, or one picture.", title="Folder"
    )
    size: int = knob(32, 8, 128, step=4, unit="px", help="Side of the square that each picture is cut and scaled to.")
    colour: Literal["auto", "grey", "colour"] = knob(
        "auto", help="Keep colours; 'auto' keeps them where the pictures have some."
    )
    limit: int = knob(20_000, 1, 1_000_000, scale="log", help="The most pictures that are read.", advanced=True)


class ArrayParams(Settings):
    """Which file of pictures."""

    path: str = knob(
        "", help="IDX, IDX.gz, NPZ or NPY file of pictures; labels are found beside or inside it.", title="File"
    )
    limit: int = knob(70_000, 1, 1_000_000, scale="log", help="The most pictures that are used.", advanced=True)


def _existing(path: str, what: str) -> Path:
    if not path:
        raise DataError(f"no {what} is chosen: choose one")
    found = Path(path).expanduser()
    if not found.exists():
        raise DataError(f"{found} does not exist: check the name and the folder")
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
            f"{path} holds {len(points.x)} points, of which {distinct} differ: {MIN_POINTS} different ones are the least to "
            "learn from"
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
    )


# --- a folder of pictures ---------------------------------------------------------------------------------------------


def _listed(folder: Path) -> Generator[Loading, None, list[Path]]:
    """All picture files below a folder in the order of their names, hidden ones left out."""
    if not os.access(folder, os.R_OK | os.X_OK):
        raise DataError(f"{folder} may not be read: change its permissions")
    files = []
    for seen, file in enumerate(folder.rglob("*")):
        if seen % LISTED_AT_ONCE == 0:
            yield Loading(seen, 0, f"looking through {folder.name}")
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.suffix.lower() in _pictures.SUFFIXES and not hidden and file.is_file():
            files.append(file)
    return sorted(files)


def _thinned(count: int, limit: int) -> NDArray[np.int64]:
    """At most ``limit`` of ``count`` positions, evenly spread, since files are often sorted by class."""
    return np.linspace(0, count - 1, min(count, limit)).round().astype(np.int64)


def _load_folder(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, FolderParams)
    folder = _existing(params.path, "folder")
    if folder.is_dir():
        found = yield from _listed(folder)
    elif folder.suffix.lower() in _pictures.SUFFIXES:
        folder, found = folder.parent, [folder]  # a single picture, as texture synthesis learns from
    else:
        raise DataError(f"{folder} is no picture: choose a picture, or the folder that holds the pictures")
    if not found:
        raise DataError(f"{folder} holds no pictures: put PNG, JPEG, WebP, GIF, BMP or TIFF files into it")
    files = [found[i] for i in _thinned(len(found), params.limit)]
    kept: list[Path] = []
    images: list[Image.Image] = []
    problems: list[str] = []
    any_colour = False
    for done, file in enumerate(files):
        yield Loading(done, len(files), file.name)
        try:
            image = _pictures.square(_pictures.open_picture(file, params.size), params.size)
        except DataError as problem:
            problems.append(str(problem))
            continue
        any_colour = any_colour or not _pictures.is_grey(image)
        kept.append(file)
        images.append(image)
    if not kept:
        raise DataError(f"none of the {len(files)} pictures in {folder} can be read; the first: {problems[0]}")
    colour = any_colour if params.colour == "auto" else params.colour == "colour"
    pixels = np.stack([np.asarray(image.convert("RGB" if colour else "L")) for image in images])
    x = torch.from_numpy(to_pictures(folder, pixels))
    classes, label = _classes_of(folder, kept)
    return image_set("folder", x, label, classes, problems=problems)


def _classes_of(folder: Path, files: list[Path]) -> tuple[tuple[str, ...], torch.Tensor | None]:
    """Class names and numbers (n,) when every picture lies in one of several sub-folders, else none."""
    parts = [file.relative_to(folder).parts for file in files]
    names = sorted({part[0] for part in parts if len(part) > 1})
    if len(names) < 2 or any(len(part) == 1 for part in parts):
        return (), None
    return tuple(names), torch.tensor([names.index(part[0]) for part in parts])


# --- arrays of pictures -----------------------------------------------------------------------------------------------


def _beside(path: Path, *changes: tuple[str, str]) -> Path | None:
    """The file named like ``path`` with parts of the name replaced, packed or not, if there is one."""
    name = path.name
    for old, new in changes:
        name = name.replace(old, new)
    if name == path.name:
        return None
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    return next((path.with_name(n) for n in (name, other) if path.with_name(n).is_file()), None)


def _read_idx_pair(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.generic] | None]:
    array = read_idx(path)
    if array.ndim == 1:
        raise DataError(f"{path} holds labels: choose the images file beside it")
    labels = _beside(path, ("images", "labels"), ("idx3", "idx1"))
    return array, None if labels is None else read_idx(labels)


def _load_arrays(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, ArrayParams)
    path = _existing(params.path, "file")
    yield Loading(0, 1, f"reading {path.name}")
    suffix = path.suffix.lower()
    if suffix == ".npy":
        array, labels = read_npy(path), None
    else:
        array, labels = read_npz(path) if suffix == ".npz" else _read_idx_pair(path)
    if not array.ndim or not len(array):
        raise DataError(f"{path} holds an empty array: save at least one picture")
    keep = _thinned(len(array), params.limit)
    x = torch.from_numpy(to_pictures(path, array[keep]))
    if labels is None:
        return image_set("array", x)
    numbers, classes = to_labels(path, labels, len(array))
    return image_set("array", x, torch.from_numpy(numbers[keep]), classes)


# --- choosing ---------------------------------------------------------------------------------------------------------

SOURCES = (
    Source("points", "Points from a file", "Your own points: CSV, NPY or NPZ.", "2d", PointFileParams, _load_points),
    Source(
        "folder",
        "Folder of pictures",
        "Your own pictures; each sub-folder is a class.",
        "images",
        FolderParams,
        _load_folder,
    ),
    Source("array", "MNIST-like file", "Pictures in an IDX, NPZ or NPY file.", "images", ArrayParams, _load_arrays),
)
_TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".asc")
_BY_NAME = {source.name: source for source in (*SOURCES, *picture.SOURCES)}


def _kind(path: Path) -> str:
    """The name of the source that reads a path."""
    if path.is_dir():
        return "folder"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    last = suffixes[-1] if suffixes else ""
    if last in (".npy", ".npz"):
        array = read_npy(path) if last == ".npy" else read_npz(path)[0]
        return "points" if array.ndim == 2 or array.dtype.names else "array"
    if last in _TABLES:
        return "points"
    if last in _pictures.SUFFIXES:
        return "picture-density"
    if last == ".gz" or "idx" in last or "ubyte" in path.name:
        return "array"
    raise DataError(
        f"{path} is of a kind that is not known: give a folder of pictures, a picture, or a CSV, NPY, NPZ or IDX file"
    )


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
    return Source(source.name, found.name, source.help, source.workspace, filled, source.load)  # type: ignore[arg-type]
