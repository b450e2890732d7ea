"""What a learner has done of a lesson, kept on this machine alone: one JSON file a lesson, written whole.

Nothing in it says who a learner is. A file that cannot be read is set aside and told, and the lesson begins anew.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from dgm_studio import atomic
from dgm_studio.places import data_folder
from dgm_studio.protocol.spec import Frozen

from .lesson import Lesson, PredictionKind

MOST_POINTS, MOST_STROKES, MOST_LETTERS, MOST_IMAGE = 20_000, 400, 20_000, 400_000
"""Of a painted prediction, of a text that is written, and of a picture as base64."""


class MadePrediction(Frozen):
    """What was predicted: a ``number``; a ``choice``, from 1 on; or what was painted, as ``points`` of the plane (x, y) in data
    units, by a brush of a ``radius`` in ``strokes`` of so many points each, or as an ``image``, a PNG in base64. ``truth`` is
    what turned out, ``distance`` how far off it was, in words."""

    kind: PredictionKind
    number: float | None = None
    choice: int | None = None
    points: tuple[tuple[float, float], ...] = Field(default=(), max_length=MOST_POINTS)
    strokes: tuple[int, ...] = Field(default=(), max_length=MOST_STROKES)
    radius: float = Field(default=0.0, ge=0.0)
    image: str = Field(default="", max_length=MOST_IMAGE)
    truth: float | str | None = None
    distance: str = Field(default="", max_length=500)


class PassedGoal(Frozen):
    """A goal that was passed: after how many ``seconds`` of the step, and what was ``found``, by name: value and error."""

    condition: str
    seconds: float
    found: dict[str, tuple[float | str | bool, float]] = Field(default_factory=dict)


class StepProgress(Frozen):
    """What was done in the step of that ``title``. Predictions and answers are kept by their place among those of the step,
    from 0 on; ``hints`` is how many were shown."""

    title: str
    seen: bool = False
    predictions: dict[int, MadePrediction] = Field(default_factory=dict)
    answers: dict[int, str] = Field(default_factory=dict)
    goals: dict[int, PassedGoal] = Field(default_factory=dict)
    hints: int = 0
    revealed: bool = False
    seconds: float = 0.0


class LessonProgress(Frozen):
    """What was done of a lesson: ``at`` is the step it stands at, from 0 on; ``slip`` tells this learner's result slips from
    those of others and says nothing else."""

    format: Literal[1] = 1
    lesson: str
    fingerprint: str
    slip: str
    started: str
    at: int = 0
    steps: tuple[StepProgress, ...]

    def done(self, lesson: Lesson) -> tuple[bool, ...]:
        """Whether each step is: it was seen, all is predicted, and all goals are passed."""
        return tuple(
            kept.seen and len(kept.predictions) >= len(step.predictions) and len(kept.goals) >= len(step.goals)
            for step, kept in zip(lesson.steps, self.steps, strict=False)
        )

    def with_step(self, number: int, **changes: object) -> LessonProgress:
        """A copy with what was done in a step, from 0 on, changed."""
        steps = list(self.steps)
        steps[number] = StepProgress.model_validate({**steps[number].model_dump(), **changes})
        return self.model_copy(update={"steps": tuple(steps)})


def fresh_progress(lesson: Lesson) -> LessonProgress:
    """Nothing has been done yet."""
    return LessonProgress(
        lesson=lesson.name,
        fingerprint=lesson.fingerprint,
        slip=os.urandom(6).hex(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        steps=tuple(StepProgress(title=step.title) for step in lesson.steps),
    )


def progress_file(lesson: Lesson) -> Path:
    """Where what was done of a lesson is kept."""
    return data_folder() / "lesson-progress" / f"{lesson.name}.json"


def load_progress(lesson: Lesson) -> tuple[LessonProgress, str]:
    """What was done, and a sentence on what was wrong with the file, empty where nothing was.

    Of a lesson that has changed since, what was done stays with the steps that still have their title.
    """
    path, fresh = progress_file(lesson), fresh_progress(lesson)
    try:
        kept = LessonProgress.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return fresh, ""
    except OSError as error:
        return fresh, f"What you did of {lesson.title!r} cannot be read ({error.strerror}); the lesson begins anew."
    except (ValidationError, ValueError):
        return fresh, _set_aside(path, lesson)
    if kept.fingerprint == lesson.fingerprint and len(kept.steps) == len(lesson.steps):
        return kept.model_copy(update={"at": min(max(kept.at, 0), len(lesson.steps) - 1)}), ""
    by_title = {step.title: step for step in kept.steps}
    steps = tuple(by_title.get(step.title, empty) for step, empty in zip(lesson.steps, fresh.steps, strict=True))
    same = sum(step.title in by_title for step in lesson.steps)
    words = f"{lesson.title!r} has changed since you were here; what you did of {same} of its steps is kept."
    return fresh.model_copy(update={"steps": steps, "slip": kept.slip, "started": kept.started}), words


def save_progress(lesson: Lesson, progress: LessonProgress) -> None:
    """Raises OSError that names the file; what was kept before is then whole."""
    path = progress_file(lesson)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, progress.model_dump_json(indent=1).encode())


def forget_progress(lesson: Lesson) -> None:
    """Begin anew. Raises OSError."""
    progress_file(lesson).unlink(missing_ok=True)


def _set_aside(path: Path, lesson: Lesson) -> str:
    """Move a file that cannot be read out of the way, and say so."""
    aside = path.with_suffix(".broken.json")
    try:
        os.replace(path, aside)
    except OSError as error:
        return f"What you did of {lesson.title!r} is damaged and cannot be set aside ({error.strerror})."
    return f"What you did of {lesson.title!r} is damaged. It is set aside as {aside}; the lesson begins anew."
