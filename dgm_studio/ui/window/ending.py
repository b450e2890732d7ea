"""Ending: a signal of the system, or the end of the desktop's session, ends the program as closing its window does.

Python runs the handler of a signal only once it runs Python again, and an event loop that waits does not. So the interpreter is
told to write each signal's number into a socket (`signal.set_wakeup_fd`), and Qt wakes when there is something to read.
"""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from .main_window import MainWindow

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Ending(QObject):
    """Closes a window, which saves, when the program is asked to end. In the main thread only."""

    def __init__(self, app: QApplication, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._before = {each: signal.signal(each, _leave_it_to_the_loop) for each in SIGNALS}
        self._waker = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        app.commitDataRequest.connect(self._keep)
        app.saveStateRequest.connect(self._keep)
        app.aboutToQuit.connect(self._end)

    def stop(self) -> None:
        """Leave signals to whoever had them before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._waker)
        for each, handler in self._before.items():
            signal.signal(each, handler)
        self._read.close()
        self._write.close()

    def _woken(self) -> None:
        numbers = self._read.recv(64)
        if any(each in SIGNALS for each in numbers):
            self._end()
            QApplication.quit()

    def _keep(self, manager: QSessionManager) -> None:
        """The desktop's session is about to end, which a person may still call off, or is saved: save, and go on."""
        self._window.keep()

    def _end(self) -> None:
        self._window.close()


def _leave_it_to_the_loop(number: int, frame: FrameType | None) -> None:
    """Does nothing; without a handler of Python's no number is written into the socket."""
