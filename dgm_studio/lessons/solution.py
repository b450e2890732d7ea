"""Solutions: what a learner does in each step so that its goals pass, and what the text claims on the way; played without a
window.

``solutions.json`` is ``{"format": 1, "steps": [{"step": 1, "do": [{"claim": "modes < 0.4"}, {"set": {"model.r1": 0.1}},
{"train": 500}], "answers": [0.3]}]}``. A claim is a condition that holds at that moment as strictly as a goal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from dgm_studio.protocol.spec import Frozen

from .answers import QUESTIONS
from .condition import BadCondition, GoalCondition
from .lesson import FORMAT, SOLUTIONS, BadLesson, LessonProblem

MOST_STEPS = 20_000
"""Optimiser steps that a solution may ask for at once."""


class SolutionAction(Frozen):
    """One thing done: controls ``set``, so many steps of ``train``ing, 0 for as long as the recipe says, something to ``ask``
    of the run, ``about`` what, or a ``claim``."""

    set: dict[str, Any] | None = None
    train: int | None = Field(default=None, ge=0, le=MOST_STEPS)
    claim: str | None = None
    ask: str | None = None
    about: dict[str, Any] = Field(default_factory=dict)
    run: str = ""
    """The letter of a run of a comparison; empty for all."""

    @model_validator(mode="after")
    def _one_thing(self) -> SolutionAction:
        given = [name for name in ("set", "train", "ask", "claim") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("an action is one of set, train, ask and claim")
        if self.ask is not None and self.ask not in QUESTIONS:
            raise ValueError(f"there is no question {self.ask!r}; there are {', '.join(QUESTIONS)}")
        if self.claim is not None:
            try:
                GoalCondition.read(self.claim)
            except BadCondition as error:
                raise ValueError(str(error)) from None
        return self


class SolvedStep(Frozen):
    """What is done in the ``step`` of that number, from 1 on, and what is answered to its predictions, in order."""

    step: int = Field(ge=1)
    do: tuple[SolutionAction, ...] = ()
    answers: tuple[float | str, ...] = ()


class Solution(Frozen):
    """A solution of a lesson. One that is ``quick`` is played by the tests of the program, all by ``lesson check``."""

    format: Literal[1] = 1
    quick: bool = False
    steps: tuple[SolvedStep, ...] = ()

    def of(self, number: int) -> SolvedStep:
        """What is done in a step; nothing where nothing is said."""
        return next((each for each in self.steps if each.step == number), SolvedStep(step=number))


def read_solution(folder: Path) -> Solution | None:
    """The solution of a lesson, None where there is none. Raises BadLesson."""
    path = folder / SOLUTIONS
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BadLesson(LessonProblem(SOLUTIONS, 0, f"cannot be read: {error}")) from None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise BadLesson(LessonProblem(SOLUTIONS, line, f"is no JSON: {error}")) from None
    if isinstance(values, dict) and isinstance(values.get("format"), int) and values["format"] > FORMAT:
        words = (
            f"has format {values['format']}; this program reads up to format {FORMAT}. Update the program to open it"
        )
        raise BadLesson(LessonProblem(SOLUTIONS, 0, words))
    try:
        return Solution.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadLesson(LessonProblem(SOLUTIONS, 0, f"{where}: {first['msg'].lower()}")) from None
