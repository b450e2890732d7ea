"""The backend's synchronous twin, for the command line and for tests: work is done while the caller polls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from dgm_studio.protocol.messages import Event, Intent

from .mailbox import Mailbox
from .scheduler import Engine


class InlineBackend:
    """See `backend.Backend`. Without ``live`` nothing is measured unasked. ``engine`` does the work."""

    def __init__(self, *, live: bool = False) -> None:
        self._mailbox = Mailbox()
        self._intents: deque[Intent] = deque()
        self.engine = Engine(self._mailbox.put, live=live)

    def start(self) -> None:
        self.engine.warm_up()

    def send(self, intent: Intent) -> None:
        self._intents.append(intent)

    def turn(self) -> bool:
        """Take in the waiting intents and do one slice; False when there was nothing to do."""
        while self._intents:
            self.engine.handle(self._intents.popleft())
        return self.engine.turn()

    def poll(self) -> list[Event]:
        """Do one slice and say what happened."""
        self.turn()
        return self._mailbox.drain()

    def run_until(self, found: Callable[[Event], bool], timeout: float | None = None) -> Event | None:
        """Work until an event fits, and return it; None when there is nothing left to do or time is up.

        Events before it are dropped, those that came with it are kept for the next call.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while end is None or time.monotonic() < end:
            worked = self.turn()
            events = self._mailbox.drain()
            for i, event in enumerate(events):
                if found(event):
                    for later in events[i + 1 :]:
                        self._mailbox.put(later)
                    return event
            if not worked and not events:
                return None
        return None

    def restart(self) -> None:
        self.engine.settle_down()

    def close(self, timeout: float = 2.0) -> bool:
        return True
