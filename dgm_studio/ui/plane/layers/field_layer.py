"""What every layer made from a `Field` does: keep the newest, draw it once, and only while it is switched on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from PySide6.QtWidgets import QGraphicsItem

from dgm_studio.protocol.messages import Field

FAINT = 0.35
"""Opacity of what belongs to another moment than the one that is looked at."""


def fade(items: Iterable[QGraphicsItem], on: bool) -> None:
    for item in items:
        item.setOpacity(FAINT if on else 1.0)


class FieldLayer(ABC):
    """Concrete layers own the items of the plot: they hide them, draw on them, and give them their colours."""

    def __init__(self) -> None:
        self._on = True
        self._faded = False
        self.field: Field | None = None
        self._drawn: Field | None = None

    def show(self, field: Field | None) -> None:
        self.field = field
        self._update()

    def switch(self, on: bool) -> None:
        self._on = on
        self._update()

    @property
    def shown(self) -> Field | None:
        """The field that is on screen."""
        return self.field if self._on else None

    def fade(self, on: bool) -> None:
        """Show it faintly: it belongs to another moment."""
        self._faded = on
        fade(self._items(), on)

    @abstractmethod
    def restyle(self) -> None:
        """Take over the colours of the theme."""

    @abstractmethod
    def _items(self) -> Iterable[QGraphicsItem]:
        """What it has put on the plot."""

    @abstractmethod
    def _set_visible(self, on: bool) -> None: ...

    @abstractmethod
    def _draw(self, field: Field) -> None: ...

    def _draw_anew(self) -> None:
        """Draw the same field once more: something else that it is drawn with has changed."""
        self._drawn = None
        self._update()

    def _update(self) -> None:
        field = self.field if self._on else None
        self._set_visible(field is not None)
        if field is not None and field is not self._drawn:
            self._drawn = field
            self._draw(field)
