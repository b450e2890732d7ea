"""Playing the solution of a lesson without a window: each step begins as it says, a learner's actions are done, what the text
claims is measured, and every goal is judged as it is in the window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dgm_studio.engine import catalogue
from dgm_studio.lessons.answers import QUESTIONS, facts_answered, facts_filled
from dgm_studio.lessons.condition import Fact, FactValue, GoalCondition, Verdict
from dgm_studio.lessons.facts import facts_measured, facts_of, measures_in, of_cell
from dgm_studio.lessons.lesson import SOLUTIONS, TEXT, Lesson, LessonProblem, LessonStep
from dgm_studio.lessons.settings import BadSetting, with_settings
from dgm_studio.lessons.solution import Solution, SolutionAction
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import Change, RunSpec, least_work
from dgm_studio.resources import resource

from .job import BadInput, Failure, Job
from .lesson_questions import examples_of, question
from .lesson_words import lesson_words

CELLS = "ABCDEF"


@dataclass(frozen=True)
class PlayedStep:
    """What came of a step: its goals and claims with how they stood, and the seconds it took, of which some for training."""

    step: int
    title: str
    goals: tuple[tuple[str, Verdict], ...]
    claims: tuple[tuple[str, Verdict], ...]
    seconds: float
    training_seconds: float


@dataclass(frozen=True)
class PlayedLesson:
    """What came of a solution; ``problems`` is empty where everything passed."""

    name: str
    steps: tuple[PlayedStep, ...]
    problems: tuple[LessonProblem, ...]


def play(lesson: Lesson, solution: Solution, say: Callable[[str], object] = lambda text: None) -> PlayedLesson:
    """Play a solution from the first step to the last. What goes wrong stands among the problems and ends its step alone."""
    problems: list[LessonProblem] = []
    played: list[PlayedStep] = []
    runs = PlayedRuns()
    for number, step in enumerate(lesson.steps, 1):
        say(f"{lesson.name}, step {number}: {step.title}")
        try:
            played.append(_played(runs, lesson, step, number, solution, problems))
        except (BadInput, BadSetting, Failure) as error:
            problems.append(LessonProblem(TEXT, step.line, f"step {number} cannot be played: {error}"))
            if not runs.there:
                break
    return PlayedLesson(lesson.name, tuple(played), tuple(problems))


def _played(
    runs: PlayedRuns, lesson: Lesson, step: LessonStep, number: int, solution: Solution, problems: list[LessonProblem]
) -> PlayedStep:
    began, trained = time.perf_counter(), runs.trained
    runs.begin(lesson.folder, step)
    solved, claims = solution.of(number), list[tuple[str, Verdict]]()
    for goal in step.goals:
        if solved.do and runs.judge(goal.condition).passed:
            words = f"{goal.condition.text} passes before a learner has done anything"
            problems.append(LessonProblem(TEXT, goal.line, words))
    for action in solved.do:
        if action.claim is None:
            runs.act(action)
            continue
        verdict = runs.judge(GoalCondition.read(action.claim))
        claims.append((action.claim, verdict))
        if verdict.passed is not True:
            words = f"step {number}: it is claimed that {action.claim}, and it is not so: {said(verdict)}"
            problems.append(LessonProblem(SOLUTIONS, 0, words))
    goals = [(goal.condition.text, runs.judge(goal.condition)) for goal in step.goals]
    for goal, (text, verdict) in zip(step.goals, goals, strict=True):
        if verdict.passed is not True:
            words = f"the solution does not reach {text}: {said(verdict)}"
            problems.append(LessonProblem(TEXT, goal.line, words))
    for prediction in step.predictions:
        known = prediction.answer and prediction.kind == "number" and not _is_number(prediction.answer)
        if known and runs.facts((prediction.answer,)).get(prediction.answer, Fact(None)).value is None:
            words = f"{prediction.answer} is not known of the run that the step begins with"
            problems.append(LessonProblem(TEXT, prediction.line, words))
    seconds = time.perf_counter() - began
    return PlayedStep(number, step.title, tuple(goals), tuple(claims), seconds, runs.trained - trained)


def said(verdict: Verdict) -> str:
    """What was found of each measure and fact, each once, in a line."""
    found: dict[str, str] = {}
    for each in verdict.comparisons:
        found[each.comparison.name] = _value_said(each.fact.value, each.fact.error)
        if each.comparison.other:
            found.setdefault(each.comparison.other, _value_said(each.target, 0.0))
    return "; ".join(f"{name} is {value}" for name, value in found.items())


def _value_said(value: FactValue | None, error: float) -> str:
    if value is None:
        return "not known"
    if isinstance(value, str | bool):
        return str(value)
    return f"{value:.4g} ± {error:.2g}" if error else f"{value:.4g}"


@dataclass
class _Played:
    """A run as it is played: ``asked`` as it was asked for, by which the engine knows what an edit takes, ``spec`` as it is
    resolved."""

    job: Job
    asked: RunSpec
    spec: RunSpec
    info: m.RunInfo
    step: int
    seconds: float
    recipe_steps: int = 0
    known: dict[str, Fact] = field(default_factory=dict)
    """What was measured of it as it is now."""
    answers: dict[str, m.Event] = field(default_factory=dict)
    """What it answered last, by the question."""
    filling: m.Fill | None = None
    """What was asked on the canvas."""
    examples: m.Array | None = None
    """Examples of its data as people see them, of which one may be put on the canvas."""


class PlayedRuns:
    """The runs of a step, one or those of a comparison by letter, in one engine after the other."""

    def __init__(self) -> None:
        self.there: dict[str, _Played] = {}
        self.trained = 0.0
        """Seconds of training in all."""

    def begin(self, folder: Path, step: LessonStep) -> None:
        """Raises BadInput, BadSetting."""
        if step.compare:
            self.there = {CELLS[i]: _opened(folder, start) for i, start in enumerate(step.compare)}
        elif step.start:
            self.there = {"": _opened(folder, step.start)}
        elif not self.there:
            raise BadInput("no step before it has begun anywhere.")
        self.set(step.settings)

    def act(self, action: SolutionAction) -> None:
        """Set controls, train or ask. Raises BadInput, BadSetting, Failure."""
        if action.set is not None:
            self.set(action.set.items(), action.run)
        elif action.ask is not None:
            for run in self._those(action.run):
                asked = question(run.job.name, action.ask, action.about, run.examples)
                run.filling = asked if isinstance(asked, m.Fill) else run.filling
                run.answers[action.ask] = run.job.ask(asked, QUESTIONS[action.ask][1])
        elif action.train is not None:
            for run in self._those(action.run):
                steps = action.train or run.recipe_steps or run.info.recipe_steps
                before = run.seconds
                finished = run.job.ask(m.Train(run.job.name, steps=steps, seconds=None), m.Finished)
                run.step, run.seconds, run.known = finished.step, finished.seconds, {}
                self.trained += max(0.0, finished.seconds - before)

    def set(self, settings: Iterable[tuple[str, Any]], letter: str = "") -> None:
        """Set controls of one run or of all. Raises BadInput, BadSetting."""
        settings = tuple(settings)
        for run in self._those(letter):
            asked, _ = with_settings(run.asked, settings, run.info)
            if asked == run.asked:
                continue
            if least_work(run.asked, asked) is Change.REBUILD:
                opened = run.job.open(asked)
                run.spec, run.info, run.step, run.seconds, run.recipe_steps = opened.spec, opened.info, 0, 0.0, 0
                run.examples = examples_of(run.job)
            else:
                run.spec = run.job.edit(asked).spec
            run.asked = asked
            run.known = {}

    def judge(self, condition: GoalCondition) -> Verdict:
        return condition.judge(self.facts(condition.names))

    def facts(self, names: tuple[str, ...]) -> dict[str, Fact]:
        """What is known of all runs, with the measures that the names ask for."""
        found: dict[str, Fact] = {}
        for letter, run in self.there.items():
            own = tuple(name for name in names if not letter or name.startswith(f"{letter}."))
            wanted = [name for name in measures_in(own, lesson_words().measures) if name not in run.known]
            if wanted:
                asked = m.MeasureNow(run.job.name, 1, only=tuple(wanted))
                run.known |= facts_measured(run.job.ask(asked, m.Measured).values)
            answered = facts_answered(run.answers.values(), run.step)
            filled = run.answers.get("fill")
            answered |= facts_filled(run.filling, filled if isinstance(filled, m.Filled) else None, run.step)
            facts = facts_of(run.spec, run.info, run.step, run.seconds) | answered | run.known
            found |= of_cell(letter, facts) if letter else facts
        return found

    def _those(self, letter: str) -> list[_Played]:
        if letter and letter not in self.there:
            raise BadInput(f"there is no run {letter!r} here.")
        return [self.there[letter]] if letter else list(self.there.values())


def _opened(folder: Path, start: str) -> _Played:
    """A run as a step begins with it. Raises BadInput."""
    kind, colon, name = start.partition(":")
    job = Job()
    if colon and kind == "recipe":
        recipe = catalogue.recipes().get(name)
        if recipe is None:
            raise BadInput(f"There is no recipe {name!r}.")
        opened = job.open(recipe.spec)
        return _Played(job, recipe.spec, opened.spec, opened.info, 0, 0.0, recipe.steps, examples=examples_of(job))
    if colon and kind == "dgm":
        raise BadInput("a link opens in the window alone; let the step begin with a recipe or a file.")
    path = resource("gallery") / f"{name}.dgm" if colon else folder / start
    opened = job.load(path)
    return _Played(job, opened.spec, opened.spec, opened.info, opened.step, 0.0, examples=examples_of(job))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
