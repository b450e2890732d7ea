"""Kept steps of training go with a file where that is asked for, and come back as they were."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from dgm_studio.api.job import BadInput, Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

SPEC = RunSpec(data=DataChoice(name="moons", params={"examples": 100}), family="flow-matching", config={"width": 16})


def test_a_file_with_its_history_shows_earlier_steps(tmp_path: Path) -> None:
    job = Job()
    job.open(SPEC)
    job.ask(m.Train(job.name, steps=12), m.Finished)
    job.ask(m.Save(job.name, tmp_path / "with.dgm", history=True), m.Saved)
    job.ask(m.Save(job.name, tmp_path / "without.dgm"), m.Saved)
    job.send(m.Rewind(job.name, 6))
    before = job.ask(m.Sample(job.name, 9, 1, 1), m.Samples)
    again = Job()
    again.load(tmp_path / "with.dgm")
    again.send(m.Rewind(again.name, 6))
    after = again.ask(m.Sample(again.name, 9, 1, 1), m.Samples)
    assert after.shown_step == before.shown_step < 12
    np.testing.assert_array_equal(before.x, after.x)
    with zipfile.ZipFile(tmp_path / "without.dgm") as file:
        assert "history.safetensors" not in file.namelist()


def test_damaged_steps_are_said(tmp_path: Path) -> None:
    job = Job()
    job.open(SPEC)
    path = tmp_path / "run.dgm"
    job.ask(m.Save(job.name, path, {"history.safetensors": b"\x08nonsense"}), m.Saved)
    with pytest.raises(BadInput, match=r"kept steps in run\.dgm are damaged"):
        Job().load(path)
