"""Finding lessons: folders and packed ones, and packed ones from strangers."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dgm_studio.lessons.finding import find_lessons, lessons_folder, open_lesson, pack
from dgm_studio.lessons.lesson import BadLesson

Written = Callable[..., Path]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path / "home"))


def test_a_packed_lesson_is_the_lesson(written: Written, tmp_path: Path) -> None:
    folder = written()
    pack(folder, tmp_path / "too-few.dgml")
    lesson = open_lesson(tmp_path / "too-few.dgml")
    plain = open_lesson(folder)
    assert (lesson.name, lesson.steps, lesson.fingerprint) == (plain.name, plain.steps, plain.fingerprint)
    assert lesson.folder.is_relative_to(tmp_path / "home")
    again = open_lesson(tmp_path / "too-few.dgml")
    assert again == lesson


def test_those_of_a_user_are_found_and_a_broken_one_costs_itself(written: Written) -> None:
    lessons_folder().mkdir(parents=True)
    pack(written(), lessons_folder() / "one.dgml")
    (lessons_folder() / "two").mkdir()
    (lessons_folder() / "two" / "lesson.md").write_text("nothing")
    (lessons_folder() / "three.dgml").write_bytes(b"PK no zip")
    own = {each.place.name: each for each in find_lessons() if each.own}
    assert own["one.dgml"].lesson is not None
    assert own["two"].lesson is None
    assert "lesson.md:1" in str(own["two"].problem)
    assert "not a whole .dgml file" in str(own["three.dgml"].problem)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../lesson.md": b"x"}, "a path outside itself"),
        ({"/etc/lesson.md": b"x"}, "a path outside itself"),
        ({"C:/lesson.md": b"x"}, "a path outside itself"),
        ({"notes.md": b"x"}, "holds no lesson.md"),
        ({"lesson.md": bytes(31 << 20)}, "would unpack 'lesson.md'"),
        ({f"{i}.md": b"x" for i in range(501)}, "501 members"),
    ],
)
def test_a_bad_file_is_refused_and_leaves_nothing(tmp_path: Path, members: dict[str, bytes], words: str) -> None:
    path = tmp_path / "bad.dgml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(BadLesson, match=words):
        open_lesson(path)
    assert not list((tmp_path / "home").rglob("*"))
