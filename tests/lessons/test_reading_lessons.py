"""Reading lessons: what steps and blocks are made of, in which language, and what is refused with file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lesson_text import BODY, HEAD

from dgm_studio.lessons import reading
from dgm_studio.lessons.lesson import BadLesson, Explain, Hint, LessonGoal, Prediction, Reveal, Text
from dgm_studio.lessons.reading import fingerprint_of, read_lesson

Written = Callable[..., Path]


def test_a_lesson_is_steps_of_blocks(written: Written) -> None:
    lesson = read_lesson(written())
    assert (lesson.name, lesson.title, lesson.minutes, lesson.languages) == ("too-few", "Too few modes", 9, ("en",))
    assert lesson.lectures == ("MIT 6.S978 L1", "UNIST AI518")
    look, explain = lesson.steps
    assert (look.title, look.start, look.show, look.lock) == (
        "Look", "gallery:grid-gan", ("loss", "samples"), ("data", "family"),
    )  # fmt: skip
    assert look.settings == (("sampling.temperature", 0.5),)
    assert [type(block) for block in look.blocks] == [Text, Prediction, Prediction, LessonGoal, Hint, Text]
    choice, number = look.predictions
    assert choice.choices == ("They are merged.", "They are lost, and may come back.")
    assert (choice.answer, number.kind, number.unit, number.answer) == ("2", "number", "share", "modes")
    assert look.goals[0].condition.names == ("modes", "steps")
    assert [type(block) for block in explain.blocks] == [Explain, Reveal]
    assert explain.start == ""


def test_every_block_knows_its_line(written: Written) -> None:
    folder = written()
    lines = (folder / "lesson.md").read_text().split("\n")
    for step in read_lesson(folder).steps:
        assert lines[step.line - 1].startswith(f"## {step.title}")
        for block in step.blocks:
            text = lines[block.line - 1]
            assert text.startswith(block.markdown.split("\n")[0] if isinstance(block, Text) else ":::")


def test_what_stands_in_a_fence_means_nothing(written: Written) -> None:
    lesson = read_lesson(written())
    assert len(lesson.steps) == 2
    assert "## no step\n::: no block" in lesson.steps[0].blocks[0].markdown  # type: ignore[union-attr]


def test_a_translation_is_words_alone_and_falls_back_step_by_step(written: Written) -> None:
    other = BODY.replace("How many of the 25 modes", "Combien des 25 modes").replace("modes >= 0.9", "modes >= 0.0")
    other = other.replace("They are merged.", "Ils se joignent.").replace("::: explain", "::: hint")
    folder = written(fr=HEAD.replace("Too few modes", "Trop peu") + other)
    plain, french = read_lesson(folder), read_lesson(folder, "fr")
    assert french.languages == ("en", "fr")
    assert french.title == "Trop peu"
    assert french.steps[0].predictions[0].choices[0] == "Ils se joignent."
    assert french.steps[0].blocks[0].markdown.startswith("Combien")  # type: ignore[union-attr]
    assert french.steps[0].goals[0].condition == plain.steps[0].goals[0].condition
    assert french.steps[1] == plain.steps[1], "other blocks than the lesson has: it stays in its own language"
    assert read_lesson(folder, "ko") == plain


def test_the_fingerprint_follows_from_every_file(written: Written) -> None:
    folder = written()
    first = fingerprint_of(folder)
    assert first == read_lesson(folder).fingerprint
    (folder / "solutions.json").write_text("{}")
    assert fingerprint_of(folder) != first


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("title: Too few modes", "titel: Too few modes", 2, "'titel' is none of format"),
        ("title: Too few modes\n", "", 1, "title is missing"),
        ("title: Too few modes", "format: 2\ntitle: T", 2, "has format 2"),
        ("minutes: 9", "minutes: soon", 4, "whole number"),
        ("level: first", "level: easy", 5, "one of first"),
        ("lock=", "locked=", 11, "no 'locked'"),
        ('lock="data,family"', 'lock="data', 11, "not written as name=value"),
        ('set="sampling.temperature=0.5"', 'set="sampling.temperature"', 11, "control=value"),
        ("::: goal modes >= 0.9", "::: goal modes is 0.9", 27, "not one of < <= > >= =="),
        ("::: hint", "::: clue", 29, "no block 'clue'"),
        ("::: predict choice = 2", "::: predict choice = 3", 20, "from 1 to 2"),
        ("::: predict number", "::: predict colour", 25, "draw, number"),
        ("Why does nothing reward variety?", "", 37, "says nothing"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(written: Written, old: str, new: str, line: int, words: str) -> None:
    text = HEAD + BODY
    assert old in text
    with pytest.raises(BadLesson) as caught:
        read_lesson(written(text.replace(old, new)))
    assert any(p.file == "lesson.md" and p.line == line and words in p.message for p in caught.value.problems), str(
        caught.value
    )


def test_text_without_end_is_refused_unread(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(HEAD + BODY + "word " * 250_000)
    with pytest.raises(BadLesson, match="larger than 1 MB of text"):
        read_lesson(folder)
    folder = written()
    (folder / "film.bin").write_bytes(bytes(3000))
    monkeypatch.setattr(reading, "MOST_BYTES", 2000)
    with pytest.raises(BadLesson, match="is larger than"):
        read_lesson(folder)


def test_a_file_that_leads_out_of_the_folder_is_refused(written: Written, tmp_path: Path) -> None:
    folder = written()
    (tmp_path / "secret.txt").write_text("no")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(BadLesson, match=r"pictures/a.png: leads out"):
        read_lesson(folder)


def test_no_lesson_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadLesson, match=r"lesson.md: is missing"):
        read_lesson(tmp_path)
    (tmp_path / "lesson.md").write_bytes(b"---\ntitle: \xff\n---\n")
    with pytest.raises(BadLesson, match=r"lesson.md:2: is not written in UTF-8"):
        read_lesson(tmp_path)
