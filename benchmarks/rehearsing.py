"""Opening the steps of lessons: from the key to the first view of the new run, before and after the lesson was rehearsed.

All lessons that come with the program, one after the other in one window of 1280x800 over the real engine. A step is open
when its page stands, its run is there with what it begins with set, and its samples are drawn, or its examples where a
prediction covers the samples; for a comparison those of all runs. A step that goes on with the run before is open as soon as
its page stands. Views and formulas are made the first time they are seen, which counts before and not after.

python -m benchmarks.rehearsing [LESSON ...]     # a line a step
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from .results import Result
from .surroundings import surroundings

if TYPE_CHECKING:
    from dgm_studio.lessons.lesson import Lesson
    from dgm_studio.studio.studio import Studio

AT_ONCE = 0.3
"""Seconds in which a step that was rehearsed shall open."""
REST, PATIENCE = 0.8, 30.0
"""Seconds at a step before the next is opened, and in which one is open at last."""


@dataclass(frozen=True)
class OpenedStep:
    """A step, ``begins`` anew or goes on, and the seconds that it took to open."""

    lesson: str
    step: int
    begins: bool
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.lesson:24} {self.step:2} {'begins' if self.begins else 'goes on':8} {1000 * self.seconds:6.0f} ms"
        )


class Openings:
    """Times the opening of steps in a studio whose window is open."""

    def __init__(self, studio: Studio) -> None:
        from dgm_studio.protocol import messages as m

        self._studio = studio
        self._seen: set[tuple[type[m.Event], str]] = set()
        for kind in (m.Samples, m.Data):
            studio.on(kind, lambda event: self._seen.add((type(event), event.run)))

    def play(self, lesson: Lesson) -> list[OpenedStep]:
        """Open all steps, one after the other."""
        from .window import run_for

        studio, found = self._studio, []
        for at, step in enumerate(lesson.steps):
            run_for(REST)
            self._seen.clear()
            before = {slot: held.run for slot, held in studio.session.slots.items()}
            begun = time.perf_counter()
            if at == 0:
                studio.lesson.play(lesson, 0, tried=True)
            else:
                studio.lesson.next()
            self._wait(before)
            anew = bool(step.start or step.compare)
            found.append(OpenedStep(lesson.name, at + 1, anew, time.perf_counter() - begun))
        return found

    def _wait(self, before: dict[str, str]) -> None:
        from .window import wait_for

        wait_for(lambda: self._is_open(before), self._studio, PATIENCE)

    def _is_open(self, before: dict[str, str]) -> bool:
        from dgm_studio.protocol import messages as m

        studio = self._studio
        if studio.lesson.is_opening:
            return False
        session = studio.session
        for slot in session.cells if session.workspace == "compare" else (session.front,):
            run = studio.runs.get(slot)
            if run is None or run.opened is None or run.id != session.run_id(slot):
                return False
            hidden = slot == "2d" and not set(session.layers) & {"samples", "path"}
            drawn = m.Data if hidden else m.Samples
            if before.get(slot) != run.id and (drawn, run.name) not in self._seen:
                return False
        return True


def openings(names: Sequence[str] = ()) -> tuple[list[OpenedStep], list[OpenedStep], float]:
    """Steps as they open unrehearsed and rehearsed, and the seconds that rehearsing a lesson takes, the middle of all."""
    from dgm_studio.lessons.finding import find_lessons

    from .window import open_window, run_for, wait_for

    lessons = [each.lesson for each in find_lessons() if each.lesson is not None and not each.own]
    lessons = [each for each in lessons if not names or each.name in names]
    before: list[OpenedStep] = []
    after: list[OpenedStep] = []
    took: list[float] = []
    with open_window("dark", (1280, 800)) as window:
        studio = window.studio
        run_for(2.0)
        opened = Openings(studio)
        for lesson in lessons:
            before += opened.play(lesson)
            studio.lesson.to_shelf()
            begun = time.perf_counter()
            studio.rehearsal.start(lesson)
            wait_for(lambda: not studio.rehearsal.under_way, studio, 600.0)
            took.append(time.perf_counter() - begun)
            after += opened.play(lesson)
            studio.lesson.to_shelf()
            studio.rehearsal.forget()
            for notice in list(studio.notices.items):
                studio.dismiss(notice.number)
            print(f"{lesson.name}: rehearsed in {took[-1]:.1f} s", file=sys.stderr, flush=True)
    return before, after, median(took)


def measure(quick: bool) -> list[Result]:
    """``quick`` plays one lesson."""
    before, after, took = openings(("03-direct-or-indirect",) if quick else ())
    plain, ready = ([each.seconds for each in steps if each.begins] for steps in (before, after))
    slowest = max(after, key=lambda each: each.seconds)
    late = sum(each.seconds > AT_ONCE for each in after)
    note = f"{late} of {len(after)} steps take longer than {AT_ONCE:g} s"
    return [
        Result("a step that begins anew, unrehearsed", median(plain), "s", note=f"slowest {max(plain):.2f} s"),
        Result("the same, rehearsed", median(ready), "s", AT_ONCE, note=note),
        Result("the slowest step, rehearsed", slowest.seconds, "s", AT_ONCE, note=f"{slowest.lesson}, {slowest.step}"),
        Result("rehearsing a lesson", took, "s"),
    ]


def main() -> None:
    with surroundings():
        before, after, _ = openings(sys.argv[1:])
    for one, other in zip(before, after, strict=True):
        print(f"{one}   {1000 * other.seconds:6.0f} ms rehearsed")


if __name__ == "__main__":
    main()
