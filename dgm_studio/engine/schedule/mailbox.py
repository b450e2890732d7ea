"""The mailbox between the engine and its receiver.

Events that describe state go into slots, one per kind: a newer one replaces an older one that nobody has read, so a
fast trainer can never flood a slow reader. Events that must not be lost wait in a queue in order.
"""

from __future__ import annotations

import threading

from dgm_studio.protocol.messages import Event, Filled, Opened


class Mailbox:
    """Thread-safe; any number of writers, one reader."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Event] = []
        self._slots: dict[tuple[str, ...], Event] = {}

    def put(self, event: Event) -> None:
        slot = event.slot
        with self._lock:
            if slot is None:
                if isinstance(event, Filled):
                    self._slots.pop(("Filled", event.run), None)  # a late preview must not follow the answer
                if isinstance(event, Opened):  # whatever was said of the run before is stale now
                    self._slots = {k: v for k, v in self._slots.items() if k[1] != event.run}
                self._queue.append(event)
            else:
                self._slots[slot] = event

    def drain(self) -> list[Event]:
        """Everything unread: the queue in order, then the newest of each state."""
        with self._lock:
            events = [*self._queue, *self._slots.values()]
            self._queue, self._slots = [], {}
        return events
