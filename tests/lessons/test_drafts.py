"""Drafts: steps are moved and taken out, blocks put in, and nothing else of the text changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lesson_text import BODY, HEAD

from dgm_studio.api.lesson_words import lesson_words
from dgm_studio.lessons.draft import DraftStep, LessonDraft, untranslated
from dgm_studio.lessons.draft_file import KeptDraft, copied, drafted, forget_draft, keep_draft, kept_draft
from dgm_studio.lessons.finding import lessons_folder, shipped
from dgm_studio.lessons.heading import HeadingText
from dgm_studio.lessons.lesson import TEXT, Text
from dgm_studio.lessons.reading import MOST_TEXT, read_lesson, text_of, told_by
from dgm_studio.lessons.skeletons import SKELETONS, new_lesson, with_block
from dgm_studio.lessons.words import sampling_names

DRAFT = LessonDraft.of(HEAD + BODY)


@pytest.mark.parametrize("place", sorted(shipped().glob("*/lesson*.md")), ids=lambda path: path.parent.name)
def test_cutting_a_lesson_loses_nothing(place: Path) -> None:
    text = text_of(place)
    draft = LessonDraft.of(text)
    assert draft.text == text
    lines = text.split("\n")
    assert [lines[draft.first_line(at) - 1] for at in range(len(draft.steps))] == [
        f"## {step.heading}" for step in draft.steps
    ]
    assert all(HeadingText.of(step.parts.text) == step.parts for step in draft.steps)


def test_a_line_of_the_file_is_of_a_step() -> None:
    lines = DRAFT.text.split("\n")
    assert DRAFT.place(1) == (-1, 0)
    assert DRAFT.place(lines.index("::: hint") + 1) == (0, DRAFT.steps[0].body.split("\n").index("::: hint"))
    assert DRAFT.place(lines.index("## Explain") + 1) == (1, -1)


def test_steps_are_moved_copied_and_taken_out() -> None:
    one, two = DRAFT.steps
    assert DRAFT.moved(0, 1).steps == (two, one)
    assert DRAFT.inserted(1, one).steps == (one, one, two)
    assert DRAFT.removed(0).steps == (two,)
    both = DraftStep(two.heading, "Before.\n\n## A third\n\nBelow it.")
    assert [step.title for step in DRAFT.with_step(1, both).steps] == [one.title, "Explain", "A third"]
    fenced = DraftStep(two.heading, "```\n## no step\n```")
    assert DRAFT.with_step(1, fenced).steps == (one, fenced)


def test_attributes_are_set_in_their_place() -> None:
    step = DRAFT.steps[0].with_attributes(show="", lock="seed", compare="a, b")
    assert step.parts.title == "Look"
    assert step.parts.words("compare") == ("a", "b")
    assert step.parts.written == 'session=gallery:grid-gan lock="seed" set="sampling.temperature=0.5" compare="a, b"'


def test_what_a_lesson_says_of_itself_is_changed_line_by_line() -> None:
    assert DRAFT.said["title"] == "Too few modes"
    changed = DRAFT.saying("title", "Enough\nmodes")
    assert changed.head == DRAFT.head.replace("Too few modes", "Enough modes")
    assert "lectures" not in new_lesson("x").saying("lectures", "").said
    assert LessonDraft("Stray words").saying("title", "x").head == "---\ntitle: x\n---\n\nStray words"


def test_every_block_is_right_as_it_stands(tmp_path: Path) -> None:
    body = "A first paragraph,\nof two lines.\n\nAnother one."
    for name, skeleton in SKELETONS.items():
        for at in (0, 3):
            made, first, last = with_block(body, at, name)
            assert made[first:last] == skeleton.chosen
            draft = new_lesson("Mine").inserted(0, DraftStep("One {session=gallery:moons-flow}", made))
            lesson, problems = told_by(draft.text, tmp_path)
            assert problems == []
            assert lesson is not None
            texts = [block for block in lesson.steps[0].blocks if isinstance(block, Text)]
            assert len(lesson.steps[0].blocks) == len(texts) + 1
            assert [each for text in texts for each in text.markdown.split("\n\n")] == body.split("\n\n")


def test_a_block_is_put_behind_the_block_it_is_asked_for_in(tmp_path: Path) -> None:
    kinds = [name for name in SKELETONS if name != "draw"] * 2
    body = ""
    for name in kinds:
        body = with_block(body, len(body.split("\n")), name)[0]
    assert body.count(":::") == 2 * len(kinds)
    inside = body.split("\n").index("1. The first answer")
    more, *_ = with_block(body, inside, "draw")
    lines = more.split("\n")
    assert lines.index("::: predict draw") > lines.index("2. The right answer")
    lesson, problems = told_by(new_lesson("x").inserted(0, DraftStep("One", more)).text, tmp_path)
    assert problems == []
    assert lesson is not None
    assert len(lesson.steps[0].blocks) == len(kinds) + 1
    open_ended = with_block("::: hint\nOne\n::: hint\nTwo", 1, "goal")[0]
    assert [line for line in open_ended.split("\n") if line.startswith("::: ")] == [
        "::: hint", "::: goal steps >= 500", "::: hint",
    ]  # fmt: skip


def test_what_is_not_translated_is_named() -> None:
    assert untranslated(DRAFT, DRAFT) == ()
    assert untranslated(DRAFT, DRAFT.removed(1)) == (1,)
    assert untranslated(DRAFT, DRAFT.with_step(0, DraftStep("Schau", "Nur Text."))) == (0,)


def test_a_draft_is_kept_apart_from_its_lesson(written: Callable[..., Path], home: Path) -> None:
    folder = written()
    assert kept_draft(folder) is None
    draft = KeptDraft(folder=str(folder), base={TEXT: "0"}, texts={TEXT: "## Half ty"})
    keep_draft(draft)
    assert kept_draft(folder) == draft
    assert (folder / TEXT).read_text() == HEAD + BODY
    forget_draft(folder)
    assert kept_draft(folder) is None


def test_a_lesson_that_came_with_the_program_is_copied_first(home: Path) -> None:
    lesson = read_lesson(sorted(path for path in shipped().iterdir() if path.is_dir())[0])
    first, second = copied(lesson), copied(lesson)
    assert first.parent == second.parent == lessons_folder()
    assert second.name == f"{first.name}-2"
    assert read_lesson(first).fingerprint == lesson.fingerprint
    assert drafted() == []
    assert len(text_of(first / TEXT)) < MOST_TEXT


def test_settings_of_samplers_are_written_down_as_they_are() -> None:
    """What the window checks lessons by; `python -m benchmarks.controls` writes it anew."""
    assert set(sampling_names()) == lesson_words().settings["sampling"]
