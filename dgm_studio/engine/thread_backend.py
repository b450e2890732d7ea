"""The backend on a thread of its own. The thread imports torch, owns every tensor and touches no Qt object.

Importing torch takes seconds; it happens here, after the window is on screen. Its shared libraries are loaded first
through a foreign call, which gives the interpreter lock back while the system maps and links some hundred megabytes:
otherwise the window would stand still for that time.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from .mailbox import Mailbox
from .messages import Event, Failed, Intent, Save
from .preload import preload_torch

if TYPE_CHECKING:
    from .scheduler import Engine

_DEFECT = "The program goes on; save to be safe. If it happens again, please report it with what you did."
_STOPPED = "Nothing can be trained or drawn until the program is started again; it begins with what was kept last."
IDLE_WAIT = 0.5
"""Seconds between looks when there is nothing to do; an intent ends the wait at once."""


class ThreadBackend:
    """See `backend.Backend`."""

    def __init__(self) -> None:
        self._mailbox = Mailbox()
        self._intents: deque[Intent] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._main, name="dgm-engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, intent: Intent) -> None:
        self._intents.append(intent)
        self._wake.set()

    def poll(self) -> list[Event]:
        return self._mailbox.drain()

    def close(self, timeout: float = 2.0) -> bool:
        self._closing.set()
        self._wake.set()
        if not self._thread.is_alive():
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _main(self) -> None:
        try:
            preload_torch()
            if self._closing.is_set():
                return
            from .scheduler import Engine

            if self._closing.is_set():
                return
            engine = Engine(self._mailbox.put)
            engine.warm_up()
        except Exception as error:
            advice = "Run `dgm-studio doctor` to see what is missing."
            self._mailbox.put(
                Failed("", 0, f"The engine could not start: {type(error).__name__}: {error}", advice, "start")
            )
            return
        try:
            self._loop(engine)
        except BaseException as error:
            self._mailbox.put(Failed("", 0, f"The engine stopped: {type(error).__name__}: {error}", _STOPPED, "engine"))
            raise

    def _loop(self, engine: Engine) -> None:
        while not self._closing.is_set():
            while self._intents and not self._closing.is_set():
                engine.handle(self._intents.popleft())
            try:
                worked = engine.turn()
            except Exception as error:  # a defect of the engine itself: say so, go on, and do not spin
                self._mailbox.put(Failed("", 0, f"{type(error).__name__}: {error}", _DEFECT, "engine"))
                worked = False
            if not worked:
                self._wake.wait(IDLE_WAIT)
                self._wake.clear()
        while self._intents:  # what was asked to be written before the end is written
            intent = self._intents.popleft()
            if isinstance(intent, Save):
                engine.handle(intent)
