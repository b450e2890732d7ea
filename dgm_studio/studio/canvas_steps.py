"""Canvas steps: what an edit of the canvas leaves behind, so that it can be taken back, and the candidates it may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .brush import Rect
from .state import Array, Filled

Mask = NDArray[np.float32]
Layer = Literal["image", "mask"]


@dataclass(frozen=True)
class Results:
    """Candidates (n, *image) and the question they answer, the image and the mask at that time.

    ``path`` (frames, n, *image) at progress ``times`` (frames,) is there once ``done``.
    """

    image: Array
    mask: Mask
    seed: int
    answer: Filled | None = None

    @property
    def candidates(self) -> Array | None:
        return None if self.answer is None else self.answer.x

    @property
    def done(self) -> bool:
        return self.answer is not None and self.answer.done

    @property
    def nbytes(self) -> int:
        arrays = [self.image, self.mask]
        if self.answer is not None:
            arrays += [a for a in (self.answer.x, self.answer.path) if a is not None]
        return sum(int(a.nbytes) for a in arrays)


@dataclass(frozen=True)
class Patch:
    """A masked atom: one layer's rectangle (None: the whole layer, whose size may change), before and after."""

    layer: Layer
    where: Rect | None
    before: Array
    after: Array


@dataclass(frozen=True)
class Step:
    """One undo step."""

    title: str
    patches: tuple[Patch, ...] = ()
    results: tuple[Results | None, Results | None] | None = None

    @property
    def nbytes(self) -> int:
        held = sum(int(p.before.nbytes + p.after.nbytes) for p in self.patches)
        return held + sum(r.nbytes for r in self.results or () if r is not None)
