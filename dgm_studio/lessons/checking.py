"""What is wrong with a lesson, by file and line, before anybody plays it: names that there are not, pictures without words,
scripts, and steps that ask nothing. Whether its goals can be reached is found by playing its solution, above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .answers import ANSWERS, is_answer
from .condition import GoalCondition
from .control_names import control_names, named_by
from .facts import FACTS, KNOBS, MEASURED
from .lesson import SOLUTIONS, TEXT, BadLesson, Lesson, LessonProblem, LessonStep, Prediction, Text
from .pages import page_problems
from .reading import read_lesson, translation
from .solution import Solution, read_solution

MOST_STEPS, LEAST_STEPS = 12, 2
"""Steps of a lesson."""


@dataclass(frozen=True)
class LessonVocabulary:
    """What lessons may speak of, by name: ``settings`` of all families, data and samplers by their first part."""

    measures: frozenset[str]
    families: frozenset[str]
    data: frozenset[str]
    recipes: frozenset[str]
    exhibits: frozenset[str]
    settings: dict[str, frozenset[str]]


def check_folder(folder: Path, words: LessonVocabulary) -> list[LessonProblem]:
    """All that is wrong with the lesson of a folder, its translations and its solution; empty where nothing is."""
    try:
        lesson = read_lesson(folder)
        solution = read_solution(folder)
    except BadLesson as error:
        return list(error.problems)
    problems = [*_lesson_problems(lesson, words), *_solution_problems(lesson, solution, words)]
    for language in lesson.languages[1:]:
        try:
            other = read_lesson(folder, language)
        except BadLesson as error:
            problems += error.problems
            continue
        for step in other.steps:
            if step not in lesson.steps:  # else it fell back, and is checked
                problems += page_problems(translation(language), step, folder)
    return problems


def check_lesson(lesson: Lesson, words: LessonVocabulary) -> list[LessonProblem]:
    """What is wrong with a lesson that could be read, its solution not looked at."""
    return list(_lesson_problems(lesson, words))


def _lesson_problems(lesson: Lesson, words: LessonVocabulary) -> Iterator[LessonProblem]:
    for step, cells in zip(lesson.steps, cells_of(lesson), strict=True):
        yield from _step_problems(lesson, step, cells, words)
        yield from page_problems(TEXT, step, lesson.folder)
    first = lesson.steps[0]
    if not (first.start or first.compare):
        yield LessonProblem(TEXT, first.line, "the first step begins nowhere: give it session= or compare=")
    if not LEAST_STEPS <= len(lesson.steps) <= MOST_STEPS:
        few = f"has {len(lesson.steps)} steps; a lesson has {LEAST_STEPS} to {MOST_STEPS}"
        yield LessonProblem(TEXT, lesson.steps[-1].line, few)
    if not any(step.predictions for step in lesson.steps):
        yield LessonProblem(TEXT, 0, "asks for no prediction; what is predicted first is remembered: add ::: predict")
    if not any(step.goals for step in lesson.steps):
        yield LessonProblem(TEXT, 0, "has no goal; add ::: goal to what a learner should make")


def cells_of(lesson: Lesson) -> tuple[int, ...]:
    """How many runs stand beside each other in each step, 0 for one alone; a step that goes on has those of the one before."""
    found: list[int] = []
    for step in lesson.steps:
        goes_on = not (step.start or step.compare) and bool(found)
        found.append(found[-1] if goes_on else len(step.compare))
    return tuple(found)


def _step_problems(lesson: Lesson, step: LessonStep, cells: int, words: LessonVocabulary) -> Iterator[LessonProblem]:
    for start in filter(None, (step.start, *step.compare)):
        wrong = _start_problem(lesson.folder, start, words)
        if wrong:
            yield LessonProblem(TEXT, step.line, wrong)
    if len(step.compare) > 6:
        yield LessonProblem(TEXT, step.line, "compares more than six runs")
    for wanted in (*step.show, *step.lock):
        if not any(named_by(wanted, name) for name in control_names()) and not _any_setting(wanted, words):
            yield LessonProblem(TEXT, step.line, f"there is no control {wanted!r}{_near(wanted, words)}")
    for name, _ in step.settings:
        if not is_control(name, words):
            yield LessonProblem(TEXT, step.line, f"there is no control {name!r} to set{_near(name, words)}")
    if not any(isinstance(block, Text) for block in step.blocks):
        yield LessonProblem(
            TEXT, step.line, f"the step {step.title!r} says nothing; write a sentence below its heading"
        )
    for block in step.blocks:
        if isinstance(block, Prediction) and block.kind == "number" and block.answer and not _number(block.answer):
            yield from _name_problems(TEXT, block.line, (block.answer,), cells, words)
    for goal in step.goals:
        yield from _name_problems(TEXT, goal.line, goal.condition.names, cells, words)
        yield from _equality_problems(TEXT, goal.line, goal.condition, words)


def _start_problem(folder: Path, start: str, words: LessonVocabulary) -> str:
    """Why a step cannot begin so; empty where it can."""
    kind, colon, name = start.partition(":")
    if colon and kind in ("gallery", "recipe"):
        known = words.exhibits if kind == "gallery" else words.recipes
        where = "the gallery" if kind == "gallery" else "the recipes"
        return "" if name in known else f"there is no {name!r} in {where}{_close(name, known)}"
    if colon and kind == "dgm":
        return ""
    path = folder / start
    if Path(start).is_absolute() or "\\" in start or not path.resolve().is_relative_to(folder.resolve()):
        return f"{start} lies outside the lesson's folder; copy it into steps/"
    if path.suffix != ".dgm":
        return f"{start!r} is none of steps/NAME.dgm, gallery:NAME, recipe:NAME and a link"
    return "" if path.is_file() else f"{start} is missing"


def is_control(name: str, words: LessonVocabulary) -> bool:
    """Whether a full name is that of a control; what is open is one of what there is to choose."""
    if name in control_names():
        return True
    first, _, rest = name.partition(".")
    if first in words.settings and rest in words.settings[first]:
        return True
    if name.startswith("model.family."):
        return rest.partition(".")[2] in words.families
    if name.startswith("data.set."):
        return rest.partition(".")[2] in words.data
    if name.startswith("data.source."):
        return rest.partition(".")[2] in words.settings.get("data", ())
    open_ended = (
        each for each in control_names() if "<" in each and not each.endswith(("<setting>", "<family>", "<data set>"))
    )
    return any(named_by(each.partition("<")[0].rstrip("."), name) for each in open_ended)


def _any_setting(wanted: str, words: LessonVocabulary) -> bool:
    bare = "_".join(wanted.split())
    return is_control(wanted, words) or any(bare in names for names in words.settings.values())


def _name_problems(
    file: str, line: int, names: tuple[str, ...], cells: int, words: LessonVocabulary
) -> Iterator[LessonProblem]:
    for name in names:
        cell, dot, bare = name.partition(".")
        of_cell = bool(dot) and len(cell) == 1 and cell in "ABCDEF"
        if of_cell and "ABCDEF".index(cell) >= cells:
            yield LessonProblem(file, line, f"{name} speaks of a run {cell}, and {cells} are compared")
            continue
        if cells and not of_cell:
            yield LessonProblem(
                file, line, f"{name} does not say of which run: write A.{name} for the first of compare="
            )
            continue
        bare = bare if of_cell else name
        first, _, rest = bare.partition(".")
        knob = first in KNOBS and (rest in words.settings.get(first, ()) or is_control(bare, words))
        if (
            bare not in words.measures
            and bare not in FACTS
            and bare not in MEASURED
            and not is_answer(bare)
            and not knob
            and bare != "run.seed"
        ):
            known = {*words.measures, *FACTS, *MEASURED, *ANSWERS}
            yield LessonProblem(file, line, f"there is no measure or fact {bare!r}{_close(bare, known)}")


def _equality_problems(
    file: str, line: int, condition: GoalCondition, words: LessonVocabulary
) -> Iterator[LessonProblem]:
    for each in condition.comparisons:
        if each.sign in ("==", "!=") and any(name.rpartition(".")[2] in words.measures for name in each.names):
            yield LessonProblem(file, line, f"{each}: a measure is never exactly a number; ask for <= or >=")


def _solution_problems(lesson: Lesson, solution: Solution | None, words: LessonVocabulary) -> Iterator[LessonProblem]:
    if solution is None:
        yield LessonProblem(SOLUTIONS, 0, "is missing; without it nobody knows whether the goals can be reached")
        return
    for each in solution.steps:
        if each.step > len(lesson.steps):
            yield LessonProblem(SOLUTIONS, 0, f"solves a step {each.step}; the lesson has {len(lesson.steps)}")
            continue
        step = lesson.steps[each.step - 1]
        if len(each.answers) > len(step.predictions):
            yield LessonProblem(
                SOLUTIONS, 0, f"step {each.step} has {len(each.answers)} answers to {len(step.predictions)} predictions"
            )
        for action in each.do:
            for name in action.set or ():
                if not is_control(name, words):
                    yield LessonProblem(
                        SOLUTIONS, 0, f"step {each.step}: there is no control {name!r}{_near(name, words)}"
                    )
            if action.claim is not None:
                names = GoalCondition.read(action.claim).names
                for problem in _name_problems(SOLUTIONS, 0, names, cells_of(lesson)[each.step - 1], words):
                    yield LessonProblem(SOLUTIONS, 0, f"step {each.step}: {problem.message}")


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _near(name: str, words: LessonVocabulary) -> str:
    known = [*control_names(), *(f"{first}.{each}" for first, names in words.settings.items() for each in names)]
    return _close(name, known)


def _close(name: str, known: object) -> str:
    """The nearest name, to go on after a problem; empty where none is near."""
    import difflib

    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)  # type: ignore[call-overload]
    return f"; is {found[0]!r} meant?" if found else ""
