"""Live painting: answers follow the brush with one question in flight, the newest state winning.

While something is being painted drafts are asked for, one after the other; when the pointer is released, the careful answer.
Where drafts are quick, a new one is asked for as soon as one has come. Where they take longer than `SLOW`, one waits until
the brush rests for `GRACE`, yet never so long that what is on screen would be older than `STALE` when the draft arrives.
A question that is overtaken gives way to the newer one, unless what is on screen is older than `STALE` already: then
it is let finish, as an answer that is a little old says more than none.
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
        self._unasked: float | None = None
        """When the first change came that no question has been asked about."""
        self._unseen: float | None = None
        """When the first change came that no answer has shown."""
        self._ticket: int | None = None
        self._drafting = False
        self._asked_at = 0.0
        self.draft_took = self.careful_took = 0.0
        """Seconds that the last answer of each kind took; 0 before the first one."""

    def switch(self, on: bool) -> None:
        """Begin or end following; what is in flight is given up at the end."""
        self.on = on
        self._wanted = None
        self._unasked = self._unseen = None
        if on:
            self.changed(painting=False)
        elif self._ticket is not None:
            self._give_up()

    def changed(self, *, painting: bool) -> None:
        """The state is another one: still ``painting``, or done with a stroke."""
        now = self._changed_at = self._clock()
        self._wanted = painting
        if self._unasked is None:
            self._unasked = now
        if self._unseen is None:
            self._unseen = now

    def answered(self, ticket: int) -> None:
        """An answer is complete, or failed, or was stopped."""
        if ticket != self._ticket:
            return
        took = self._clock() - self._asked_at
        if self._drafting:
            self.draft_took = took
        else:
            self.careful_took = took
        self._ticket = None
        self._unseen = self._unasked

    @property
    def busy(self) -> bool:
        return self._ticket is not None

    @property
    def pending(self) -> bool:
        """Whether something is in flight or about to be."""
        return self.busy or self._wanted is not None

    @property
    def age(self) -> float:
        """For how many seconds what is on screen has not been the state any more."""
        return 0.0 if self._unseen is None else self._clock() - self._unseen

    @property
    def overdue(self) -> bool:
        """Whether what is on screen is older than it may be."""
        return self.on and self.age >= STALE

    def tick(self) -> None:
        """Ask when it is time to."""
        if not self.on or self._wanted is None:
            return
        if self._ticket is not None:
            if not self._gives_way:
                return
            self._give_up()
        if self._wanted and self._waits:
            return
        self._drafting, self._wanted, self._unasked = self._wanted, None, None
        self._asked_at = self._clock()
        self._ticket = self._ask(self._drafting)

    @property
    def _gives_way(self) -> bool:
        """Whether what is in flight is given up for what is wanted: a draft never for a draft, which would be no newer."""
        if self._drafting:
            return not self._wanted and not self.overdue
        return bool(self._wanted) or not self.overdue

    @property
    def _waits(self) -> bool:
        """Whether a slow draft shall wait for the brush to rest; less the longer it takes, and never past `STALE`."""
        now = self._clock()
        resting = now - self._changed_at >= GRACE
        return self.draft_took > SLOW and not resting and self.age + self.draft_took < STALE

    def _give_up(self) -> None:
        self._ticket = None
        self._cancel()
