"""What every layer made from a `Field` does: keep the newest, draw it once, and only while it is switched on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from dgm_studio.studio.state import Field


class FieldLayer(ABC):
    """Concrete layers own the items of the plot: they hide them, draw on them, and give them their colours."""

    def __init__(self) -> None:
        self._on = True
        self._field: Field | None = None
        self._drawn: Field | None = None

    def show(self, field: Field | None) -> None:
        self._field = field
        self._update()

    def switch(self, on: bool) -> None:
        self._on = on
        self._update()

    @abstractmethod
    def restyle(self) -> None:
        """Take over the colours of the theme."""

    @abstractmethod
    def _set_visible(self, on: bool) -> None: ...

    @abstractmethod
    def _draw(self, field: Field) -> None: ...

    def _draw_anew(self) -> None:
        """Draw the same field once more: something else that it is drawn with has changed."""
        self._drawn = None
        self._update()

    def _update(self) -> None:
        field = self._field if self._on else None
        self._set_visible(field is not None)
        if field is not None and field is not self._drawn:
            self._drawn = field
            self._draw(field)
