"""Scripts and notebooks: run as they are, they give the samples that the window shows."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from calls import run

import dgm_studio.api as dgm
from dgm_studio.api.job import Job
from dgm_studio.engine import catalogue
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.reading.python_script import NoScript, notebook, parts, script

WISH = RunSpec(
    data=DataChoice(name="8-gaussians", params={"examples": 300}),
    family="flow-matching",
    config={"width": 32},
    training={"batch": 64, "learning_rate": 0.002},
    conditional=True,
    sampling=Sampling(count=40, label=2, seed=5, knobs={"steps": 3}),
    seed=11,
)


@pytest.fixture(scope="module")
def window() -> tuple[m.Opened, np.ndarray]:
    """The run as a window has it after nine steps, and its samples."""
    job = Job()
    opened = job.open(WISH)
    job.ask(m.Train(job.name, steps=9), m.Finished)
    return opened, np.asarray(job.ask(m.Sample(job.name, 40, 5, 1), m.Samples).x)


def test_the_script_gives_the_samples_of_the_window(window, tmp_path: Path) -> None:
    opened, samples = window
    path = tmp_path / "again.py"
    path.write_text(script(opened.spec, 9, tuple(opened.info.classes)), encoding="utf-8")
    subprocess.run([sys.executable, str(path)], check=True, cwd=tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "samples.npy"), samples)


def test_the_cells_of_the_notebook_do_the_same(window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, samples = window
    monkeypatch.chdir(tmp_path)
    whole = json.loads(notebook(opened.spec, 9, tuple(opened.info.classes)))
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in whole["cells"]]
    assert len(set(ids)) == len(ids)
    names: dict[str, object] = {}
    for cell in whole["cells"]:
        if cell["cell_type"] == "code":
            exec(cell["source"], names)
    np.testing.assert_array_equal(np.load("samples.npy"), samples)


def test_the_verb_writes_both_forms(plane: Path, tmp_path: Path) -> None:
    for form, ending in (("python", ".py"), ("notebook", ".ipynb")):
        out = tmp_path / f"x{ending}"
        assert run("export", plane, "--to", form, "--out", out).exit_code == 0
        assert "dgm.train" in out.read_text("utf-8")
    assert run("export", plane, "--to", "python", "--out", tmp_path / "x.txt").exit_code == 2


def test_points_that_were_drawn_by_hand_are_in_no_script() -> None:
    with pytest.raises(NoScript, match="drawn by hand"):
        parts(WISH.with_(data=DataChoice(name="drawn")), 3)


def test_no_setting_of_a_family_is_called_like_an_argument_of_the_library() -> None:
    taken = set(inspect.signature(dgm.train).parameters) - {"config"}
    for family in catalogue.families().values():
        assert not taken & set(family.Config.model_fields), family.name
