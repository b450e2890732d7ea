"""Picker: things by number, of which one can be picked."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class Picker(QWidget):
    """``picked`` is -1 for none."""

    picked = -1

    @property
    def count(self) -> int:
        """How many there are."""
        raise NotImplementedError

    def click(self, index: int) -> None:
        """What a click on one does."""
        raise NotImplementedError
