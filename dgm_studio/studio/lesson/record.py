"""What a learner did of the lesson under way, as it is kept on this machine; a full disk is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Block, Lesson, LessonStep
from dgm_studio.lessons.progress import LessonProgress, StepProgress, fresh_progress, load_progress, save_progress

if TYPE_CHECKING:
    from ..studio import Studio


def place_of(step: LessonStep, number: int) -> int:
    """The place of a block among those of its kind, by which what was done of it is kept."""
    kind: type[Block] = type(step.blocks[number])
    return sum(type(block) is kind for block in step.blocks[:number])


class LessonRecord:
    """Of one lesson: its ``progress``, written after every change unless it is only ``tried``."""

    def __init__(self, lesson: Lesson, studio: Studio, tried: bool = False) -> None:
        self._studio, self._lesson, self._tried = studio, lesson, tried
        self._told = False
        self.progress, problem = (fresh_progress(lesson), "") if tried else load_progress(lesson)
        if problem:
            studio.notify("warn", problem)

    @property
    def done(self) -> tuple[bool, ...]:
        """Whether each step is."""
        return self.progress.done(self._lesson)

    def step(self, number: int) -> StepProgress:
        return self.progress.steps[number]

    def change(self, number: int, **changes: Any) -> None:
        """What was done of a step, with some of it changed."""
        self.take(self.progress.with_step(number, **changes))

    def take(self, progress: LessonProgress) -> None:
        """Keep it."""
        self.progress = progress
        if self._tried:
            return
        try:
            save_progress(self._lesson, progress)
        except OSError as error:
            if not self._told:
                self._studio.notify("warn", tr("What you do of this lesson cannot be kept: {error}.", error=error))
            self._told = True
