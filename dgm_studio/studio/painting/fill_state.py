"""What is asked about the canvas and when, as a reducer: a state, an event and the time give another state and what to do.

In live mode answers follow the brush with one question in flight, the newest state winning. While something is being painted
drafts are asked for, one after the other; when the pointer is released, the careful answer. Where drafts are quick, a new one
is asked for as soon as one has come. Where they take longer than `SLOW`, one waits until the brush rests for `GRACE`, yet never
so long that what is on screen would be older than `STALE` when the draft arrives. A question that is overtaken gives way to the
newer one, unless what is on screen is older than `STALE` already: then it is let finish, as an answer that is a little old
says more than none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SLOW, GRACE, STALE = 1.5, 0.4, 3.0
"""Seconds."""


@dataclass(frozen=True)
class InFlight:
    """A question under way: its ticket, 0 until it has one, since when, and whether it is a draft."""

    ticket: int
    since: float
    draft: bool = False


@dataclass(frozen=True)
class FillState:
    """``version`` is that of the document as far as it was taken in, ``painting`` whether a stroke was going on then; ``live``
    whether answers follow it.

    ``wanted`` says whether the next question of live mode is a draft, None where nothing changed since the last; ``unasked``
    and ``unseen`` are when the first change came that no question was asked about, and that no answer has shown.
    ``draft_took`` and ``careful_took`` are the seconds of the last answer of each kind, 0 before the first one.
    """

    version: int = 0
    painting: bool = False
    live: bool = False
    wanted: bool | None = None
    changed_at: float = 0.0
    unasked: float | None = None
    unseen: float | None = None
    asked: InFlight | None = None
    draft_took: float = 0.0
    careful_took: float = 0.0

    @property
    def pending(self) -> bool:
        """Whether something is in flight or about to be."""
        return self.asked is not None or self.wanted is not None

    def age(self, now: float) -> float:
        """For how many seconds what is on screen has not been the state any more."""
        return 0.0 if self.unseen is None else now - self.unseen

    def overdue(self, now: float) -> bool:
        """Whether what is on screen is older than it may be."""
        return self.live and self.age(now) >= STALE


# --- what happens ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Switched:
    """Answers follow the brush from now on, or no longer."""

    live: bool


@dataclass(frozen=True)
class Painted:
    """The document has another version, or a stroke began or ended; ``settled`` where nothing new is asked by that."""

    version: int
    painting: bool
    settled: bool = False


@dataclass(frozen=True)
class Chosen:
    """Something else would be asked about the same document."""


@dataclass(frozen=True)
class Sent:
    """A question was sent."""

    ticket: int
    draft: bool = False


@dataclass(frozen=True)
class Ended:
    """A question has its whole answer, or failed, or was given up."""

    ticket: int


@dataclass(frozen=True)
class Tick:
    """Time went on, and the model could be asked."""


Event = Switched | Painted | Chosen | Sent | Ended | Tick

# --- what is to be done ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """Ask about the document as it is, for a draft or a careful answer, and say `Sent`."""

    draft: bool


@dataclass(frozen=True)
class GiveUp:
    """Give up the question in flight."""


Command = Ask | GiveUp


def advance(state: FillState, event: Event, now: float) -> tuple[FillState, tuple[Command, ...]]:
    """The next state, and what is to be done, in order."""
    match event:
        case Switched(live):
            return _switched(state, live, now)
        case Painted(version, painting, settled):
            state = replace(state, version=version, painting=painting)
            return (state if settled or not state.live else _changed(state, painting, now)), ()
        case Chosen():
            return (_changed(state, False, now) if state.live else state), ()
        case Sent(ticket, draft):
            return replace(state, asked=InFlight(ticket, now, draft), wanted=None, unasked=None), ()
        case Ended(ticket):
            return _ended(state, ticket, now), ()
        case Tick():
            return _ticked(state, now)


def _switched(state: FillState, live: bool, now: float) -> tuple[FillState, tuple[Command, ...]]:
    state = replace(state, live=live, wanted=None, unasked=None, unseen=None)
    if live:
        return _changed(state, False, now), ()
    return replace(state, asked=None), ((GiveUp(),) if state.asked is not None else ())


def _changed(state: FillState, painting: bool, now: float) -> FillState:
    unasked = now if state.unasked is None else state.unasked
    unseen = now if state.unseen is None else state.unseen
    return replace(state, wanted=painting, changed_at=now, unasked=unasked, unseen=unseen)


def _ended(state: FillState, ticket: int, now: float) -> FillState:
    asked = state.asked
    if asked is None or asked.ticket != ticket:
        return state
    took = now - asked.since
    state = replace(state, draft_took=took) if asked.draft else replace(state, careful_took=took)
    return replace(state, asked=None, unseen=state.unasked)


def _ticked(state: FillState, now: float) -> tuple[FillState, tuple[Command, ...]]:
    if not state.live or state.wanted is None:
        return state, ()
    commands: tuple[Command, ...] = ()
    if state.asked is not None:
        if not _gives_way(state, state.asked, now):
            return state, ()
        state, commands = replace(state, asked=None), (GiveUp(),)
    if state.wanted and _waits(state, now):
        return state, commands
    return state, (*commands, Ask(bool(state.wanted)))


def _gives_way(state: FillState, asked: InFlight, now: float) -> bool:
    """Whether what is in flight is given up for what is wanted: a draft never for a draft, which would be no newer."""
    if asked.draft:
        return not state.wanted and not state.overdue(now)
    return bool(state.wanted) or not state.overdue(now)


def _waits(state: FillState, now: float) -> bool:
    """Whether a slow draft shall wait for the brush to rest; less the longer it takes, and never past `STALE`."""
    resting = now - state.changed_at >= GRACE
    return state.draft_took > SLOW and not resting and state.age(now) + state.draft_took < STALE
