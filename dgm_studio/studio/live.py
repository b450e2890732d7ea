"""Live painting: answers follow the brush with one question in flight, the newest state winning.

While something is being painted drafts are asked for, one after the other; when the pointer is released, the careful answer.
Where answers are quick, a new draft is asked for as soon as one has come. Where they take longer than `SLOW`, one waits
until the brush rests for `GRACE`, and what is under way is given up only once it is older than `STALE`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLOW, GRACE, STALE = 1.5, 0.4, 3.0
"""Seconds."""


class Live:
    """``ask(draft)`` sends a question about the present state and returns its ticket, ``cancel`` gives up the one in flight.

    Call `tick` at display rate; nothing is asked from elsewhere.
    """

    def __init__(
        self, ask: Callable[[bool], int], cancel: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._cancel, self._clock = ask, cancel, clock
        self.on = False
        self._wanted: bool | None = None
        """Whether the next question shall be a draft; None when nothing changed since the last one."""
        self._changed_at = 0.0
        self._ticket: int | None = None
        self._drafting = False
        self._asked_at = 0.0
        self.took = 0.0
        """Seconds that the last answer took."""

    def switch(self, on: bool) -> None:
        """Begin or end following; what is in flight is given up at the end."""
        self.on = on
        self._wanted = False if on else None
        if not on and self._ticket is not None:
            self._give_up()

    def changed(self, *, painting: bool) -> None:
        """The state is another one: still ``painting``, or done with a stroke."""
        self._changed_at = self._clock()
        self._wanted = painting

    def answered(self, ticket: int) -> None:
        """An answer is complete, or failed, or was stopped."""
        if ticket == self._ticket:
            self.took = self._clock() - self._asked_at
            self._ticket = None

    @property
    def busy(self) -> bool:
        return self._ticket is not None

    def tick(self) -> None:
        """Ask when it is time to."""
        if not self.on or self._wanted is None:
            return
        now = self._clock()
        if self._ticket is not None:
            # only drafts are worth finishing when a newer draft is wanted; whatever else is outdated gives way at once
            overtaken = not (self._drafting and self._wanted)
            if not overtaken and now - self._asked_at < STALE:
                return
            self._give_up()
        if self._wanted and self.took > SLOW and now - self._changed_at < GRACE:
            return
        self._drafting, self._wanted = self._wanted, None
        self._asked_at = now
        self._ticket = self._ask(self._drafting)

    def _give_up(self) -> None:
        self._ticket = None
        self._cancel()
