"""Folders and ZIPs of pictures: classes and splits are found, nothing is lost without a word, nothing unsafe is unpacked."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dgm_studio.contract import DataError, DataSet, finish
from dgm_studio.data.files import source_for_path
from dgm_studio.data.reading import listing
from dgm_studio.data.reading.folder import read_folder


def put(path: Path, value: int = 90, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (12, 12), value).save(path, **options)
    return path


def tree(root: Path, *folders: str, each: int = 4) -> Path:
    for k, folder in enumerate(folders):
        for i in range(each):
            put(root / folder / f"{i}.png", 10 * k + 40)
    return root


def values(data: DataSet, held: bool = False) -> list[int]:
    return sorted({int(v) for v in (data.held_out if held else data.train).x.unique()})


@pytest.mark.parametrize(
    ("train", "held"),
    [("train", "val"), ("Training", "validation"), ("train", "TEST"), ("train", "dev"), ("train", "testing")],
)
def test_split_folders_are_the_split_and_the_classes_lie_inside(tmp_path: Path, load, train: str, held: str) -> None:
    tree(tmp_path, f"{train}/cat", f"{train}/dog", f"{held}/cat", f"{held}/dog")
    data = load(source_for_path(tmp_path))
    assert data.spec.classes == ("cat", "dog")
    assert values(data) == [40, 50]
    assert values(data, held=True) == [60, 70]
    assert data.held_out.label.unique().tolist() == [0, 1]
    assert f"the pictures in {held} are held out" in data.said


def test_a_split_without_classes_and_one_inside_each_class(tmp_path: Path, load) -> None:
    flat = load(source_for_path(tree(tmp_path / "flat", "train", "test")))
    assert flat.spec.classes == ()
    assert (values(flat), values(flat, held=True)) == ([40], [50])
    inside = load(source_for_path(tree(tmp_path / "inside", "cat/train", "dog/train", "cat/test", "dog/test")))
    assert inside.spec.classes == ("cat", "dog")
    assert (values(inside), values(inside, held=True)) == ([40, 50], [60, 70])


def test_folders_inside_a_split_are_passed_through(tmp_path: Path, load) -> None:
    data = load(
        source_for_path(tree(tmp_path, *(f"{part}/images/{kind}" for part in ("train", "val") for kind in "ab")))
    )
    assert data.spec.classes == ("a", "b")
    assert (len(data.train), len(data.held_out)) == (8, 8)


def test_a_split_that_is_asked_about_is_taken_together(tmp_path: Path) -> None:
    tree(tmp_path, "train/a", "train/b", "val/a", "val/b")
    work = read_folder(tmp_path, (8, 8), 100, together=True)
    found = finish(work)
    assert found.held is None
    assert found.classes == ("a", "b")
    assert len(found.pixels) == 16
    assert found.said == ("training and held-out pictures are taken together",)


def test_data_in_a_zip_are_named_with_the_cure(tmp_path: Path, load) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("data/points.csv", "1,2\n3,4\n")
    with pytest.raises(
        DataError, match=r"points\.csv was skipped: it is a file of data, not a picture: open it by itself"
    ):
        load(source_for_path(tmp_path / "t.zip"))


def test_a_class_may_be_called_train(tmp_path: Path, load) -> None:
    assert load(source_for_path(tree(tmp_path, "car", "train", "plane"))).spec.classes == ("car", "plane", "train")


def test_classes_that_only_held_out_pictures_have_are_named(tmp_path: Path, load) -> None:
    tree(tmp_path, "train/cat", "train/dog", "val/cat", "val/emu")
    data = load(source_for_path(tmp_path))
    assert data.spec.classes == ("cat", "dog")
    assert len(data.problems) == 4
    assert all("emu" in problem for problem in data.problems)


def test_a_stray_picture_takes_no_classes_away_and_is_named(tmp_path: Path, load) -> None:
    put(tree(tmp_path, "cat", "dog") / "preview.png", 200)
    data = load(source_for_path(tmp_path))
    assert data.spec.classes == ("cat", "dog")
    assert 200 not in values(data) + values(data, held=True)
    assert [problem for problem in data.problems if "preview.png was skipped" in problem]


def test_folders_around_all_pictures_are_passed_through_and_nested_ones_belong_to_the_outermost(
    tmp_path: Path, load
) -> None:
    tree(tmp_path, "set/data/cat/siamese", "set/data/cat/persian", "set/data/dog")
    data = load(source_for_path(tmp_path))
    assert data.spec.classes == ("cat", "dog")
    assert "the outermost folders are the classes" in data.said


def test_numbers_as_names_come_in_their_order(tmp_path: Path, load) -> None:
    tree(tmp_path, *map(str, range(12)))
    assert load(source_for_path(tmp_path)).spec.classes == tuple(map(str, range(12)))


def test_links_are_followed_and_loops_end(tmp_path: Path, load) -> None:
    tree(tmp_path / "set", "cat", "emu")
    tree(tmp_path / "elsewhere", "dog")
    os.symlink(tmp_path / "elsewhere" / "dog", tmp_path / "set" / "dog")
    os.symlink(tmp_path / "set", tmp_path / "set" / "cat" / "loop")
    os.symlink(tmp_path / "nowhere", tmp_path / "set" / "gone")
    data = load(source_for_path(tmp_path / "set"))
    assert data.spec.classes == ("cat", "dog", "emu")
    assert len(data.train) + len(data.held_out) == 12
    assert [sum(name in problem for problem in data.problems) for name in ("loop", "gone")] == [1, 1]


def test_pictures_by_any_of_their_names_and_with_broken_exif(tmp_path: Path, load) -> None:
    for name in ("a.PNG", "b.JPG", "c.jfif", "d.jpe", "e.Tiff"):
        put(tmp_path / name, format="JPEG" if name[0] in "bcd" else None)
    put(tmp_path / "exif.png", exif=b"Exif\0\0garbage!")
    frames = [Image.new("L", (12, 12), v) for v in (90, 200)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    Image.new("CMYK", (12, 12), (0, 0, 0, 165)).save(tmp_path / "print.jpg")
    data = load(source_for_path(tmp_path), colour="grey")
    assert data.problems == ()
    assert len(data.train) + len(data.held_out) == 8
    assert all(abs(v - 90) <= 2 for v in values(data) + values(data, held=True))
    assert any("its damaged EXIF left aside (1 of 8)" in words for words in data.said)
    assert any("the first of 2 frames" in words for words in data.said)


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def png(value: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (12, 12), value).save(out, "PNG")
    return out.getvalue()


def test_a_zip_opens_as_its_folder_would(tmp_path: Path, load) -> None:
    members = {f"set/{kind}/{i}.png": png(40 + i) for kind in ("cat", "dog") for i in range(4)}
    junk = {"__MACOSX/set/cat/._0.png": b"x", "set/.DS_Store": b"x", "set/readme.txt": b"hello"}
    packed = load(source_for_path(archive(tmp_path / "a.zip", members | junk)))
    for name, content in members.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    plain = load(source_for_path(tmp_path / "set"))
    assert packed.spec == plain.spec
    assert packed.train.x.equal(plain.train.x)
    assert packed.train.label.equal(plain.train.label)
    assert [problem for problem in packed.problems if "readme.txt was skipped" in problem] == list(packed.problems)


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "C:/a.png", "x/../../a.png", "..\\a.png"])
def test_a_zip_that_reaches_outside_is_refused(tmp_path: Path, load, name: str) -> None:
    with pytest.raises(DataError, match="outside itself"):
        load(source_for_path(archive(tmp_path / "a.zip", {"good.png": png(3), name: png(4)})))


def test_a_zip_that_would_unpack_to_too_much_or_is_none_is_refused(
    tmp_path: Path, load, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = archive(tmp_path / "bomb.zip", {"a.png": bytes(20 << 20)})
    with pytest.raises(DataError, match="would unpack"):
        load(source_for_path(bomb))
    monkeypatch.setattr(listing, "MAX_TOTAL", 100)
    with pytest.raises(DataError, match="would unpack"):
        load(source_for_path(archive(tmp_path / "many.zip", {f"{i}.png": png(i) for i in range(9)})))
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(DataError, match="not a whole ZIP"):
        load(source_for_path(tmp_path / "text.zip"))


def test_transparent_pictures_lie_on_white(tmp_path: Path, load) -> None:
    for i in range(4):
        x = np.zeros((12, 12, 4), np.uint8)
        x[:6] = (0, 0, 0, 255)
        Image.fromarray(x).save(tmp_path / f"{i}.png")
    assert values(load(source_for_path(tmp_path), size=12)) == [0, 255]
