"""Steering: from a moved slider to the new samples on screen.

The default 2D session, 1,000 points, the number of sampling steps moved to and fro around 16 as its slider does. A move
ends with the first paint of the plane that shows samples drawn with the new value. Samples of the old value are told
from them in the engine's mailbox: what it says after it has taken over the new value is new. Twenty moves paused and
twenty while training, the model being partly trained; the moves come at uneven moments of the frame. The paused window is
at rest before the first move, and then busy with the finer density and the measures that each move asks for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dgm_studio.engine.schedule.mailbox import Mailbox
from dgm_studio.engine.schedule.thread_backend import ThreadBackend
from dgm_studio.protocol.messages import Edited, Event, Samples

from .results import Result, quantile

MOVES, QUICK_MOVES = 20, 8
TRAINED_STEPS, QUICK_TRAINED_STEPS = 500, 60
POINTS, AROUND = 1000, (15, 16, 17, 16)
TARGET_MS = 150.0


class WatchedMailbox(Mailbox):
    """Remembers the first samples that were said after the newest edit."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh: Samples | None = None
        self._edited = False

    def arm(self) -> None:
        """A move begins: forget what came before."""
        self.fresh, self._edited = None, False

    def put(self, event: Event) -> None:
        if isinstance(event, Edited):
            self._edited = True
        elif isinstance(event, Samples) and event.done and self._edited and self.fresh is None:
            self.fresh = event
        super().put(event)


def measure(quick: bool) -> list[Result]:
    from .window import open_window, settle, shape_plane, train_to

    backend = ThreadBackend()
    mailbox = backend._mailbox = WatchedMailbox()  # before the thread starts and takes hold of it
    moves = QUICK_MOVES if quick else MOVES
    with open_window(backend=backend) as window:
        shape_plane(window, 900, 700)
        studio = window.studio
        studio.set_sampling(count=POINTS)
        train_to(studio, QUICK_TRAINED_STEPS if quick else TRAINED_STEPS)
        settle()
        paused = _move(window, mailbox, moves)
        studio.train()
        training = _move(window, mailbox, moves)
    results = []
    for state, times in (("paused", paused), ("training", training)):
        for q in (0.5, 0.95):
            ms = quantile(times, q) * 1000
            results.append(
                Result(f"slider to {POINTS:,} points on screen, {state}, p{q * 100:.0f}", ms, "ms", TARGET_MS)
            )
    return results


def _move(window: Any, mailbox: WatchedMailbox, moves: int) -> list[float]:
    """Seconds from each move to the paint that shows it."""
    from .window import Painted, Stopwatch, run_for, wait_for

    studio = window.studio
    watch = Stopwatch()

    def painted() -> None:
        """Samples of the new value, or later ones, are what the studio holds, and the scatter item shows them."""
        fresh, here = mailbox.fresh, studio.run.samples
        new = fresh is not None and here is not None and (here is fresh or here.shown_step > fresh.shown_step)
        if new and np.array_equal(window.plane.samples.points, here.x):
            watch.stop()

    filter_ = Painted(window.plane.canvas.viewport(), painted)
    for i in range(moves):
        run_for(0.4 + 0.013 * i)
        mailbox.arm()
        watch.begin()
        studio.set_knob("steps", AROUND[i % len(AROUND)])
        studio.end_drag()
        wait_for(lambda: not watch.running, studio, 30)
    filter_.deleteLater()
    return watch.times
