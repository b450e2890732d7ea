"""What arrives from elsewhere is told apart and said before anything is done; only then it is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dgm_studio.places import data_folder
from dgm_studio.protocol.spec import PICTURE
from dgm_studio.resources import resource
from dgm_studio.studio.files.arrivals import of_paths, of_picture, of_text, table_of
from dgm_studio.studio.files.links import to_link
from dgm_studio.studio.studio import Studio


class _Silent:
    """A backend that nobody answers."""

    def start(self) -> None: ...
    def send(self, intent: object) -> None: ...
    def poll(self) -> list[object]:
        return []


@pytest.fixture
def studio() -> Studio:
    return Studio(_Silent())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x\ty\n1\t2\n3\t4\n5,5\t6\n", (3, 2)),
        ("1,2,a\n3,4,b\n5,6,a\n", (3, 3)),
        ("1.5;2\n-3;4e3\n.5;6\n", (3, 2)),
        ("1 2\n3 4\n5 6\n7 8", (4, 2)),
        ("1\n2\n3\n", None),
        ("to be\nor not\nto be\n", None),
        ("1,2\n", None),
        ("1,2\n3\n4,5,6\n", None),
        ("", None),
    ],
)
def test_cells_are_a_table_where_two_columns_are_numbers(text: str, found: tuple[int, int] | None) -> None:
    assert table_of(text) == found


def test_cells_of_a_spreadsheet_become_points_in_a_file_that_stays(studio: Studio) -> None:
    arrival = of_text(studio, "x\ty\n1\t2\n3\t4\n5\t6\n")
    assert arrival is not None
    assert "3 points" in arrival.said
    assert studio.spec.data.path is None
    arrival.take()
    (kept,) = (data_folder() / "pasted").iterdir()
    assert studio.spec.data.path == str(kept)
    assert kept.read_text() == "x\ty\n1\t2\n3\t4\n5\t6\n"
    assert studio.workspace == "2d"


def test_a_link_is_opened_and_other_text_is_left_alone(studio: Studio) -> None:
    wanted = studio.session.with_spec(studio.spec.with_(family="kde"))
    arrival = of_text(studio, to_link(wanted))
    assert arrival is not None
    assert "link" in arrival.said
    arrival.take()
    assert studio.spec.family == "kde"
    assert of_text(studio, "hello") is None


@pytest.mark.parametrize(
    ("name", "said", "workspace"),
    [
        ("a.csv", "points in a.csv", "2d"),
        ("a.png", "density of the plane from the picture a.png", "2d"),
        ("a.wav", "recording a.wav", "sequences"),
        ("a.zip", "pictures in a.zip", "images"),
        ("train-images-idx3-ubyte", "pictures in train-images", "images"),
    ],
)
def test_data_go_to_the_workspace_of_their_kind(
    studio: Studio, tmp_path: Path, name: str, said: str, workspace: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x80 no link")
    arrival = of_paths(studio, [path])
    assert arrival is not None
    assert said in arrival.said
    arrival.take()
    assert studio.workspace == workspace
    assert studio.spec.data.path == str(path)


def test_what_nothing_can_read_is_not_taken(studio: Studio, tmp_path: Path) -> None:
    assert of_paths(studio, [tmp_path / "a.exe"]) is None
    assert of_paths(studio, []) is None


def test_a_lesson_is_played_and_one_that_is_none_is_said(studio: Studio, tmp_path: Path) -> None:
    place = tmp_path / "area"
    shutil.copytree(resource("lessons") / "06-change-of-variables", place)
    for path in (place, place / "lesson.md"):
        arrival = of_paths(studio, [path])
        assert arrival is not None
        assert "Play the lesson" in arrival.said
    arrival.take()
    assert studio.lesson.lesson is not None
    assert studio.lesson.lesson.title == "Area is density"
    bad = tmp_path / "bad.dgml"
    bad.write_bytes(b"no ZIP")
    arrival = of_paths(studio, [bad])
    assert arrival is not None
    arrival.take()
    assert "bad.dgml cannot be played" in studio.notices.items[-1].message


def test_several_runs_are_compared_and_one_is_opened(studio: Studio, tmp_path: Path) -> None:
    one, two = tmp_path / "one.dgm", tmp_path / "two.dgm"
    single, several = of_paths(studio, [one]), of_paths(studio, [one, two])
    assert single is not None
    assert several is not None
    assert "Open one.dgm" in single.said
    assert "2 runs side by side" in several.said


def test_a_pasted_picture_among_images_is_learned_from_as_a_texture(studio: Studio) -> None:
    studio.edit(studio.session.with_(workspace="images"))
    arrival = of_picture(studio, b"\x89PNG")
    assert "textures" in arrival.said
    arrival.take()
    assert studio.spec.data.name == PICTURE
    assert studio.spec.data.path is not None
    assert Path(studio.spec.data.path).read_bytes() == b"\x89PNG"
