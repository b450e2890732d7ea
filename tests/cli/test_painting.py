"""The verbs of the canvas, and classification: what is known stays, what is asked is answered with its honesty."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calls import run
from PIL import Image

from dgm_studio.studio.painting.images import fitted


def test_inpainting_keeps_the_known_pixels_in_one_row_of_tiles(digits: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    picture, mask = rng.integers(0, 255, (8, 8), np.uint8), np.zeros((8, 8), np.uint8)
    mask[4:] = 255
    Image.fromarray(picture).save(tmp_path / "a.png")
    Image.fromarray(mask).save(tmp_path / "m.png")
    done = run("inpaint", digits, "--image", tmp_path / "a.png", "--mask", tmp_path / "m.png", "-n", "3",
               "--out", tmp_path / "o.png", "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["honesty"] in ("exact", "asymptotic", "heuristic")
    row = np.asarray(Image.open(tmp_path / "o.png"))
    assert row.shape == (8, 24)
    for tile in np.split(row, 3, axis=1):
        assert np.array_equal(tile[:4], picture[:4])
        assert not np.array_equal(tile[4:], picture[4:])


def test_a_mask_of_another_size_than_its_picture_is_refused_unless_stretched(digits: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8), "white").save(tmp_path / "a.png")
    Image.new("L", (4, 6), "white").save(tmp_path / "m.png")
    args = ("inpaint", digits, "--image", tmp_path / "a.png", "--mask", tmp_path / "m.png", "--out", tmp_path / "o.png")
    done = run(*args)
    assert done.exit_code == 2
    assert "--resize" in done.stderr
    assert run(*args, "--resize").exit_code == 0


def test_a_black_mask_leaves_the_picture_and_names_no_method(diffusion: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8), 90).save(tmp_path / "a.png")
    Image.new("L", (8, 8), 0).save(tmp_path / "m.png")
    done = run("inpaint", diffusion, "--image", tmp_path / "a.png", "--mask", tmp_path / "m.png", "-n", "2", "--method",
               "twisted", "--out", tmp_path / "o.png", "--json")  # fmt: skip
    assert done.exit_code == 0
    assert "nothing was generated" in done.stderr
    report = json.loads(done.stdout)
    assert report["method"] is None
    assert report["honesty"] is None
    assert (np.asarray(Image.open(tmp_path / "o.png")) == 90).all()


@pytest.mark.parametrize("operator", ["down2", "noise:0.5", "pixels:0.25", "fourier:0.5", "blur:1"])
def test_a_picture_is_degraded_and_restored(operator: str, diffusion: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8), 90).save(tmp_path / "a.png")
    done = run("restore", diffusion, "--operator", operator, "--image", tmp_path / "a.png", "-n", "2", "--method",
               "restore-ddnm", "--out", tmp_path / "o.png", "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["method"] == "restore-ddnm"
    assert report["honesty"] == "heuristic"
    row = np.asarray(Image.open(tmp_path / "o.png"))
    assert row.shape == (8, 32)
    assert (row[:, :8] == 90).all()


def test_an_operator_that_is_not_known_is_refused_with_what_is(diffusion: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8), 90).save(tmp_path / "a.png")
    done = run(
        "restore", diffusion, "--operator", "sharpen", "--image", tmp_path / "a.png", "--out", tmp_path / "o.png"
    )
    assert done.exit_code == 2
    assert "down4" in done.stderr
    done = run("restore", diffusion, "--operator", "gray", "--image", tmp_path / "a.png", "--out", tmp_path / "o.png")
    assert done.exit_code == 2
    assert "grey already" in done.stderr


def test_a_sketch_becomes_a_picture(diffusion: Path, tmp_path: Path) -> None:
    paint = np.zeros((8, 8, 4), np.uint8)
    paint[2:6, 3:5] = 255
    Image.fromarray(paint).save(tmp_path / "s.png")
    done = run("edit", diffusion, "--strokes", tmp_path / "s.png", "--strength", "0.5", "-n", "2", "--out",
               tmp_path / "o.png", "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["method"] == "sdedit"
    row = np.asarray(Image.open(tmp_path / "o.png"))
    assert row.shape == (8, 24)
    assert np.array_equal(row[:, :8], paint[..., 0])


def test_classes_by_bayes_rule_with_a_prior(tmp_path: Path) -> None:
    path = tmp_path / "k.dgm"
    run("train", "--data", "moons", "--family", "kde", "--conditional", "--steps", "30", "--out", path)
    np.save(tmp_path / "x.npy", np.array([[-2.0, 1.0], [2.0, -1.0], [50.0, 50.0]]))
    report = json.loads(run("classify", path, "--points", tmp_path / "x.npy", "--json").stdout)
    rows = report["examples"]
    assert [row["class"] for row in rows[:2]] == ["upper moon", "lower moon"]
    assert rows[2]["likelier_than"] == 0
    assert rows[2]["untypical"] > 10
    sure = json.loads(run("classify", path, "--points", tmp_path / "x.npy", "--prior", "1,0", "--json").stdout)
    assert [row["class"] for row in sure["examples"]] == ["upper moon"] * 3
    assert run("classify", path, "--points", tmp_path / "x.npy", "--prior", "1").exit_code == 2
    assert run("classify", path).exit_code == 2


def test_a_picture_of_another_size_is_resized_and_this_is_said(digits: Path, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "white").save(tmp_path / "a.png")
    Image.new("L", (40, 30), "white").save(tmp_path / "m.png")
    done = run(
        "inpaint", digits, "--image", tmp_path / "a.png", "--mask", tmp_path / "m.png", "--out", tmp_path / "o.png"
    )
    assert done.exit_code == 0
    assert "resized" in done.stderr


def test_a_picture_and_its_mask_of_another_shape_stay_aligned(digits: Path, tmp_path: Path) -> None:
    """The mask covers what is bright in the picture: nothing bright stays, and what is dark is untouched."""
    square = np.zeros((40, 60), np.uint8)
    square[15:25, 20:40] = 255
    Image.fromarray(square).save(tmp_path / "a.png")
    done = run("inpaint", digits, "--image", tmp_path / "a.png", "--mask", tmp_path / "a.png", "--method", "search",
               "--set", "steps=2", "-n", "1", "--out", tmp_path / "o.png")  # fmt: skip
    assert done.exit_code == 0
    assert "cut to its middle" in done.stderr
    found = np.asarray(Image.open(tmp_path / "o.png"))
    dark = fitted(square, (1, 8, 8)) == 0
    assert dark.any()
    assert (found[dark] == 0).all()


def test_strokes_and_mask_of_another_size_are_refused_unless_stretched(diffusion: Path, tmp_path: Path) -> None:
    red = np.zeros((10, 12, 4), np.uint8)
    red[4:] = (250, 10, 10, 255)
    Image.fromarray(red).save(tmp_path / "s.png")
    Image.new("L", (8, 8), 90).save(tmp_path / "a.png")
    args = ("edit", diffusion, "--image", tmp_path / "a.png", "--strokes", tmp_path / "s.png", "--set", "steps=2", "--out",
            tmp_path / "o.png")  # fmt: skip
    done = run(*args)
    assert done.exit_code == 2
    assert "12x10" in done.stderr
    assert "--resize" in done.stderr
    done = run(*args, "--resize")
    assert done.exit_code == 0
    assert "s.png was stretched" in done.stderr
    assert "has colours; they were made grey" in done.stderr


def test_a_method_may_be_named_without_its_task_and_settings_are_told_apart(diffusion: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8), 90).save(tmp_path / "a.png")
    args = ("restore", diffusion, "--operator", "down2", "--image", tmp_path / "a.png", "--out", tmp_path / "o.png")
    done = run(*args, "--method", "ddnm", "--set", "steps=2", "--json")
    assert json.loads(done.stdout)["method"] == "restore-ddnm"
    done = run(*args, "--method", "repaint")
    assert done.exit_code == 2
    assert "There is restore-ddnm, restore-dps" in done.stderr
    assert "?." not in done.stderr
    done = run(*args, "--method", "ddnm", "--set", "banana=3")
    assert done.exit_code == 2
    assert "has no setting 'banana'" in done.stderr
    assert "steps" in done.stderr
    assert "inputs" not in done.stderr


def test_colours_outside_range_and_scaled_ones_are_told(digits: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8), "white").save(tmp_path / "m.png")
    args = ("--mask", tmp_path / "m.png", "--method", "search", "--set", "steps=2", "--out", tmp_path / "o.png")
    Image.fromarray(np.linspace(-1, 2, 64, dtype=np.float32).reshape(8, 8)).save(tmp_path / "a.tif")
    done = run("inpaint", digits, "--image", tmp_path / "a.tif", *args)
    assert done.exit_code == 2
    assert "-1 to 2" in done.stderr
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000).save(tmp_path / "a.png")
    done = run("inpaint", digits, "--image", tmp_path / "a.png", *args)
    assert done.exit_code == 0
    assert "a.png: 16 bits scaled by 1/257" in done.stderr
    (tmp_path / "a.png").write_bytes(b"no picture")
    done = run("inpaint", digits, "--image", tmp_path / "a.png", *args)
    assert done.exit_code == 2
    assert "BytesIO" not in done.stderr


@pytest.mark.parametrize("temperature", ["warm", "99"])
def test_inpainting_checks_the_temperature(temperature: str, digits: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    done = run("inpaint", digits, "--image", tmp_path / "a.png", "--mask", tmp_path / "a.png",
               "--set", f"temperature={temperature}", "--out", tmp_path / "o.png")  # fmt: skip
    assert done.exit_code == 2
    assert "temperature" in done.stderr
