"""Widgets that were made before their place was there, by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


class MadeOnce:
    """At most one of each kind."""

    def __init__(self) -> None:
        self._widgets: dict[type[QWidget], QWidget] = {}

    def add(self, widget: W) -> W:
        self._widgets[type(widget)] = widget
        return widget

    def get(self, kind: type[W], make: Callable[[], W]) -> W:
        """That of a kind, made now where there is none."""
        found = self._widgets.get(kind)
        return found if isinstance(found, kind) else make()

    def delete(self) -> None:
        """Let all of them go, with nobody to show them."""
        for widget in self._widgets.values():
            widget.deleteLater()
