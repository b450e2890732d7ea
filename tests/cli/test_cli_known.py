"""Inpainting points and paths on the command line: what is known stays, the rest is made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calls import run


def saved(folder: Path, data: str, family: str, *more: str) -> Path:
    path = folder / f"{data}.dgm"
    done = run("train", "--data", data, "--family", family, "--steps", "20", *more, "--out", path)
    assert done.exit_code == 0, done.output
    return path


def test_a_coordinate_of_a_point_is_made_and_the_other_stays(tmp_path: Path) -> None:
    moons, out = saved(tmp_path, "moons", "kde"), tmp_path / "x.csv"
    told = json.loads(run("inpaint", moons, "--known", "0.5,?", "-n", 20, "--out", out, "--json").stdout)
    x = np.array(told["x"])
    assert x.shape == (20, 2)
    assert (x[:, 0] == 0.5).all()
    assert x[:, 1].std() > 0.1
    assert told["known"] == 0.5
    assert len(out.read_text().splitlines()) == 21
    assert "2 numbers" in run("inpaint", moons, "--known", "1").output
    assert "not 'a'" in run("inpaint", moons, "--known", "a,?").output
    assert "All is known" in run("inpaint", moons, "--known", "1,2").output
    assert "not on strings" in run("inpaint", moons, "--text", "(?)").output


def test_waypoints_of_a_path_are_made_between_those_that_are_known(tmp_path: Path) -> None:
    paths, out = saved(tmp_path, "detours", "flow-matching", "--conditional"), tmp_path / "x.npy"
    known = ";".join(["-1,0", *["?,?"] * 14, "1,0.25"])
    done = run("inpaint", paths, f"--known={known}", "-n", 3, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    x = np.load(out)
    assert x.shape == (3, 16, 2)
    assert (x[:, 0] == (-1, 0)).all()
    assert (x[:, -1] == (1, 0.25)).all()
    assert np.isfinite(x).all()
    assert json.loads(done.stdout)["known"] == pytest.approx(2 / 16)
    assert "16 waypoints" in run("inpaint", paths, "--known", "0,?").output
    assert run("inpaint", paths, f"--known={known}", "--out", tmp_path / "x.csv").exit_code != 0
