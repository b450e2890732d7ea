"""Data for the library: a set of the catalogue by its name, a file or folder, or arrays of one's own."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dgm_studio.protocol.spec import PICTURE, DataChoice


class TrainingData:
    """What runs are trained on; made by `data`. ``folder`` holds arrays of one's own as long as this is there."""

    def __init__(self, choice: DataChoice, folder: Path | None = None) -> None:
        self.choice = choice
        if folder is not None:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def __repr__(self) -> str:
        return f"TrainingData({self.choice.label!r})"


def data(
    source: str | Path | ArrayLike, labels: ArrayLike | None = None, *, clusters: int = 0, **params: Any
) -> TrainingData:
    """Data by name, from a file or folder, or from arrays.

    Args:
        source: a name of `dgm-studio list data`, a path, points (n, 2) or images uint8 (n, H, W) or (n, H, W, 3).
        labels: the classes (n,) of arrays, whole numbers or words.
        clusters: above 0 replaces the classes by so many k-means clusters.
        params: settings of the set, such as ``examples=500``.

    Raises:
        ValueError: arrays of another shape.

    >>> data("moons", examples=500)
    TrainingData('moons')
    """
    if isinstance(source, str | Path):
        if isinstance(source, str) and not Path(source).exists():
            return TrainingData(DataChoice(name=source, params=params, clusters=clusters))
        path = Path(source).absolute()
        single = path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp")
        return TrainingData(
            DataChoice(name=PICTURE if single else "file", path=str(path), params=params, clusters=clusters)
        )
    x = np.asarray(source)
    if not ((x.ndim == 2 and x.shape[1] == 2) or x.ndim == 3 or (x.ndim == 4 and x.shape[3] == 3)):
        raise ValueError(f"data are points (n, 2) or images (n, H, W) or (n, H, W, 3), not an array {x.shape}")
    folder = Path(tempfile.mkdtemp(prefix="dgm-studio-"))
    path = folder / "arrays.npz"
    if labels is None:
        np.savez(path, x=x)
    else:
        np.savez(path, x=x, y=np.asarray(labels))
    return TrainingData(DataChoice(name="file", path=str(path), params=params, clusters=clusters), folder)
