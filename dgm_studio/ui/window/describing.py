"""Describing: what the view in front shows, kept as its description for screen readers, and said when it is asked for."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from dgm_studio.protocol.messages import Measured, Opened, Samples
from dgm_studio.studio.reading.description import description
from dgm_studio.studio.studio import Studio

from ..binding import bind

EVERY_MS = 2000
"""A description is made anew at most so often: nobody can listen faster."""


class Describing(QObject):
    """``views`` shows the view in front, in which ``plane`` is what takes keys."""

    def __init__(self, studio: Studio, views: QStackedWidget, plane: QWidget) -> None:
        super().__init__(views)
        self._studio, self._views, self._plane = studio, views, plane
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.refresh)
        for topic in (Samples, Measured, Opened, "session", "workspace"):
            bind(self, studio, topic, lambda *_: self._wait())

    def say(self) -> None:
        """Say it as a notice."""
        self.refresh()
        self._studio.notify("info", description(self._studio))

    def refresh(self) -> None:
        """Give the view in front its description."""
        said = description(self._studio)
        seen = self._views.currentWidget()
        for each in (seen, self._plane if self._studio.workspace == "2d" else None):
            if each is not None and each.accessibleDescription() != said:
                each.setAccessibleDescription(said)

    def _wait(self) -> None:
        if not self._timer.isActive():
            self._timer.start()
