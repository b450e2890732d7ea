"""Folders of pictures, and single pictures: every mode is read right, bad files are named and skipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dgm_studio.contract import DataError
from dgm_studio.data.files import source_for_path
from dgm_studio.data.reading.pictures import read_picture

GREY = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (40, 1))
RED = np.zeros((40, 48, 3), np.uint8) + np.array([220, 30, 40], np.uint8)


def save(folder: Path, name: str, array: np.ndarray, mode: str | None = None, **options: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(folder / name, **options)
    return folder / name


def pixels_of(path: Path) -> np.ndarray:
    return read_picture(path, path.name).pixels


def test_sub_folders_are_classes_and_sizes_are_made_equal(tmp_path: Path, load) -> None:
    for i in range(6):
        save(tmp_path / "red", f"{i}.png", RED[: 20 + 3 * i])
        save(tmp_path / "blue", f"{i}.jpg", RED[:, :, ::-1].copy())
    data = load(source_for_path(tmp_path), size=16)
    assert data.spec.event == (3, 16, 16)
    assert data.spec.classes == ("blue", "red")
    red_channel = data.train.x[:, 0].float().mean((1, 2))
    assert ((red_channel > 128) == (data.train.label == 1)).all()
    assert data.problems == ()


def test_grey_pictures_stay_grey_unless_asked(tmp_path: Path, load) -> None:
    save(tmp_path, "a.png", GREY)
    save(tmp_path, "b.png", np.stack([GREY] * 3, -1))
    source = source_for_path(tmp_path)
    assert load(source).spec.event == (1, 32, 32)
    assert load(source, colour="colour").spec.event == (3, 32, 32)
    assert load(source).spec.classes == ()


def test_bad_pictures_are_named_and_skipped(tmp_path: Path, load) -> None:
    good = save(tmp_path, "good.png", np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    save(tmp_path, "fine.png", RED)
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:900])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "phone.HEIC").write_bytes(b"who knows")
    (tmp_path / ".DS_Store").write_bytes(b"not worth a word")
    data = load(source_for_path(tmp_path))
    assert len(data.train) + len(data.held_out) == 2
    assert len(data.problems) == 5
    for name in ("cut.png", "empty.png", "text.jpg", "notes.txt", "phone.HEIC"):
        assert sum(name in problem for problem in data.problems) == 1


def test_a_limit_keeps_all_classes(tmp_path: Path, load) -> None:
    for kind in ("a", "b", "c"):
        for i in range(8):
            save(tmp_path / kind, f"{i}.png", GREY)
    save(tmp_path / ".hidden", "0.png", GREY)
    data = load(source_for_path(tmp_path), limit=12)
    assert len(data.train) + len(data.held_out) == 12
    assert data.spec.classes == ("a", "b", "c")
    assert data.train.label.unique().tolist() == [0, 1, 2]


def test_a_folder_with_nothing_usable_is_refused(tmp_path: Path, load) -> None:
    with pytest.raises(DataError, match="holds no pictures: put PNG"):
        load(source_for_path(tmp_path))
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(DataError, match=r"none of the 1 pictures .*text\.jpg is not a picture"):
        load(source_for_path(tmp_path))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_colour_modes_show_the_same_picture(tmp_path: Path, mode: str) -> None:
    file = save(tmp_path, "a.tif" if mode == "CMYK" else "a.png", RED, mode)
    pixels = pixels_of(file)
    assert pixels.shape == RED.shape
    assert np.abs(pixels.mean((0, 1)) - RED[0, 0]).max() <= 12  # a palette dithers


def test_sixteen_bits_and_floats_keep_their_range(tmp_path: Path) -> None:
    deep = save(tmp_path, "deep.png", GREY.astype(np.uint16) * 257)
    np.testing.assert_array_equal(pixels_of(deep), GREY)
    floats = save(tmp_path, "floats.tif", GREY.astype(np.float32) / 255)
    np.testing.assert_array_equal(pixels_of(floats), GREY)


def test_transparency_becomes_white_and_exif_turns(tmp_path: Path) -> None:
    clear = np.zeros((4, 6, 4), np.uint8)
    assert (pixels_of(save(tmp_path, "clear.png", clear)) == 255).all()
    exif = Image.Exif()
    exif[0x0112] = 6
    assert pixels_of(save(tmp_path, "turned.jpg", RED, exif=exif)).shape == (48, 40, 3)


def test_a_picture_is_a_density(tmp_path: Path, load) -> None:
    ink = np.full((20, 40), 255, np.uint8)
    ink[:, :10] = 0
    data = load(source_for_path(save(tmp_path, "ink.png", ink)))
    assert (data.train.x[:, 0] < -2).all()
    assert data.entropy == pytest.approx(np.log(2 * 4), abs=1e-6)
    assert data.log_density(data.train.x).isfinite().all()
    with pytest.raises(DataError, match="switch 'bright is dense' on"):
        load(source_for_path(save(tmp_path, "white.png", np.full((5, 5), 255, np.uint8))))


def test_pictures_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        pixels_of(tmp_path / "nope.png")
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"empty\.png is not a picture"):
        pixels_of(tmp_path / "empty.png")
