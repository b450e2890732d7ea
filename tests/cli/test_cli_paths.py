"""Paths on the command line: trained as a policy, sampled in a situation, measured, and what cannot be done said clearly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calls import run

GIVEN = "start_x=-1,start_y=0,goal_y=0.1,obstacle_x=0,obstacle_y=0"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paths") / "p.dgm"
    found = run("train", "--data", "detours", "--family", "flow-matching", "--conditional", "--set", "data.examples=300",
                "--steps", "40", "--out", path)  # fmt: skip
    assert found.exit_code == 0, found.output
    return path


def test_paths_of_a_situation_are_written_and_drawn(policy: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.npy"
    told = json.loads(run("sample", policy, "-n", 7, "--given", GIVEN, "--out", out, "--json").stdout)
    x = np.load(out)
    assert x.shape == (7, 16, 2)
    assert told["given"] == {"start_x": -1.0, "start_y": 0.0, "goal_y": 0.1, "obstacle_x": 0.0, "obstacle_y": 0.0}
    assert run("sample", policy, "-n", 7, "--given", GIVEN, "--out", tmp_path / "p.png").exit_code == 0
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"
    refused = run("sample", policy, "--out", tmp_path / "p.csv")
    assert refused.exit_code == 2
    assert "Paths are written as .npy or .npz" in refused.output


def test_measures_are_those_of_paths(policy: Path, tmp_path: Path) -> None:
    found = json.loads(run("evaluate", policy, "--json").stdout)["measures"]
    assert {"collisions", "side_balance", "roughness", "far_off", "copied_demonstrations"} <= found.keys()
    assert found["collisions"]["floor"] == 0
    assert not {"sliced_wasserstein", "nll", "copying"} & found.keys()
    np.save(tmp_path / "other.npy", np.zeros((3, 5, 2)))
    refused = run("evaluate", policy, "--against", tmp_path / "other.npy")
    assert refused.exit_code == 2
    assert "paths of this run are (n, 16, 2)" in refused.output


def test_what_is_out_of_range_and_families_that_cannot_are_told(policy: Path, tmp_path: Path) -> None:
    far = run("sample", policy, "--given", "obstacle_x=3", "--out", tmp_path / "p.npy")
    assert far.exit_code == 2
    assert "obstacle_x is a number from -0.5 to 0.5" in far.output
    refused = run("train", "--data", "detours", "--family", "drifting", "--steps", 1, "--out", tmp_path / "x.dgm")
    assert refused.exit_code == 2
    assert "it takes points and images, not paths" in refused.output
