"""The pump: one timer of the window that takes in what the engine said, at display rate.

No Qt signal ever crosses a thread: the engine fills its mailbox, this empties it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from dgm_studio.studio.studio import Studio

from ..binding import bind

INTERVAL_MS = 33
SOON_MS, SOON_FOR_MS = 5, 300
"""After something was changed its consequences are looked for so often, for so long: on average that saves the hand on a
slider half a frame of thirty a second, and an empty mailbox costs nothing."""


class Pump(QObject):
    """Calls ``studio.pump()`` about thirty times a second while it runs, and more often just after the session has changed."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._turn)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(SOON_FOR_MS)
        self._calm.timeout.connect(lambda: self._timer.setInterval(INTERVAL_MS))
        bind(self, studio, "session", lambda _: self._hurry())

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _hurry(self) -> None:
        if self._timer.interval() != SOON_MS:
            self._timer.setInterval(SOON_MS)
        self._calm.start()

    def _turn(self) -> None:
        self._studio.pump()
