"""Canvas steps: what an edit of the canvas leaves behind, so that it can be taken back, and the candidates it may hold.

A step is made of masked atoms: of each layer only the pixels that changed, before and after. Steps are kept up to a
number and a number of bytes, oldest dropped first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dgm_studio.protocol.messages import Array, Filled

from .brush import Rect
from .question import Question

Mask = NDArray[np.float32]
Layer = Literal["image", "original", "colour", "mask"]
Layers = dict[Layer, Array]


@dataclass(frozen=True)
class Results:
    """Candidates (n, *image) and the question they answer, the image and the mask at that time.

    ``path`` (frames, n, *image) at progress ``times`` (frames,) is there once ``done``. ``question`` is the rest of what
    was asked: ``image`` is the picture ``under`` the strokes ``colour`` (H, W, 4), where there are any, with these over it.
    ``origin`` is what was gone on from, ``number`` that in the history of answers, 0 for none, ``picked`` the candidate
    that was accepted.
    """

    image: Array
    mask: Mask
    seed: int
    answer: Filled | None = None
    question: Question | None = None
    under: Array | None = None
    colour: Array | None = None
    origin: Results | None = None
    number: int = 0
    picked: int = 0
    asking: int = 0
    """Which question of its canvas it is; answers and what became of them have the same."""

    @property
    def candidates(self) -> Array | None:
        return None if self.answer is None else self.answer.x

    @property
    def done(self) -> bool:
        return self.answer is not None and self.answer.done

    @property
    def nbytes(self) -> int:
        arrays = [self.image, self.mask, *(a for a in (self.under, self.colour) if a is not None)]
        if self.answer is not None:
            arrays += [a for a in (self.answer.x, self.answer.path) if a is not None]
        return sum(int(a.nbytes) for a in arrays)


@dataclass(frozen=True)
class Patch:
    """A masked atom: pixels of one layer, before and after. ``rect`` bounds them.

    ``where`` are their numbers in reading order; None: it is the whole layer, whose size may change.
    """

    layer: Layer
    rect: Rect | None
    where: NDArray[np.int32] | None
    before: Array
    after: Array

    @classmethod
    def of(cls, layer: Layer, rect: Rect, before: Array, after: Array) -> Patch | None:
        """What differs between two states of a layer, known to lie in ``rect``; None when nothing does."""
        old, new = before[rect.slices], after[rect.slices]
        changed = old != new
        if changed.ndim == 3:
            changed = changed.any(2)
        if not changed.any():
            return None
        if 2 * np.count_nonzero(changed) > before.shape[0] * before.shape[1]:
            return cls(layer, None, None, before.copy(), after.copy())  # less to keep than with every number
        rows, columns = np.nonzero(changed)
        where = (rows + rect.top) * before.shape[1] + columns + rect.left
        return cls(layer, rect, where.astype(np.int32), old[changed], new[changed])

    @classmethod
    def whole(cls, layer: Layer, before: Array, after: Array) -> Patch:
        """Another array in the layer's place. Neither may be written to later."""
        return cls(layer, None, None, before, after)

    def apply(self, layers: Layers, forward: bool) -> Rect | None:
        """Bring the layer to the one side or the other; returns what changed, None for all."""
        value = self.after if forward else self.before
        if self.where is None:
            # Strokes write into these two; the step keeps its own.
            layers[self.layer] = value.copy() if self.layer in ("mask", "colour") else value
        else:
            target = layers[self.layer]
            target.reshape(target.shape[0] * target.shape[1], *target.shape[2:])[self.where] = value
        return self.rect

    @property
    def nbytes(self) -> int:
        return int(self.before.nbytes + self.after.nbytes + (0 if self.where is None else self.where.nbytes))


@dataclass(frozen=True)
class Step:
    """One undo step."""

    title: str
    patches: tuple[Patch, ...] = ()
    results: tuple[Results | None, Results | None] | None = None

    @property
    def nbytes(self) -> int:
        held = sum(p.nbytes for p in self.patches)
        return held + sum(r.nbytes for r in self.results or () if r is not None)


class Steps:
    """The steps that can be taken back and done again."""

    def __init__(self, depth: int, budget: int) -> None:
        self._depth, self._budget = depth, budget
        self.undo: list[Step] = []
        self.redo: list[Step] = []

    @property
    def nbytes(self) -> int:
        return sum(s.nbytes for s in self.undo) + sum(s.nbytes for s in self.redo)

    def push(self, step: Step) -> None:
        """A new step; what was taken back before cannot be done again."""
        self.undo.append(step)
        self.redo.clear()
        del self.undo[: -self._depth]
        held = self.nbytes
        while len(self.undo) > 1 and held > self._budget:
            held -= self.undo.pop(0).nbytes

    def clear(self) -> None:
        self.undo.clear()
        self.redo.clear()
