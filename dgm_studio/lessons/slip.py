"""Result slips: what a learner predicted, answered and reached, as one JSON file to be handed in; no name is in it.

A teacher reads many. They are data from strangers: sizes are checked first, and nothing in them is executed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from dgm_studio import __version__, atomic
from dgm_studio.data_error import DataError
from dgm_studio.protocol.spec import Frozen

from .lesson import Explain, Lesson, LessonStep
from .progress import MOST_LETTERS, LessonProgress, MadePrediction, PassedGoal, StepProgress

MOST_BYTES, MOST_SLIPS = 8 << 20, 2000
KIND: Literal["result slip of a lesson"] = "result slip of a lesson"


class BadSlip(DataError):
    """A file that is no result slip; the message names it and says why."""


class SlipPrediction(Frozen):
    """What was asked and what was said to it; ``made`` is None where nothing was."""

    asked: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    made: MadePrediction | None = None


class SlipAnswer(Frozen):
    """A question and what was written."""

    asked: str
    written: str = Field(default="", max_length=MOST_LETTERS)


class SlipGoal(Frozen):
    """A goal as it stands in the lesson; ``passed`` is None where it was not reached."""

    condition: str
    passed: PassedGoal | None = None


class SlipStep(Frozen):
    """A step: what was done in it, and the seconds that it was in front."""

    title: str
    predictions: tuple[SlipPrediction, ...] = ()
    answers: tuple[SlipAnswer, ...] = ()
    goals: tuple[SlipGoal, ...] = ()
    hints: int = 0
    revealed: bool = False
    seconds: float = 0.0


class ResultSlip(Frozen):
    """What came of a lesson. ``slip`` is the same for all slips of one learner's lesson, and says nothing else."""

    kind: Literal["result slip of a lesson"] = KIND
    format: Literal[1] = 1
    program: str = ""
    slip: str
    lesson: str
    title: str
    fingerprint: str
    started: str
    written: str
    steps: tuple[SlipStep, ...]

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def goals(self) -> tuple[int, int]:
        """How many goals were passed, and of how many."""
        all_ = [goal for step in self.steps for goal in step.goals]
        return sum(goal.passed is not None for goal in all_), len(all_)


def slip_of(lesson: Lesson, progress: LessonProgress) -> ResultSlip:
    """The slip of what was done until now."""
    return ResultSlip(
        program=f"DGM Studio {__version__}",
        slip=progress.slip,
        lesson=lesson.name,
        title=lesson.title,
        fingerprint=lesson.fingerprint,
        started=progress.started,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        steps=tuple(_step(step, kept) for step, kept in zip(lesson.steps, progress.steps, strict=True)),
    )


def _step(step: LessonStep, kept: StepProgress) -> SlipStep:
    asked = [block.text for block in step.blocks if isinstance(block, Explain)]
    return SlipStep(
        title=step.title,
        predictions=tuple(
            SlipPrediction(asked=each.text, unit=each.unit, choices=each.choices, made=kept.predictions.get(i))
            for i, each in enumerate(step.predictions)
        ),
        answers=tuple(SlipAnswer(asked=text, written=kept.answers.get(i, "")) for i, text in enumerate(asked)),
        goals=tuple(
            SlipGoal(condition=goal.condition.text, passed=kept.goals.get(i)) for i, goal in enumerate(step.goals)
        ),
        hints=kept.hints,
        revealed=kept.revealed,
        seconds=kept.seconds,
    )


def write_slip(path: Path, slip: ResultSlip) -> None:
    """Raises OSError that names the file."""
    atomic.write(path, slip.model_dump_json(indent=1).encode())


def read_slip(path: Path) -> ResultSlip:
    """Raises BadSlip."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadSlip(
                f"{path.name} is larger than {MOST_BYTES >> 20} MB, which no result slip is. It was not read."
            )
        content = path.read_bytes()
    except OSError as error:
        raise BadSlip(f"{path.name} cannot be read: {error.strerror}.") from None
    try:
        return ResultSlip.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        words = f"{path.name} is no result slip of this program"
        raise BadSlip(f"{words} ({where + ': ' if where else ''}{first['msg'].lower()}).") from None


def read_slips(paths: Iterable[Path]) -> tuple[list[ResultSlip], list[str]]:
    """The slips of files and folders, the newest of each learner alone, and why others could not be read."""
    problems: list[str] = []
    newest: dict[tuple[str, str, str], ResultSlip] = {}
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    if len(files) > MOST_SLIPS:
        problems.append(f"{len(files):,} files are more than a class; the first {MOST_SLIPS:,} were read.")
    for file in files[:MOST_SLIPS]:
        try:
            slip = read_slip(file)
        except BadSlip as error:
            problems.append(str(error))
            continue
        key = (slip.lesson, slip.fingerprint, slip.slip)
        if key not in newest or newest[key].written < slip.written:
            newest[key] = slip
    return list(newest.values()), problems
