"""The lessons that come with the program: all texts hold, and the quick ones are played to their goals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dgm_studio.api.lesson_play import play
from dgm_studio.api.lesson_words import lesson_words
from dgm_studio.contract import rng_for
from dgm_studio.engine.jobs import measuring
from dgm_studio.lessons.checking import check_folder
from dgm_studio.lessons.finding import open_lesson, shipped
from dgm_studio.lessons.reading import files_of
from dgm_studio.lessons.solution import read_solution

FOLDERS = sorted(path for path in shipped().iterdir() if path.is_dir())
MOST_BYTES = 30 << 20


def quick(folder: Path) -> bool:
    solution = read_solution(folder)
    return solution is not None and solution.quick


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_is_wrong_with_a_lesson(folder: Path) -> None:
    assert [str(each) for each in check_folder(folder, lesson_words())] == []
    lesson = open_lesson(folder)
    assert 3 <= len(lesson.steps) <= 7
    assert 8 <= lesson.minutes <= 15
    assert lesson.lectures
    assert lesson.steps[-1].title.startswith("Make it")
    assert lesson.steps[-1].goals, "a lesson ends with something to make"


@pytest.fixture
def as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's own seeds, and as many samples to measure as a quick machine draws: what a lesson says in numbers, it
    says of these, and it is no law."""
    assert rng_for.__kwdefaults__ is not None
    monkeypatch.setitem(rng_for.__kwdefaults__, "shift", 0)
    monkeypatch.setattr(measuring, "THOROUGH", replace(measuring.THOROUGH, patience=300.0))


@pytest.mark.usefixtures("as_recorded")
@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if quick(folder)], ids=lambda folder: folder.name)
def test_a_quick_solution_passes_its_goals(folder: Path) -> None:
    solution = read_solution(folder)
    assert solution is not None
    assert [str(each) for each in play(open_lesson(folder), solution).problems] == []


def test_all_lessons_together_are_small() -> None:
    assert sum(path.stat().st_size for folder in FOLDERS for path in files_of(folder)) < MOST_BYTES
