"""Arrays of points or pictures from NPY, NPZ and IDX files.

Nothing is ever unpickled: an array of Python objects is refused. IDX is the format of MNIST and its relatives: two zero
bytes, the element type, the number of axes, each length as a big-endian 32-bit number, then the elements in row order
(LeCun, Cortes and Burges, "The MNIST database").
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError

from .labels import named

MAX_BYTES = 2 << 30
"""Larger arrays are refused before they are unpacked."""
EXAMPLE_KEYS = (
    "x", "images", "data", "points", "x_train", "train_images", "train_x", "train_data", "image", "samples", "features",
    "arr_0",
)  # fmt: skip
LABEL_KEYS = (
    "y", "labels", "label", "target", "targets", "classes", "class", "y_train", "train_labels", "train_y", "arr_1",
)  # fmt: skip
"""Names of arrays, the likeliest first; capitals do not count."""

Array = NDArray[np.generic]


def read_npy(path: Path) -> Array:
    """The array of an NPY file, mapped rather than read. Raises `DataError`."""
    try:
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise DataError(_refusal(path, error)) from error
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read ({error}): check that it is whole and may be read") from error
    return array


def read_npz(path: Path) -> tuple[Array, Array | None]:
    """Examples and, if there, labels of an NPZ file. Raises `DataError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise DataError(f"{path} unpacks to {size / 2**30:.1f} GiB: keep it below {MAX_BYTES / 2**30:.0f} GiB")
        with np.load(path, allow_pickle=False) as archive:
            examples, labels = _examples_and_labels(path, archive.files)
            found = archive[examples], None if labels is None else archive[labels]
        if not all(isinstance(array, np.ndarray | None) for array in found):
            raise DataError(f"{path} holds something else than arrays under these names: save it with numpy.savez")
        x, y = found
        if y is not None and x.ndim == 1 and x.shape == y.shape:
            return np.stack([x, y], axis=-1), None  # two coordinates, each in an array of its own
        return found
    except DataError:
        raise
    except ValueError as error:
        raise DataError(_refusal(path, error)) from error
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise DataError(f"{path} is damaged or not an NPZ file ({error}): get a whole copy") from error


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
        raise DataError(f"{path} holds {found}: name the array of examples 'x' or 'images', labels 'y' or 'labels'")
    return examples, labels


def _refusal(path: Path, error: ValueError) -> str:
    if "pickle" in str(error).lower() or "object" in str(error).lower():
        return f"{path} holds Python objects, which are never opened for safety: save plain numbers instead"
    return f"{path} is damaged or not a NumPy file ({error}): get a whole copy"


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of an IDX or IDX.gz file of unsigned bytes. Raises `DataError`."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or not 1 <= head[3] <= 4:
                raise DataError(
                    f"{path} begins with {head.hex(' ') or 'nothing'}, not with an IDX magic number "
                    "such as 00 00 08 03: choose an IDX file"
                )
            if head[2] != 8:
                raise DataError(f"{path} holds elements of type 0x{head[2]:02x}: only unsigned bytes (0x08) are read")
            lengths = file.read(4 * head[3])
            if len(lengths) < 4 * head[3]:
                raise DataError(f"{path} is cut short inside its header: get a whole copy")
            shape = struct.unpack(f">{head[3]}I", lengths)
            size = math.prod(shape)
            if size > MAX_BYTES:
                raise DataError(f"{path} claims {size / 2**30:.1f} GiB: keep it below {MAX_BYTES / 2**30:.0f} GiB")
            body = file.read(size)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: check the name and the folder") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} is damaged or cannot be read ({error}): get a whole copy") from error
    if len(body) < size:
        raise DataError(f"{path} is cut short: {len(body)} of {size} bytes are there; get a whole copy")
    return np.frombuffer(body, np.uint8).reshape(shape)


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
        raise DataError(f"{path} holds labels of shape {labels.shape} for {count} examples: save one label each")
    if labels.dtype.kind not in "iuUSbf" or (
        labels.dtype.kind == "f" and bool((labels.astype(np.float64) % 1 != 0).any())
    ):
        raise DataError(f"{path} holds labels of type {labels.dtype}: save whole numbers or words")
    try:
        return named(labels)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
