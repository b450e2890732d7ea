"""Compressing pictures by a run: the figures of the lesson, bit for bit back, and everything foreign refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from calls import run
from PIL import Image

TRAIN = ("train", "--data", "digits", "--set", "data.ink=black and white", "--family", "autoregressive")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "made.dgm"
    done = run(*TRAIN, "--set", "net=made", "--set", "raster=1", "--steps", "800", "--out", path)
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="module")
def written(made: Path) -> Path:
    path = made.with_name("digits.dgmz")
    assert run("compress", made, "--held-out", "--out", path).exit_code == 0
    return path


def refused(*args: str | Path) -> str:
    done = run(*args)
    assert done.exit_code == 2, done.output
    return done.stderr


def test_digits_cost_what_the_model_expects_and_less_than_usual_formats_take(made: Path, tmp_path: Path) -> None:
    """About 1,100 bytes for 359 pictures, where zlib takes 1,700 and PNG 2,400."""
    told = json.loads(run("compress", made, "--held-out", "--out", tmp_path / "d.dgmz", "--json").stdout)
    assert told["n"] == 359
    assert told["bytes"] == (tmp_path / "d.dgmz").stat().st_size == told["coded"] + told["head"]
    assert told["head"] <= 40
    assert 0.998 * told["ideal"] - 2 <= told["coded"] <= 1.002 * told["ideal"] + 2
    assert told["bytes"] < 1250
    assert told["zlib"] > 1600
    assert told["png"] > 2200
    assert told["raw"] == 359 * 8


def test_pictures_come_back_bit_for_bit_in_every_form(made: Path, written: Path, tmp_path: Path) -> None:
    x = tmp_path / "x.npy"
    assert json.loads(run("decompress", made, written, "--out", x, "--json").stdout)["intact"] is True
    assert np.load(x).shape == (359, 8, 8)
    assert run("compress", made, x, "--out", tmp_path / "again.dgmz").exit_code == 0
    assert (tmp_path / "again.dgmz").read_bytes() == written.read_bytes()
    for ending in ("npz", "zip"):
        out = tmp_path / f"y.{ending}"
        assert run("decompress", made, written, "--out", out).exit_code == 0
        assert run("compress", made, out, "--out", tmp_path / "again.dgmz").exit_code == 0
        assert (tmp_path / "again.dgmz").read_bytes() == written.read_bytes()
    with zipfile.ZipFile(tmp_path / "y.zip") as archive:
        assert len(archive.namelist()) == 359


def test_another_model_and_other_files_are_refused(made: Path, written: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.dgm"
    assert run(*TRAIN, "--set", "net=made", "--set", "raster=1", "--steps", "5", "--out", other).exit_code == 0
    out = tmp_path / "x.npy"
    assert "another model" in refused("decompress", other, written, "--out", out)
    assert "no .dgmz file" in refused("decompress", made, made, "--out", out)
    data = written.read_bytes()
    for words, bad in (("cut off", data[:-9]), ("damaged", data[:-9] + bytes([data[-9] ^ 4]) + data[-8:])):
        (tmp_path / "bad.dgmz").write_bytes(bad)
        assert words in refused("decompress", made, tmp_path / "bad.dgmz", "--out", out)
    assert "does not exist" in refused("decompress", made, tmp_path / "none.dgmz", "--out", out)
    assert not out.exists()


def test_pictures_that_would_have_to_be_changed_are_refused_with_the_cure(made: Path, tmp_path: Path) -> None:
    rng, out = np.random.default_rng(0), tmp_path / "f.dgmz"
    grey, tall, colour = (tmp_path / f"{name}.npy" for name in ("grey", "tall", "colour"))
    np.save(grey, rng.integers(0, 256, (3, 8, 8)).astype(np.uint8))
    np.save(tall, 255 * rng.integers(0, 2, (3, 9, 8)).astype(np.uint8))
    np.save(colour, 255 * rng.integers(0, 2, (3, 8, 8, 3)).astype(np.uint8))
    assert "2 grey levels" in refused("compress", made, grey, "--out", out)
    assert "--round" in refused("compress", made, grey, "--out", out)
    assert "8 × 8 pixels" in refused("compress", made, tall, "--out", out)
    assert "made grey" in refused("compress", made, colour, "--out", out)
    folder = tmp_path / "folder"
    folder.mkdir()
    Image.fromarray(np.zeros((8, 16), np.uint8)).save(folder / "wide.png")
    assert "wide.png" in refused("compress", made, folder, "--out", out)
    assert "Give the IMAGES" in refused("compress", made, "--out", out)
    assert not out.exists()
    rounded = json.loads(run("compress", made, grey, "--round", "--out", out, "--json").stdout)
    assert rounded["rounded"] is True


def test_who_cannot_says_why(digits: Path, plane: Path, tmp_path: Path) -> None:
    assert "real numbers" in refused("compress", digits, "--held-out", "--out", tmp_path / "f.dgmz")
    assert "without loss" in refused("compress", plane, "--held-out", "--out", tmp_path / "f.dgmz")
