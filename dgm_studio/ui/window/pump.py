"""The pump: one timer of the window that takes in what the engine said, at display rate.

No Qt signal ever crosses a thread: the engine fills its mailbox, this empties it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from dgm_studio.studio.studio import Studio

INTERVAL_MS = 33


class Pump(QObject):
    """Calls ``studio.pump()`` about thirty times a second while it runs."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        self._studio.pump()
