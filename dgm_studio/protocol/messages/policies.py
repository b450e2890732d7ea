"""Questions to a run on paths as a policy: what regression would do in its place, and what comes of following its plans."""

from __future__ import annotations

from dataclasses import dataclass

from ..context import ContextValues
from .events import Event
from .intents import Intent
from .plain import Array


@dataclass(frozen=True)
class Regress(Intent):
    """The path of a net with squared error, learned from the run's own demonstrations, in the situation that is ``given``."""

    ticket: int
    given: ContextValues


@dataclass(frozen=True)
class Regressed(Event):
    """Its path ``x`` (L, 2) in data units. In held-out situations it collides in the share ``collisions``, and in
    ``blocked_collisions`` of those whose straight way is blocked.
    """

    answers = "regress"

    ticket: int
    given: ContextValues
    x: Array
    collisions: float
    blocked_collisions: float


@dataclass(frozen=True)
class Rollout(Intent):
    """Follow a plan for ``stride`` of length, plan anew from there, and so on to the goal; ``count`` times from what is
    ``given``. One that is ``committed`` draws every plan from the noise of the first, one that is not from other noise.
    """

    ticket: int
    given: ContextValues
    stride: float = 0.3
    committed: bool = True
    count: int = 64
    seed: int = 0


@dataclass(frozen=True)
class RolledOut(Event):
    """Where the ``count`` walks went: ``tracks`` (n, k, 2) in data units, the last place repeated behind those that ended.

    Of the first walk ``plans`` are at each turn some candidates (c, L, 2), of which the first was followed, and ``turned``
    (turns,) the positions along its track at which it planned. ``changes`` (n,) is how often a walk's plan changed sides
    while the obstacle lay ahead; ``collided`` and ``arrived`` (n,) say which met the obstacle and which came to the goal.
    """

    answers = "rollout"

    ticket: int
    committed: bool
    tracks: Array
    plans: tuple[Array, ...]
    turned: tuple[int, ...]
    changes: Array
    collided: Array
    arrived: Array
