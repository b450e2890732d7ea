"""Answered: what was asked of a run on the canvas, and the frames of the newest answers, so that any can be gone on from.

Frames are a cache, bounded in bytes: a seed fixes every step, so what was let go can be walked again (`filling`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from dgm_studio.contract import Condition, Frame, Method
from dgm_studio.protocol import messages as m

if TYPE_CHECKING:
    from .run import Run

MOST_BYTES = 32 << 20
"""Of all frames that are kept; the newest answer always is."""


@dataclass(frozen=True)
class FillCondition:
    """What was asked, checked: the condition in model units, and in data units what stays as it is."""

    condition: Condition
    original: m.Array
    """(n, *event) as people see it."""
    known: m.Array
    """True where the original stays, broadcast to ``original``."""
    observed: m.Array | None = None
    """What the model is shown of the picture, where that is not the picture itself."""

    def seen(self, run: Run, frame: Frame) -> m.Array:
        """A frame as people see it, with what is known put back."""
        return np.where(self.known, self.original, run.units.array(frame.x))


@dataclass
class Trajectory:
    """A question and the frames of its answer so far; ``name`` is that of its method."""

    intent: m.Fill
    asked: FillCondition
    name: str
    method: Method
    frames: list[Frame] = field(default_factory=list)

    @property
    def honesty(self) -> str:
        return self.method.honesty

    @property
    def nbytes(self) -> int:
        """Bytes of the frames, what several of them share counted once."""
        tensors = {t.untyped_storage().data_ptr(): t for frame in self.frames for t in _tensors((frame.x, frame.state))}
        return sum(t.untyped_storage().nbytes() for t in tensors.values())


class TrajectoryCache:
    """The newest answers of a run by their ticket, and the one under way, which is the last that was begun."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._under_way: tuple[int, Trajectory] | None = None
        self._kept: dict[int, tuple[Trajectory, int]] = {}

    def begin(self, ticket: int, answer: Trajectory) -> None:
        """An answer is under way; its frames are there to see."""
        self._under_way = ticket, answer

    def find(self, ticket: int) -> Trajectory | None:
        if self._under_way is not None and self._under_way[0] == ticket:
            return self._under_way[1]
        return self._kept[ticket][0] if ticket in self._kept else None

    def end(self, ticket: int) -> None:
        """The one under way has come as far as it will. The oldest give way to it, unless it is not to be kept."""
        if self._under_way is None or self._under_way[0] != ticket:
            return
        answer, self._under_way = self._under_way[1], None
        if not answer.intent.keep or not answer.frames:
            return
        self._kept[ticket] = answer, answer.nbytes
        held = sum(nbytes for _, nbytes in self._kept.values())
        for old in list(self._kept)[:-1]:
            if held <= self._most_bytes:
                break
            held -= self._kept.pop(old)[1]


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors within nested sequences and mappings."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _tensors(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _tensors(inner)
