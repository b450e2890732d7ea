"""Undo for immutable values: a stack of what was, with edits of one drag merged into one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class UndoStack(Generic[V]):
    """Keeps up to ``depth`` earlier values. Edits with the same non-empty ``key`` in a row are one step."""

    def __init__(self, value: V, depth: int = 200) -> None:
        self.value = value
        self._depth = depth
        self._undo: list[V] = []
        self._redo: list[V] = []
        self._key = ""

    def push(self, value: V, key: str = "") -> None:
        if value == self.value:
            return
        if not (key and key == self._key):
            self._undo.append(self.value)
            del self._undo[: -self._depth]
        self._redo.clear()
        self._key, self.value = key, value

    def replace(self, value: V) -> None:
        """Change the present value without a step of its own."""
        self.value = value

    def change_all(self, change: Callable[[V], V]) -> None:
        """Change every value, as when something in all of them has another name."""
        self.value = change(self.value)
        self._undo = [change(v) for v in self._undo]
        self._redo = [change(v) for v in self._redo]

    @property
    def before(self) -> V | None:
        """What undo would bring back."""
        return self._undo[-1] if self._undo else None

    @property
    def after(self) -> V | None:
        """What redo would bring back."""
        return self._redo[-1] if self._redo else None

    def seal(self) -> None:
        """The next edit begins a new step whatever its key (a drag has ended)."""
        self._key = ""

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def undo(self) -> V:
        if self._undo:
            self._redo.append(self.value)
            self.value = self._undo.pop()
        self._key = ""
        return self.value

    def redo(self) -> V:
        if self._redo:
            self._undo.append(self.value)
            self.value = self._redo.pop()
        self._key = ""
        return self.value
