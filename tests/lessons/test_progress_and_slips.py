"""What a learner did is kept and handed in without a name, and a class of slips becomes tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dgm_studio.lessons.classroom import by_lesson, class_table, histogram, spreads
from dgm_studio.lessons.lesson import Lesson
from dgm_studio.lessons.progress import (
    LessonProgress,
    MadePrediction,
    PassedGoal,
    forget_progress,
    fresh_progress,
    load_progress,
    progress_file,
    save_progress,
)
from dgm_studio.lessons.reading import read_lesson
from dgm_studio.lessons.slip import BadSlip, read_slip, read_slips, slip_of, write_slip

Written = Callable[..., Path]


@pytest.fixture
def lesson(written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path / "home"))
    return read_lesson(written())


def played(lesson: Lesson, share: float = 0.3, choice: int = 2) -> LessonProgress:
    made = {
        0: MadePrediction(kind="choice", choice=choice, truth=2.0),
        1: MadePrediction(kind="number", number=share, truth=0.12, distance="0.18 more than it is"),
    }
    goal = PassedGoal(condition="modes >= 0.9 and steps <= 2000", seconds=61.0, found={"modes": (0.96, 0.01)})
    progress = fresh_progress(lesson).with_step(0, seen=True, predictions=made, goals={0: goal}, hints=1, seconds=90.0)
    return progress.with_step(1, seen=True, answers={0: "Each sample is judged alone."}, seconds=30.0)


def test_what_was_done_is_there_again(lesson: Lesson) -> None:
    progress = played(lesson)
    save_progress(lesson, progress)
    again, words = load_progress(lesson)
    assert (again, words) == (progress, "")
    assert again.done(lesson) == (True, True)
    forget_progress(lesson)
    fresh, words = load_progress(lesson)
    assert words == ""
    assert fresh.done(lesson) == (False, False)
    assert fresh.slip != progress.slip


def test_a_broken_file_is_told_and_set_aside(lesson: Lesson) -> None:
    save_progress(lesson, played(lesson))
    path = progress_file(lesson)
    path.write_text(path.read_text()[:100])
    fresh, words = load_progress(lesson)
    assert not any(fresh.done(lesson))
    assert "damaged" in words
    assert not path.exists()
    assert len(list(path.parent.glob("*.broken.json"))) == 1
    save_progress(lesson, fresh)
    assert load_progress(lesson) == (fresh, "")


def test_of_a_lesson_that_has_changed_what_still_fits_is_kept(lesson: Lesson, written: Written) -> None:
    save_progress(lesson, played(lesson))
    text = (lesson.folder / "lesson.md").read_text()
    changed = read_lesson(written(text.replace("## Explain", "## Tell")))
    kept, words = load_progress(changed)
    assert "1 of its steps is kept" in words
    assert (kept.steps[0].hints, kept.steps[1].seen) == (1, False)
    assert kept.fingerprint == changed.fingerprint


def test_a_slip_says_what_was_done_and_not_by_whom(lesson: Lesson, tmp_path: Path) -> None:
    slip = slip_of(lesson, played(lesson))
    write_slip(tmp_path / "slip.json", slip)
    assert read_slip(tmp_path / "slip.json") == slip
    assert slip.goals == (1, 1)
    assert slip.seconds == 120.0
    values = json.loads((tmp_path / "slip.json").read_text())
    assert values["fingerprint"] == lesson.fingerprint
    assert values["steps"][0]["predictions"][1]["made"]["number"] == 0.3
    assert values["steps"][1]["answers"][0]["written"] == "Each sample is judged alone."
    assert not {"name", "user", "learner", "host"} & set(values)


def test_what_is_no_slip_is_told(lesson: Lesson, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.json").write_bytes(bytes((8 << 20) + 1))
    values = json.loads(slip_of(lesson, played(lesson)).model_dump_json())
    (tmp_path / "c.json").write_text(json.dumps({**values, "format": 2}))
    for name in ("a", "b", "c", "missing"):
        with pytest.raises(BadSlip, match=name):
            read_slip(tmp_path / f"{name}.json")
    write_slip(tmp_path / "d.json", slip_of(lesson, played(lesson)))
    slips, problems = read_slips([tmp_path])
    assert len(slips) == 1
    assert len(problems) == 3


def test_the_newest_slip_of_a_learner_counts(lesson: Lesson, tmp_path: Path) -> None:
    first = slip_of(lesson, played(lesson)).model_copy(update={"written": "2026-01-01T00:00:00+00:00"})
    second = first.model_copy(update={"written": "2026-01-02T00:00:00+00:00"})
    write_slip(tmp_path / "x.json", second)
    write_slip(tmp_path / "y.json", first)
    slips, _ = read_slips([tmp_path / "y.json", tmp_path / "x.json"])
    assert slips == [second]


def test_a_class_becomes_rows_and_bars(lesson: Lesson) -> None:
    guesses = [(0.1, 2), (0.2, 2), (0.25, 1), (0.9, 2)]
    slips = [slip_of(lesson, played(lesson, share, choice)) for share, choice in guesses]
    slips.append(slip_of(lesson, fresh_progress(lesson)))
    rows = class_table(slips)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert sorted(row.passed for row in rows) == [0, 1, 1, 1, 1]
    assert {row.predictions[0] for row in rows} == {"", "They are merged.", "They are lost, and may come back."}
    choice, number = spreads(slips)
    assert (choice.counts, choice.silent) == ((1, 3), 1)
    assert sum(number.counts) == 4
    assert number.middle == pytest.approx(0.225)
    assert number.truths == (0.12,) * 4
    other = slips[0].model_copy(update={"fingerprint": "0" * 16})
    assert [len(each) for each in by_lesson([other, *slips]).values()] == [5, 1]
    assert spreads([]) == []


@pytest.mark.parametrize("numbers", [[0.3], [5.0, 5.0], [0.1, 0.2, 0.9], [-3.0, 7.0, 2.0, 1e6], [0.0], [-1e-9, 1e-9]])
def test_every_number_is_in_one_bar(numbers: list[float]) -> None:
    edges, counts = histogram(numbers)
    assert sum(counts) == len(numbers)
    assert len(edges) == len(counts) + 1
    assert edges[0] <= min(numbers)
    assert max(numbers) <= edges[-1]
    assert len(counts) <= 14
