"""Rehearsing a lesson: every step is opened once, so that each opens in an instant when it counts.

The engine remembers what is opened (`engine/schedule/rehearsal.py`) and the views of it as the window shows them now; formulas
and pages are made on the way. Nothing of it is kept as done by a learner. Topic ``lesson``.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Lesson
from dgm_studio.protocol import messages as m

if TYPE_CHECKING:
    from ..studio import Studio

SETTLE = 0.3
"""Seconds after a step is there in which views say what they look at."""
LONGEST = 60.0
"""Seconds that one step may take before it is left out."""


class LessonRehearsal:
    """Of one studio, which calls `tick` at display rate. ``lesson`` is under way, ``done`` steps of it are ready."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.lesson: Lesson | None = None
        self.done = 0
        self.ready: Lesson | None = None
        """The lesson that is ready."""
        self._tickets = itertools.count(1)
        self._ticket = 0
        self._begun = self._since = self._there = 0.0
        self._left_out: list[int] = []
        self._before: tuple[Lesson, int] | None = None

    @property
    def under_way(self) -> bool:
        return self.lesson is not None

    @property
    def said(self) -> str:
        """How far it is."""
        return (
            ""
            if self.lesson is None
            else tr("Rehearsing step {done} of {steps}", done=self.done + 1, steps=len(self.lesson.steps))
        )

    def toggle(self) -> None:
        """Rehearse the lesson in front, or stop."""
        player = self._studio.lesson
        if self.under_way:
            self.stop()
        elif player.lesson is not None and not player.tried:
            self.start(player.lesson)

    def start(self, lesson: Lesson) -> None:
        """Open every step once, from the first on; what is in front then is in front again."""
        player = self._studio.lesson
        self._before = (player.lesson, player.at) if player.lesson is not None and player.step is not None else None
        self.forget()
        self._studio.backend.send(m.Rehearse(""))
        self.lesson, self.done, self._left_out = lesson, 0, []
        self._begun = time.monotonic()
        player.play(lesson, 0, tried=True)
        self._wait()

    def stop(self, said: bool = True) -> None:
        """End it; the steps that are ready stay so."""
        lesson, self.lesson, self._ticket = self.lesson, None, 0
        if lesson is None:
            return
        self.ready = lesson
        seconds, all_ = time.monotonic() - self._begun, len(lesson.steps)
        if said:
            left = tr(" Not ready: step {names}.", names=", ".join(map(str, self._left_out))) if self._left_out else ""
            what = (
                tr("all {all} steps", all=all_)
                if self.done == all_ and not left
                else tr("{done} of {all} steps", done=self.done, all=all_)
            )
            words = tr(
                "Rehearsed {title!r}: {what} in {seconds:.0f} s.{left}",
                title=lesson.title,
                what=what,
                seconds=seconds,
                left=left,
            )
            self._studio.notify("info", words, tr("They open at once in a window of this size."))
        player, before = self._studio.lesson, self._before
        if player.lesson is not lesson or not player.tried:
            return
        if player.place != "step":
            player.let_go()
        elif before is not None:
            player.play(*before)
        else:
            player.to_shelf()

    def forget(self) -> None:
        """Let go of what is held for a lesson."""
        self._studio.backend.send(m.Rehearse("", on=False))
        self.ready = None

    def played(self, lesson: Lesson) -> None:
        """A lesson is opened: what is held for another is let go."""
        if self.ready is not None and self.ready.folder != lesson.folder and not self.under_way:
            self.forget()

    def told(self, event: m.Rehearsed) -> None:
        """The step in front is ready."""
        if self.lesson is not None and event.ticket == self._ticket:
            self._on()

    def tick(self) -> None:
        """Ask whether the step is ready once it is there."""
        lesson, player = self.lesson, self._studio.lesson
        if lesson is None:
            return
        if player.lesson is not lesson or player.place != "step" or player.at != self.done:
            self.stop(said=False)  # somebody went elsewhere
            return
        now = time.monotonic()
        if not self._ticket:
            self._there = (self._there or now) if self._is_there() else 0.0
            if self._there and now - self._there >= SETTLE:
                self._ticket = next(self._tickets)
                self._studio.backend.send(m.Rehearse("", ticket=self._ticket))
        if now - self._since > LONGEST or self._has_failed():
            self._left_out.append(self.done + 1)
            self._on()

    def _is_there(self) -> bool:
        studio = self._studio
        if studio.lesson.is_opening:
            return False
        runs = [(studio.runs.get(slot), slot) for slot in self._slots]
        return all(
            run is not None and run.opened is not None and run.id == studio.session.run_id(slot) for run, slot in runs
        )

    def _has_failed(self) -> bool:
        runs = self._studio.runs
        return any(runs[slot].failure for slot in self._slots if slot in runs)

    @property
    def _slots(self) -> tuple[str, ...]:
        session = self._studio.session
        return session.cells if session.workspace == "compare" else (session.front,)

    def _on(self) -> None:
        assert self.lesson is not None
        self.done += 1
        if self.done == len(self.lesson.steps):
            self.stop()
            return
        self._wait()
        self._studio.lesson.next()

    def _wait(self) -> None:
        self._ticket, self._there, self._since = 0, 0.0, time.monotonic()
