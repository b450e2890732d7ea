"""Lessons in other languages: step by step, falling back to the lesson's own, with the goals and answers of the original."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lesson_text import BODY, HEAD

from dgm_studio.lessons import finding
from dgm_studio.lessons.finding import find_lessons, open_lesson, shipped

FOLDERS = sorted(folder for folder in shipped().iterdir() if (folder / "lesson.ko.md").is_file())
KOREAN_HEAD = HEAD.replace("Too few modes", "너무 적은 봉우리").replace("language: en", "language: ko")
_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?")


def formulas(folder: Path, file: str) -> list[str]:
    return sorted(_FORMULA.findall((folder / file).read_text(encoding="utf-8")))


def test_the_first_six_lessons_are_told_in_korean() -> None:
    assert [folder.name[:2] for folder in FOLDERS] == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_korean_lesson_is_whole_and_asks_what_the_english_one_asks(folder: Path) -> None:
    english, korean = open_lesson(folder), open_lesson(folder, "ko")
    assert korean.title != english.title
    for ours, theirs in zip(english.steps, korean.steps, strict=True):
        assert theirs.title != ours.title, f"step {ours.title!r} is not translated"
        assert [goal.condition for goal in theirs.goals] == [goal.condition for goal in ours.goals]
        assert [asked.answer for asked in theirs.predictions] == [asked.answer for asked in ours.predictions]
        assert (theirs.start, theirs.show, theirs.lock, theirs.settings) == (
            ours.start,
            ours.show,
            ours.lock,
            ours.settings,
        )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_displayed_formula_of_a_korean_lesson_is_changed(folder: Path) -> None:
    shown = re.compile(r"\$\$.+?\$\$", re.DOTALL)
    texts = [(folder / file).read_text(encoding="utf-8") for file in ("lesson.md", "lesson.ko.md")]
    assert shown.findall(texts[0]) == shown.findall(texts[1])
    assert set(formulas(folder, "lesson.md")) == set(formulas(folder, "lesson.ko.md"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_korean_lesson_keeps_one_level_of_politeness(folder: Path) -> None:
    text = (folder / "lesson.ko.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    assert re.findall(r"\S*(?:니다|하라|하십시오|니까)[.?]", text) == []


def test_a_translation_that_cannot_be_read_costs_only_itself(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(HEAD + BODY, ko=KOREAN_HEAD + "\n## 보기\n\n::: nonsense\n")
    monkeypatch.setattr(finding, "shipped", lambda: folder.parent)
    monkeypatch.setattr(finding, "lessons_folder", lambda: folder / "none")
    (found,) = find_lessons("ko")
    assert found.problem is None
    assert found.lesson is not None
    assert found.lesson.title == "Too few modes"
