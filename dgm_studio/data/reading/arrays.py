"""Arrays of points or pictures from NPY and NPZ files, and the labels that belong to them.

Nothing is ever unpickled: an array of Python objects is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .labels import named
from .layout import SMALLEST
from .packed import opened

_LISTED = 5
MAX_BYTES = 2 << 30
"""Larger arrays are refused before they are unpacked."""
EXAMPLE_KEYS = (
    "x", "images", "data", "points", "x_train", "train_images", "train_x", "train_data", "image", "imgs", "samples",
    "features", "coords", "coordinates", "arr_0",
)  # fmt: skip
LABEL_KEYS = (
    "y", "labels", "label", "target", "targets", "classes", "class", "y_train", "train_labels", "train_y", "species",
    "arr_1",
)  # fmt: skip
NAME_KEYS = ("class_names", "label_names", "target_names", "classes", "categories", "names")
"""Names of arrays, the likeliest first; capitals do not count."""

Array = NDArray[np.generic]


@dataclass(frozen=True)
class Archive:
    """What an NPZ file holds: ``examples`` (n, ...), their ``labels`` (n, ...) if any, the ``names`` of the coordinates where
    each has an array of its own, and what was done, in words.
    """

    examples: Array
    labels: Array | None = None
    names: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def read_npy(path: Path) -> Array:
    """The array of an NPY file, mapped rather than read unless it is packed. Raises `DataError`."""
    try:
        if path.suffix.lower() != ".gz":
            array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
            return array
        with opened(path) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise DataError(
                tr(
                    "{path} unpacks to more than {max_bytes:.0f} GiB: keep it below",
                    path=path,
                    max_bytes=MAX_BYTES / 2**30,
                )
            )
        unpacked: Array = np.load(io.BytesIO(content), allow_pickle=False)
        return unpacked
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(_refusal(path, error)) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            tr("{path} cannot be read ({error}): check that it is whole and may be read", path=path, error=error)
        ) from error


def read_npz(path: Path) -> Archive:
    """Examples and, if there, labels of an NPZ file. Raises `DataError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise DataError(
                tr(
                    "{path} unpacks to {size:.1f} GiB: keep it below {max_bytes:.0f} GiB",
                    path=path,
                    size=size / 2**30,
                    max_bytes=MAX_BYTES / 2**30,
                )
            )
        with np.load(path, allow_pickle=False) as archive:
            return _meant(path, archive)
    except DataError:
        raise
    except ValueError as error:
        raise DataError(_refusal(path, error)) from error
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise DataError(
            tr("{path} is damaged or not an NPZ file ({error}): get a whole copy", path=path, error=error)
        ) from error


def _meant(path: Path, archive: Mapping[str, Array]) -> Archive:
    """The arrays of an archive that are examples and labels, by their names. Raises `DataError` where none is known."""
    examples, labels = _examples_and_labels(path, list(archive))
    x = _array(path, archive, examples)
    y = None if labels is None else _array(path, archive, labels)
    used, names = {examples, labels}, tuple[str, ...]()
    if labels is not None and y is not None and x.ndim == 1 and x.shape == y.shape:
        x, names = np.stack([x, y], axis=-1), (examples, labels)  # two coordinates, each in an array of its own
        y, further = None, [key for key in archive if key not in used]
        labels = next((key for known in LABEL_KEYS for key in further if key.lower() == known), None)
        if labels is not None:
            y = _array(path, archive, labels)
            used.add(labels)
    said: tuple[str, ...] = ()
    called = next((key for known in NAME_KEYS for key in archive if key.lower() == known and key not in used), None)
    if called is not None and y is not None:
        words = _array(path, archive, called)
        if words.ndim == 1 and words.dtype.kind in "US" and y.dtype.kind in "iu" and _numbers_of(y, len(words)):
            y, said = words[y.reshape(-1)], (f"the classes are called as {called!r} says",)
            used.add(called)
    aside = [key for key in archive if key not in used]
    if aside:
        more = f" and {len(aside) - _LISTED} more" if len(aside) > _LISTED else ""
        said = (*said, f"left {', '.join(aside[:_LISTED])}{more} aside")
    return Archive(x, y, names, said)


def _numbers_of(labels: Array, count: int) -> bool:
    """Whether labels (n,) or (n, 1) are numbers of so many names, from 0 on."""
    flat = labels.ndim == 1 or labels.shape[1:] == (1,)
    return flat and labels.size > 0 and int(labels.min()) >= 0 and int(labels.max()) < count


def _array(path: Path, archive: Mapping[str, Array], key: str) -> Array:
    found = archive[key]
    if not isinstance(found, np.ndarray):
        raise DataError(
            tr("{path} holds something else than arrays under these names: save it with numpy.savez", path=path)
        )
    return found


def _examples_and_labels(path: Path, keys: Sequence[str]) -> tuple[str, str | None]:
    """The names under which an archive holds examples and labels. Raises `DataError` where none is known."""
    by_name = {key.lower(): key for key in reversed(keys)}
    labels = next((by_name[key] for key in LABEL_KEYS if key in by_name), None)
    examples = next((by_name[key] for key in EXAMPLE_KEYS if key in by_name), None)
    others = [key for key in keys if key != labels]
    if examples is None and len(others) == 1:
        examples = others[0]
    if examples is None:
        found = ", ".join(keys) or "nothing"
        raise DataError(
            tr(
                "{path} holds {found}: name the array of examples 'x' or 'images', labels 'y' or 'labels'",
                path=path,
                found=found,
            )
        )
    return examples, labels


def in_rows(array: Array) -> Array:
    """An array (n, 1, k) or (n, k, 1) of few numbers for each example as (n, k); others as they are."""
    flat = array.ndim == 3 and 1 in array.shape[1:] and max(array.shape[1:]) < SMALLEST
    return array.reshape(len(array), -1) if flat else array


def _refusal(path: Path, error: ValueError) -> str:
    if "pickle" in str(error).lower() or "object" in str(error).lower():
        return f"{path} holds Python objects, which are never opened for safety: save plain numbers instead"
    return f"{path} is damaged or not a NumPy file ({error}): get a whole copy"


_BESIDE = {"images": "labels", "image": "label", "idx3": "idx1", "x": "y", "data": "labels"}


def beside(path: Path) -> Path | None:
    """The file of labels beside one of pictures, named like it in any usual way, packed or not; None where there is none."""
    parts = re.split(r"([^a-zA-Z0-9]+)", path.name)
    swapped = "".join(_BESIDE.get(part.lower(), part) for part in parts)
    alike = "".join(_like(part, _BESIDE.get(part.lower(), part)) for part in parts)
    shapes = {swapped, alike, swapped.replace("labels", "label"), swapped.replace("labels", "targets")}
    names = {n for name in shapes for n in (name, name.removesuffix(".gz"), f"{name}.gz")} - {path.name}
    names -= {path.name.removesuffix(".gz"), f"{path.name}.gz"}
    found = (path.with_name(name) for name in sorted(names))
    return next((file for file in found if file.is_file()), None)


def _like(old: str, new: str) -> str:
    """``new`` in the capitals of ``old``."""
    return new.upper() if old.isupper() else new.capitalize() if old.istitle() else new


def to_labels(path: Path, labels: Array, count: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Class numbers (count,) and class names from an array of whole numbers or words, or of ones among zeros.

    Raises `DataError`.
    """
    if labels.ndim == 2 and len(labels) == count and labels.shape[1] > 1 and labels.dtype.kind in "iufb":
        values = labels.astype(np.float64)
        if ((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all():
            labels = values.argmax(1)
    if labels.shape == (count, 1):
        labels = labels[:, 0]
    if labels.shape != (count,):
        raise DataError(
            tr(
                "{path} holds labels of shape {shape} for {count} examples: save one label each",
                path=path,
                shape=labels.shape,
                count=count,
            )
        )
    if labels.dtype.kind not in "iuUSbf" or (
        labels.dtype.kind == "f" and bool((labels.astype(np.float64) % 1 != 0).any())
    ):
        raise DataError(
            tr("{path} holds labels of type {dtype}: save whole numbers or words", path=path, dtype=labels.dtype)
        )
    try:
        return named(labels)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
