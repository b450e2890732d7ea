"""From data to data on the command line: trained with a source, told as JSON, translated both ways, refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from calls import run


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bridge") / "b.dgm"
    done = run(
        "train", "--data", "circles", "--source", "moons", "--family", "bridge", "--set", "width=16",
        "--set", "coupling=independent", "--set", "source.examples=200", "--steps", 3, "--out", path, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["source"] == "moons"
    return path


def test_points_are_translated_and_come_back(bridge: Path, tmp_path: Path) -> None:
    begin, there, home = (tmp_path / f"{name}.npy" for name in ("begin", "there", "home"))
    np.save(begin, np.random.default_rng(0).normal(size=(20, 2)))
    told = json.loads(run("translate", bridge, "--points", begin, "--out", there, "--json").stdout)
    assert (told["from"], told["to"], told["n"]) == ("moons", "circles", 20)
    assert told["cycle_error"] < 1e-2 < told["cost"] + 1e-2
    run("translate", bridge, "--points", there, "--back", "--out", home)
    assert np.allclose(np.load(home), np.load(begin), atol=1e-2)
    assert run("translate", bridge, "--points", begin, "--out", tmp_path / "x.png").exit_code == 0


def test_what_makes_no_sense_is_refused(plane: Path, bridge: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.zeros((3, 2)))
    done = run("translate", plane, "--points", tmp_path / "p.npy", "--out", tmp_path / "x.npy")
    assert done.exit_code == 2
    assert "--source" in done.stderr
    for args, said in (
        (("--family", "kde", "--source", "moons"), "starts from noise"),
        (("--family", "bridge", "--source", "mons"), "Did you mean 'moons'"),
        (("--family", "bridge", "--source", "digits"), "one shape"),
        (("--family", "bridge", "--set", "source.examples=3"), "Name one with --source"),
    ):
        done = run("train", "--data", "circles", *args, "--steps", 1, "--out", tmp_path / "no.dgm")
        assert done.exit_code == 2
        assert said in done.stderr


def test_a_run_starts_from_a_file_and_its_file_knows_which(tmp_path: Path) -> None:
    begin, wide, model = (tmp_path / name for name in ("begin.csv", "wide.csv", "m.dgm"))
    points = np.random.default_rng(1).normal(size=(60, 4))
    np.savetxt(begin, points[:, :2], delimiter=",", header="x,y", comments="")
    np.savetxt(wide, points, delimiter=",", header="a,b,c,d", comments="")
    args = ("train", "--data", "circles", "--family", "bridge", "--set", "width=16", "--steps", 2)
    done = run(*args, "--source", wide, "--out", model)
    assert done.exit_code == 2
    assert "wide.csv" in done.stderr
    done = run(*args, "--source", wide, "--set", "source.columns=x=b,y=d", "--out", model)
    assert done.exit_code == 0, done.output
    done = run(*args, "--source", begin, "--out", model, "--json")
    assert json.loads(done.stdout)["source"] == "begin.csv"
    with ZipFile(model) as file:
        assert Path(json.loads(file.read("run.json"))["spec"]["source"]["path"]) == begin
