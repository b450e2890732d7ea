"""The verb lesson: which lessons there are, whether one holds, and one as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from dgm_studio import atomic
from dgm_studio.api.job import BadInput
from dgm_studio.api.lesson_play import PlayedLesson, PlayedStep, play, said
from dgm_studio.api.lesson_words import lesson_words
from dgm_studio.lessons.checking import check_folder
from dgm_studio.lessons.condition import Verdict
from dgm_studio.lessons.finding import FoundLesson, find_lessons, open_lesson, pack
from dgm_studio.lessons.lesson import BadLesson, Lesson, LessonProblem
from dgm_studio.lessons.solution import read_solution
from dgm_studio.studio.wording import nearest

from . import output
from .job import result, say


def list_lessons(as_json: bool) -> None:
    """See `dgm-studio lesson list --help`."""
    found = find_lessons()
    lessons = [each.lesson for each in found if each.lesson is not None]
    problems = [str(each.problem) for each in found if each.problem is not None]
    rows = [_row(each) for each in found if each.lesson is not None]
    width = max((len(lesson.name) for lesson in lessons), default=0) + 2
    lines = [f"{lesson.name:{width}}{lesson.minutes:>3} min  {lesson.title}" for lesson in lessons]
    for problem in problems:
        say(problem)
    result({"lessons": rows, "problems": problems}, as_json, "\n".join(lines) or "There are no lessons.")


def check_lessons(what: str | None, every: bool, as_json: bool) -> None:
    """See `dgm-studio lesson check --help`. Ends with 2 where something is wrong. Raises BadInput."""
    if (what is None) is not every:
        raise BadInput("Name a lesson, a folder or a .dgml file, or give --all.")
    found = find_lessons() if every else [_wanted(str(what))]
    checked = [_checked(each) for each in found if not (every and each.own)]
    problems = [(name, problem) for name, _, problems in checked for problem in problems]
    values = {"lessons": [_told(name, played, wrong) for name, played, wrong in checked], "problems": len(problems)}
    lines = [line for name, played, wrong in checked for line in _lines(name, played, wrong)]
    result(values, as_json, "\n".join(lines))
    if problems:
        sys.exit(2)


def lesson_named(what: str) -> Lesson:
    """A lesson by its name or its place. Raises BadInput."""
    found = _wanted(what)
    if found.lesson is None:
        raise BadInput(str(found.problem))
    return found.lesson


def _wanted(what: str) -> FoundLesson:
    path = Path(what)
    if path.exists():
        try:
            return FoundLesson(path, True, open_lesson(path))
        except BadLesson as error:
            return FoundLesson(path, True, None, error)
    there = {each.place.stem: each for each in find_lessons()}
    if what not in there:
        raise BadInput(f"There is no lesson {what!r}.{nearest(what, list(there))} `lesson list` has all.")
    return there[what]


def _checked(found: FoundLesson) -> tuple[str, PlayedLesson | None, list[LessonProblem]]:
    """The name of a lesson, what came of its solution, and all that is wrong."""
    if found.lesson is None:
        return found.place.stem, None, list(found.problem.problems) if found.problem else []
    lesson = found.lesson
    problems = check_folder(lesson.folder, lesson_words())
    if problems:
        return lesson.name, None, problems
    solution = read_solution(lesson.folder)
    assert solution is not None, "a lesson without a solution has a problem"
    played = play(lesson, solution, say)
    return lesson.name, played, list(played.problems)


def _row(found: FoundLesson) -> dict[str, Any]:
    lesson = found.lesson
    assert lesson is not None
    return {
        "name": lesson.name,
        "title": lesson.title,
        "summary": lesson.summary,
        "author": lesson.author,
        "minutes": lesson.minutes,
        "level": lesson.level,
        "steps": len(lesson.steps),
        "lectures": list(lesson.lectures),
        "languages": list(lesson.languages),
        "own": found.own,
        "fingerprint": lesson.fingerprint,
    }


def _told(name: str, played: PlayedLesson | None, problems: list[LessonProblem]) -> dict[str, Any]:
    return {
        "name": name,
        "problems": [{"file": each.file, "line": each.line, "message": each.message} for each in problems],
        "steps": [] if played is None else [_step(each) for each in played.steps],
    }


def _step(played: PlayedStep) -> dict[str, Any]:
    return {
        "step": played.step,
        "title": played.title,
        "goals": [_verdict(text, verdict) for text, verdict in played.goals],
        "claims": [_verdict(text, verdict) for text, verdict in played.claims],
        "seconds": round(played.seconds, 2),
        "training_seconds": round(played.training_seconds, 2),
    }


def _verdict(text: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "condition": text,
        "passed": verdict.passed,
        "found": {
            each.comparison.name: {"value": each.fact.value, "error": each.fact.error} for each in verdict.comparisons
        },
    }


def _lines(name: str, played: PlayedLesson | None, problems: list[LessonProblem]) -> list[str]:
    if problems:
        return [f"{name}/{problem}" for problem in problems]
    assert played is not None
    seconds = sum(step.seconds for step in played.steps)
    head = f"{name}: holds, {len(played.steps)} steps in {seconds:.1f} s"
    found = [(step.step, text, verdict) for step in played.steps for text, verdict in (*step.claims, *step.goals)]
    return [head, *(f"  {step}. {text}: {said(verdict)}" for step, text, verdict in found)]


def export_lesson(what: str, form: str, out: Path, as_json: bool) -> None:
    """See `dgm-studio lesson export --help`. Raises BadInput, OSError."""
    output.check_target(out, (f".{form}",))
    lesson = lesson_named(what)
    if form == "dgml":
        pack(lesson.folder, out)
    elif form == "pdf":
        from dgm_studio.ui.lesson.lesson_pdf import lesson_pdf

        atomic.write(out, lesson_pdf(lesson))
    else:
        from dgm_studio.studio.lesson.formula import BadFormula
        from dgm_studio.studio.report.lesson_page import lesson_html

        try:
            atomic.write(out, lesson_html(lesson).encode())
        except BadFormula as error:
            raise BadInput(f"{lesson.name}: {error}.") from None
    values = {"out": str(out), "lesson": lesson.name, "fingerprint": lesson.fingerprint, "bytes": out.stat().st_size}
    result(values, as_json, f"{lesson.title}: wrote {out}.")
