"""The backend on a thread of its own. The thread imports torch, owns every tensor and touches no Qt object.

Importing torch takes seconds; it happens here, after the window is on screen. Its shared libraries are loaded first
through a foreign call, which gives the interpreter lock back while the system maps and links some hundred megabytes:
otherwise the window would stand still for that time. Should anything but an error end the loop, the thread stays, with every
model, and writes what is to be saved until it is told to go on.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Event, Failed, Intent, Save

from .mailbox import Mailbox
from .preload import preload_torch

if TYPE_CHECKING:
    from .scheduler import Engine

_DEFECT = "The program goes on; save to be safe. If it happens again, please report it with what you did."
_STOPPED = "What was trained is still there: save it, or restart the engine and go on."
IDLE_WAIT = 0.5
"""Seconds between looks when there is nothing to do; an intent ends the wait at once."""


class ThreadBackend:
    """See `backend.Backend`."""

    def __init__(self) -> None:
        self._mailbox = Mailbox()
        self._intents: deque[Intent] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._again = threading.Event()
        self._failed = threading.Event()
        self._thread = self._made()

    def _made(self) -> threading.Thread:
        return threading.Thread(target=self._main, name="dgm-engine", daemon=True)

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

    def restart(self) -> None:
        if self._closing.is_set():
            return
        self._again.set()
        self._wake.set()
        if self._failed.is_set():  # it never came up, and ends
            self._thread.join()
            self._failed.clear()
            self._thread = self._made()
            self._thread.start()

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
            self._failed.set()
            self._mailbox.put(
                Failed("", 0, f"The engine could not start: {type(error).__name__}: {error}", advice, "start")
            )
            return
        while not self._closing.is_set():
            try:
                self._loop(engine)
            except BaseException as error:  # nothing may end the thread that holds what was trained
                self._stand_by(engine, error)
        self._write(engine)  # what was asked to be written before the end

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
                self._rest()

    def _stand_by(self, engine: Engine, error: BaseException) -> None:
        """Do nothing but write files until the engine is to go on."""
        self._again.clear()
        message = tr("The engine stopped: {name}: {error}", name=type(error).__name__, error=error).rstrip(": ")
        self._mailbox.put(Failed("", 0, f"{message}.", _STOPPED, "stopped"))
        with suppress(Exception):
            engine.settle_down()
        later: list[Intent] = []
        while not (self._closing.is_set() or self._again.is_set()):
            later += self._write(engine)
            self._rest()
        self._intents.extendleft(reversed(later))

    def _write(self, engine: Engine) -> list[Intent]:
        """Write what is asked to be; returns the other intents."""
        others: list[Intent] = []
        while self._intents:
            intent = self._intents.popleft()
            if isinstance(intent, Save):
                engine.handle(intent)
            else:
                others.append(intent)
        return others

    def _rest(self) -> None:
        self._wake.wait(IDLE_WAIT)
        self._wake.clear()
