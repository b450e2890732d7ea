"""The verb lesson: which there are, what is wrong with one by file and line, and its solution played without a window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run

from dgm_studio.lessons.finding import open_lesson
from dgm_studio.studio.report.lesson_text import lesson_markdown

TEXT = """---
title: Moons are simple
author: Nobody
minutes: 8
level: first
language: en
summary: A kernel density of few examples.
---

## Look {session=gallery:moons-kde set="sampling.temperature=0.5"}

How good is it?

::: predict number "nats" = gap
How large is the gap?
::: goal gap <= 1 and steps >= 4 and family == 'kde' and data.examples <= 200
Reach it with two hundred examples.

## Go on

The same run goes on.
"""
SOLUTION = {"steps": [
    {"step": 1, "do": [{"claim": "steps == 200"}, {"set": {"data.examples": 200}}, {"train": 5}]},
    {"step": 2, "do": [{"claim": "steps == 5"}]},
]}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "simple-moons"
    place.mkdir()
    (place / "lesson.md").write_text(TEXT)
    (place / "solutions.json").write_text(json.dumps(SOLUTION))
    return place


def test_a_lesson_that_holds_is_played_to_its_goals(folder: Path) -> None:
    done = run("lesson", "check", str(folder), "--json")
    assert done.exit_code == 0, done.stdout
    (lesson,) = json.loads(done.stdout)["lessons"]
    first, second = lesson["steps"]
    (goal,) = first["goals"]
    assert goal["passed"] is True
    assert goal["found"]["steps"]["value"] == 5
    assert goal["found"]["gap"]["error"] > 0
    assert second["claims"][0]["passed"] is True


def test_what_does_not_hold_is_named_and_ends_with_two(folder: Path) -> None:
    (folder / "lesson.md").write_text(TEXT.replace("gap <= 1", "gap <= 0.0001"))
    wrong = {"steps": [{"step": 1, "do": [{"claim": "steps == 7"}, {"train": 2}]}]}
    (folder / "solutions.json").write_text(json.dumps(wrong))
    done = run("lesson", "check", str(folder))
    assert done.exit_code == 2
    assert (
        "simple-moons/solutions.json: step 1: it is claimed that steps == 7, and it is not so: steps is 200"
        in done.stdout
    )
    assert "simple-moons/lesson.md:16: the solution does not reach gap <= 0.0001" in done.stdout


def test_a_bad_text_is_not_played(folder: Path) -> None:
    (folder / "lesson.md").write_text(TEXT.replace("gap <= 1", "gab <= 1"))
    done = run("lesson", "check", str(folder), "--json")
    assert done.exit_code == 2
    (lesson,) = json.loads(done.stdout)["lessons"]
    assert lesson["problems"] == [
        {"file": "lesson.md", "line": 16, "message": "there is no measure or fact 'gab'; is 'gap' meant?"}
    ]


def test_lessons_are_listed_and_a_wrong_name_is_told() -> None:
    done = run("lesson", "list", "--json")
    assert done.exit_code == 0
    rows = json.loads(done.stdout)["lessons"]
    keys = {"name", "title", "minutes", "steps", "lectures", "languages"}
    assert all(keys <= set(row) for row in rows)
    assert run("lesson", "check", "no-such-lesson").exit_code == 2
    assert run("lesson", "check").exit_code == 2


def test_a_lesson_is_written_as_pages_to_print(folder: Path, tmp_path: Path, qapp: object) -> None:
    """With formulas, room for answers, and what is revealed at the end."""
    text = TEXT.replace("How good is it?", "How good is $p(x)$?")
    (folder / "lesson.md").write_text(f"{text}\n::: reveal\nIt is the same run.\n")
    out = tmp_path / "lesson.pdf"
    assert run("lesson", "export", str(folder), "--to", "pdf", "--out", str(out)).exit_code == 0
    content = out.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/Image" in content  # the formula
    markdown = lesson_markdown(open_lesson(folder))
    assert markdown.index("**Predict") < markdown.index("## Hints and answers") < markdown.index("What happened")


def test_a_lesson_is_written_as_a_page_and_as_one_file(folder: Path, tmp_path: Path) -> None:
    (folder / "lesson.md").write_text(TEXT.replace("How good is it?", "How good is $p(x)$? <b>no tag</b>"))
    page, packed = tmp_path / "lesson.html", tmp_path / "lesson.dgml"
    assert run("lesson", "export", str(folder), "--out", str(page)).exit_code == 0
    html = page.read_text()
    assert 'alt="p(x)"' in html
    assert "data:image/svg+xml;base64," in html
    assert "<b>no tag</b>" not in html
    assert "<script" not in html
    assert run("lesson", "export", str(folder), "--to", "dgml", "--out", str(packed)).exit_code == 0
    again = json.loads(run("lesson", "export", str(packed), "--out", str(page), "--json").stdout)
    assert again["lesson"] == "simple-moons"
    refused = run("lesson", "export", str(folder), "--out", str(tmp_path / "lesson.txt"))
    assert refused.exit_code == 2
