"""Writing lessons: what is read of a written lesson is what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dgm_studio.lessons.finding import shipped
from dgm_studio.lessons.lesson import BadLesson, Block, Lesson, LessonStep
from dgm_studio.lessons.reading import read_lesson
from dgm_studio.lessons.writing import write_lesson


def bare(lesson: Lesson) -> list[tuple[LessonStep, tuple[Block, ...]]]:
    """Steps and blocks without the lines they stand in."""
    return [
        (replace(step, line=0, blocks=()), tuple(replace(block, line=0) for block in step.blocks))
        for step in lesson.steps
    ]


@pytest.mark.parametrize("name", sorted(path.name for path in shipped().iterdir() if path.is_dir()))
def test_a_written_lesson_is_read_as_it_was(name: str, tmp_path: Path) -> None:
    lesson = read_lesson(shipped() / name)
    again = write_lesson(replace(lesson, folder=tmp_path / name))
    assert bare(again) == bare(lesson)
    plain = ("name", "title", "author", "minutes", "level", "language", "summary", "lectures")
    assert [getattr(again, key) for key in plain] == [getattr(lesson, key) for key in plain]


def test_what_no_text_says_leaves_the_old_text(written: Callable[..., Path]) -> None:
    folder = written()
    lesson, before = read_lesson(folder), (folder / "lesson.md").read_bytes()
    with pytest.raises(BadLesson):
        write_lesson(replace(lesson, minutes=0))
    assert (folder / "lesson.md").read_bytes() == before
    with pytest.raises(BadLesson):
        write_lesson(replace(lesson, minutes=0, folder=folder / "new"))
    assert not (folder / "new" / "lesson.md").exists()
