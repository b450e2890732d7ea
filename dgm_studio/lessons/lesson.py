"""A lesson as values: steps that begin somewhere, show some controls, and hold text, predictions and goals.

Predicting first and being checked by a measurement is what teaches (Kim, Reinecke & Hullman 2017, doi:10.1145/3025453.3025592;
Naps et al. 2002, doi:10.1145/782941.782998). `reading.py` makes these of a folder, `checking.py` says what is wrong with one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from dgm_studio.data_error import DataError

from .condition import GoalCondition

FORMAT = 1
"""The format of lessons that this program reads; a newer one is refused."""
TEXT = "lesson.md"
"""The text of a lesson in its own language; ``lesson.ko.md`` translates it."""
SOLUTIONS = "solutions.json"
LEVELS = ("first", "second", "advanced")
"""How much a lesson takes for granted: nothing; one lecture; the theory."""
PredictionKind = Literal["draw", "number", "choice"]


@dataclass(frozen=True)
class LessonProblem:
    """What is wrong with a lesson, and where: ``file`` within the lesson, its ``line`` from 1 on, 0 for the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class BadLesson(DataError):
    """A lesson that cannot be played; the message has a line for each of its ``problems``."""

    def __init__(self, *problems: LessonProblem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Text:
    """Markdown that stands on the page; ``line`` is that of its first."""

    markdown: str
    line: int


@dataclass(frozen=True)
class Prediction:
    """What a learner says before it is seen: painted, a number in a ``unit``, or one of some ``choices``.

    ``answer`` is what turns out to be true, where a lesson says so: the number of the right choice from 1 on, a number, or the
    name of a measure or fact. What is asked stands in ``text``, as Markdown.
    """

    kind: PredictionKind
    unit: str
    text: str
    choices: tuple[str, ...]
    answer: str
    line: int


@dataclass(frozen=True)
class LessonGoal:
    """What a learner makes true; ``text`` says it in words, as Markdown, and may be empty."""

    condition: GoalCondition
    text: str
    line: int


@dataclass(frozen=True)
class Hint:
    """A help that is shown when it is asked for, one after the other, as Markdown."""

    text: str
    line: int


@dataclass(frozen=True)
class Explain:
    """A question that is answered in free words, kept and never graded, as Markdown."""

    text: str
    line: int


@dataclass(frozen=True)
class Reveal:
    """What is shown after the goal, or when it is asked for, as Markdown."""

    text: str
    line: int


Block: TypeAlias = Text | Prediction | LessonGoal | Hint | Explain | Reveal


@dataclass(frozen=True)
class LessonStep:
    """A page of a lesson and the state it begins in.

    Args:
        title: its heading.
        start: ``steps/x.dgm`` of the lesson's folder, ``gallery:NAME``, ``recipe:NAME``, a ``dgm:`` link, or empty: it goes on
            from the step before.
        compare: runs beside each other, each named like a ``start``; then ``start`` is empty.
        show: controls that can be seen, by name or group; empty shows all.
        lock: controls that cannot be changed.
        settings: what is set on top of the start: names of controls with their values.
        blocks: what stands on the page, in order.
        line: of its heading.
        slide: whether the view fills the window.
    """

    title: str
    start: str
    compare: tuple[str, ...]
    show: tuple[str, ...]
    lock: tuple[str, ...]
    settings: tuple[tuple[str, object], ...]
    blocks: tuple[Block, ...]
    line: int
    slide: bool = False

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Prediction))

    @property
    def goals(self) -> tuple[LessonGoal, ...]:
        return tuple(block for block in self.blocks if isinstance(block, LessonGoal))


@dataclass(frozen=True)
class Lesson:
    """A lesson as it is played. ``name`` is that of its ``folder``; ``languages`` begin with its own; ``fingerprint`` follows
    from all of its files, so that a result says of which lesson it is."""

    name: str
    title: str
    author: str
    minutes: int
    level: str
    language: str
    summary: str
    lectures: tuple[str, ...]
    steps: tuple[LessonStep, ...]
    folder: Path
    fingerprint: str
    languages: tuple[str, ...]
