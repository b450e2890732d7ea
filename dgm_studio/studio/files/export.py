"""Taking samples out: as arrays, a table, text, a WAV file, or a mosaic without gaps; a file is written whole or not at all."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.protocol.strings import text_of

from ..painting.images import to_png
from .wave import to_wave


def write_samples(
    path: Path,
    x: Array,
    labels: Array | None,
    classes: Sequence[str] = (),
    axes: Sequence[str] = ("", ""),
    alphabet: Sequence[str] = (),
    rate: int = 0,
) -> None:
    """Write points (n, 2), paths (n, L, 2), images (n, H, W[, C]), strings (n, L) of an alphabet or sounds (n, T) of so many
    Hz, and class numbers (n,), which are written as the data name them.

    ``.npy`` holds ``x``; ``.npz`` holds ``x`` and ``y``; ``.csv`` is for points, with a column for the class, ``.png`` for
    images, ``.txt`` for strings, one a line, ``.wav`` for sounds, one after the other. What is written is read again as it was.
    ``axes`` name the coordinates of points. Raises ValueError for another ending or a form that does not fit, OSError when the
    file cannot be written.
    """
    y = None if labels is None or not classes else as_written(classes, np.asarray(labels))
    ending, buffer = path.suffix.lower(), io.BytesIO()
    if ending == ".npy":
        np.save(buffer, x, allow_pickle=False)
    elif ending == ".npz":
        arrays = {"x": x} if y is None else {"x": x, "y": y}
        np.savez(buffer, allow_pickle=False, **arrays)
    elif ending == ".txt" and alphabet:
        buffer.write("".join(f"{text_of(row, alphabet)}\n" for row in x.tolist()).encode())
    elif ending == ".wav" and rate:
        buffer.write(to_wave(x, rate))
    elif ending == ".csv" and x.ndim == 2 and not alphabet and not rate:
        buffer.write(_table(x, y, axes).encode())
    elif ending == ".png" and x.ndim > 2 and x.dtype == np.uint8:
        buffer.write(to_png(mosaic(x)))
    else:
        own = (".txt",) if alphabet else (".csv",) if x.ndim == 2 else (".png",) if x.dtype == np.uint8 else ()
        fits = (".npy", ".npz", *((".wav",) if rate else own))
        raise ValueError(
            tr("{name} does not end in one of {names}: choose one of these", name=path.name, names=", ".join(fits))
        )
    atomic.write(path, buffer.getvalue())


def as_written(classes: Sequence[str], numbers: Array) -> Array:
    """The data's own labels (n,) for class numbers (n,): whole numbers, numbers, or words; -1, no class, is an empty word."""
    names: Array = np.array([*classes, ""])
    if numbers.min(initial=0) < 0:
        return np.asarray(names[numbers])
    names = names[:-1]
    for kind in (np.int64, np.float64):
        try:
            values = names.astype(kind)
        except (ValueError, OverflowError):
            continue
        if [str(v) for v in values] == list(classes):
            names = values
            break
    found: Array = names[numbers]
    return found


def _table(x: Array, y: Array | None, axes: Sequence[str]) -> str:
    """Points (n, 2) and classes (n,) as the text of a CSV with names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(axes if all(axes) else ("x", "y")), *(() if y is None else ("class",))])
    columns = [[f"{v:.{digits}g}" for v in column] for column, digits in zip(x.T.tolist(), _digits(x), strict=True)]
    writer.writerows(zip(*columns, *(() if y is None else (y.tolist(),)), strict=True))
    return text.getvalue()


def _digits(x: Array) -> list[int]:
    """Digits for each coordinate that keep a ten-millionth of its spread, which is what a model resolves."""
    largest, spread = np.abs(x).max(0, initial=0), x.astype(np.float64).std(0) if len(x) else np.zeros(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log10(np.maximum(largest, spread) / spread)
    return [min(17, 8 + math.ceil(a)) if math.isfinite(a) else 17 for a in apart]


def mosaic(images: Array, columns: int | None = None) -> Array:
    """Images (n, H, W[, C]) side by side without gaps; the last row is filled with black."""
    n = len(images)
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    padded = np.zeros((rows * columns, *images.shape[1:]), np.uint8)
    padded[:n] = images
    grid = padded.reshape(rows, columns, *images.shape[1:]).swapaxes(1, 2)
    return grid.reshape(rows * images.shape[1], columns * images.shape[2], *images.shape[3:])
