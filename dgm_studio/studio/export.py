"""Taking samples out: as arrays, a table, or a mosaic without gaps; a file is written whole or not at all."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np

from dgm_studio import atomic

from .pictures import to_png
from .state import Array


def write_samples(path: Path, x: Array, labels: Array | None) -> None:
    """Write points (n, 2) or images (n, H, W[, C]) and their class numbers (n,).

    ``.npy`` holds ``x``; ``.npz`` holds ``x`` and ``y``; ``.csv`` is for points, ``.png`` for images. Raises ValueError
    for another ending or a form that does not fit, OSError when the file cannot be written.
    """
    ending, buffer = path.suffix.lower(), io.BytesIO()
    if ending == ".npy":
        np.save(buffer, x, allow_pickle=False)
    elif ending == ".npz":
        arrays = {"x": x} if labels is None else {"x": x, "y": labels}
        np.savez(buffer, allow_pickle=False, **arrays)
    elif ending == ".csv" and x.ndim == 2:
        lines = ["x,y", *(f"{a:.7g},{b:.7g}" for a, b in x)]
        buffer.write(("\n".join(lines) + "\n").encode())
    elif ending == ".png" and x.ndim > 2:
        buffer.write(to_png(mosaic(x)))
    else:
        fits = (".npy", ".npz", ".csv") if x.ndim == 2 else (".npy", ".npz", ".png")
        raise ValueError(f"{path.name} does not end in one of {', '.join(fits)}: choose one of these")
    atomic.write(path, buffer.getvalue())


def mosaic(images: Array, columns: int | None = None) -> Array:
    """Images (n, H, W[, C]) side by side without gaps; the last row is filled with black."""
    n = len(images)
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    padded = np.zeros((rows * columns, *images.shape[1:]), np.uint8)
    padded[:n] = images
    grid = padded.reshape(rows, columns, *images.shape[1:]).swapaxes(1, 2)
    return grid.reshape(rows * images.shape[1], columns * images.shape[2], *images.shape[3:])
