"""The backend as its callers see it: send intents, poll events, close. Thread, process or inline are all the same."""

from __future__ import annotations

from typing import Protocol

from .messages import Event, Intent


class Backend(Protocol):
    """Nothing but `close` ever blocks."""

    def start(self) -> None:
        """Begin importing and warming up; returns at once. A `Ready` event follows."""
        ...

    def send(self, intent: Intent) -> None:
        """Hand over an intent; never blocks."""
        ...

    def poll(self) -> list[Event]:
        """What happened since the last call: all that must not be lost in order, then the newest of each state."""
        ...

    def restart(self) -> None:
        """Go on after the engine stopped, with every model that it holds; where it never came up, begin anew."""
        ...

    def close(self, timeout: float = 2.0) -> bool:
        """Stop after the present slice and join; True when it ended in time."""
        ...
