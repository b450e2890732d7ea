"""The mailbox between the engine and its receiver.

Events that describe state go into slots, one per kind: a newer one replaces an older one that nobody has read, so a
fast trainer can never flood a slow reader. Events that must not be lost wait in a queue in order.
"""

from __future__ import annotations

import threading

from dgm_studio.protocol.messages import (
    Curves,
    Data,
    Decoded,
    Edited,
    Event,
    Field,
    Filled,
    History,
    Insides,
    Latents,
    Measured,
    Opened,
    Probed,
    Progress,
    Samples,
)

_STATE = (Curves, Data, Decoded, Edited, Field, History, Insides, Latents, Measured, Probed, Progress, Samples)


def _slot(event: Event) -> tuple[str, ...] | None:
    """The slot of an event that describes state; None for one that must not be lost."""
    if isinstance(event, Filled):
        return None if event.done else ("Filled", event.run)
    if isinstance(event, Samples | Measured) and event.ticket:
        return None
    if isinstance(event, _STATE):
        return (type(event).__name__, event.run, getattr(event, "layer", ""))
    return None


class Mailbox:
    """Thread-safe; any number of writers, one reader."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Event] = []
        self._slots: dict[tuple[str, ...], Event] = {}

    def put(self, event: Event) -> None:
        slot = _slot(event)
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
