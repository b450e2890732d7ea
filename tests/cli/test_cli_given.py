"""A context from the command line: trained, saved, asked for by name, and refused with the nearest that there is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from calls import run
from PIL import Image

from dgm_studio.contract import rng_for
from dgm_studio.data.captions import drawn_as
from dgm_studio.data.shared.language import CAPTIONS


@pytest.fixture(scope="module")
def satellites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("satellites") / "s.dgm"
    done = run("train", "--data", "two-satellites", "--family", "kde", "--steps", "60", "--conditional", "--out", path)
    assert done.exit_code == 0, done.output
    return path


def test_samples_follow_what_is_given_after_a_file(satellites: Path, tmp_path: Path) -> None:
    out = tmp_path / "near.npy"
    done = run("sample", satellites, "-n", 400, "--given", "angle=90,which=near", "--out", out, "--json")
    assert json.loads(done.stdout)["given"] == {"angle": 90.0, "which": "near"}
    assert np.median(np.load(out), 0) == pytest.approx([0.0, 0.9], abs=0.25)
    run("sample", satellites, "-n", 400, "--given", "angle=90,which=far", "--out", out)
    assert np.median(np.load(out), 0) == pytest.approx([0.0, -2.0], abs=0.35)
    run("sample", satellites, "-n", 400, "--given", "which=far", "--out", out)
    assert np.median(np.hypot(*np.load(out).T)) == pytest.approx(2.0, abs=0.2)


def test_density_and_measures_go_by_the_context(satellites: Path, tmp_path: Path) -> None:
    points, out = tmp_path / "p.npy", tmp_path / "nats.npy"
    np.save(points, np.array([[0.0, 0.9], [0.0, -2.0]], np.float32))
    run("logprob", satellites, "--points", points, "--given", "angle=90,which=near", "--out", out)
    near = np.load(out)
    assert near[0] > near[1] + 3
    measures = json.loads(run("evaluate", satellites, "--json").stdout)["measures"]
    assert measures["given_gap"]["value"] > 0
    assert "given_distance" in measures


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--given", "angel=90"), "Did you mean 'angle'"),
        (("--given", "which=nera"), "Did you mean 'near'"),
        (("--given", "angle=400"), "from 0 to 360"),
        (("--given", "angle"), "NAME=VALUE"),
        (("--label", "near"), "--given"),
        (("--label", "near", "--given", "angle=3"), "not both"),
    ],
)
def test_what_there_is_not_is_refused(satellites: Path, tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = run("sample", satellites, *args, "--out", tmp_path / "x.npy")
    assert done.exit_code == 2
    assert said in done.stderr


def test_verbs_of_pictures_tell_what_was_given(tmp_path: Path) -> None:
    path, picture, mask = tmp_path / "a.dgm", tmp_path / "x.png", tmp_path / "m.png"
    done = run(
        "train", "--data", "attributes", "--family", "flow-matching", "--steps", "2", "--conditional", "--out", path
    )
    assert done.exit_code == 0, done.output
    Image.new("RGB", (16, 16), "red").save(picture)
    Image.new("L", (16, 16), 255).save(mask)
    verbs = (
        ("inpaint", path, "--image", picture, "--mask", mask, "-n", 1, "--out", tmp_path / "f.png"),
        ("edit", path, "--strokes", picture, "-n", 1, "--out", tmp_path / "e.png"),
        ("restore", path, "--operator", "down2", "--image", picture, "-n", 1, "--out", tmp_path / "r.png"),
        ("interpolate", path, "--from", 0, "--to", 1, "--frames", 3, "--out", tmp_path / "i.png"),
    )
    for verb in verbs:
        done = run(*verb, "--given", "shape=circle", "--json")
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout)["given"] == {"shape": "circle"}, verb


def test_a_family_without_contexts_and_a_run_without_one_say_so(plane: Path, tmp_path: Path) -> None:
    done = run("train", "--data", "two-satellites", "--family", "ebm", "--conditional", "--out", tmp_path / "e.dgm")
    assert done.exit_code == 2
    assert "cannot be conditioned on a context" in done.stderr
    done = run("sample", plane, "--given", "angle=3", "--out", tmp_path / "x.npy")
    assert done.exit_code == 2
    assert "These data have none" in done.stderr


def test_pictures_are_captioned_and_told_apart_among_named_captions(tmp_path: Path) -> None:
    saved = tmp_path / "c.dgm"
    small = ("--set", "data.examples=500")
    done = run(
        "train", "--data", "captions", "--family", "kde", "--steps", "20", "--conditional", *small, "--out", saved
    )
    assert done.exit_code == 0, done.output
    asked, swap = "red circle above blue square", "blue square above red circle"
    x = drawn_as(torch.tensor([CAPTIONS.index(asked)]), rng_for(3)).permute(0, 2, 3, 1).numpy()
    Image.fromarray(x[0]).save(tmp_path / "x.png")
    (row,) = json.loads(run("classify", saved, "--image", tmp_path / "x.png", "--json").stdout)["examples"]
    assert row["caption"] == asked
    assert row["captions"][-1]["caption"] == swap
    (row,) = json.loads(
        run("classify", saved, "--image", tmp_path / "x.png", "--among", asked, "--among", swap, "--json").stdout
    )["examples"]
    assert [one["caption"] for one in row["captions"]] == [asked, swap]
    assert row["captions"][0]["towers"] > 0.9
    assert sum(one["model"] for one in row["captions"]) == pytest.approx(1)
    assert "Did you mean" in run("classify", saved, "--image", tmp_path / "x.png", "--among", "rad circle").output
