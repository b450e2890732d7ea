"""Runs that have hardly been trained, for the verbs to work on."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import run


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plane") / "moons.dgm"
    done = run("train", "--data", "moons", "--family", "flow", "--steps", "30", "--out", path, "--json")
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("digits") / "digits.dgm"
    done = run("train", "--data", "digits", "--family", "vae", "--steps", "30", "--conditional", "--out", path)
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="session")
def diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("diffusion") / "d.dgm"
    done = run("train", "--data", "digits", "--family", "diffusion", "--steps", "20", "--conditional", "--out", path)
    assert done.exit_code == 0, done.output
    return path
