"""Scripts and notebooks: run as they are, they give the samples that the window shows."""

from __future__ import annotations

import errno
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest
from calls import run

import dgm_studio.api as dgm
from dgm_studio.api.job import Failure, Job
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


@pytest.fixture(scope="module")
def flow_run() -> dgm.Run:
    return dgm.train("moons", "flow", steps=2, batch=32)


def test_the_script_gives_the_samples_of_the_window(window, tmp_path: Path) -> None:
    opened, samples = window
    path = tmp_path / "again.py"
    path.write_text(script(opened.spec, 9, tuple(opened.info.classes)), encoding="utf-8")
    subprocess.run([sys.executable, str(path)], check=True, cwd=tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "samples.npy"), samples)


def test_the_notebook_run_by_a_kernel_gives_the_same_samples_and_shows_the_run(
    window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    opened, samples = window
    book = nbformat.reads(notebook(opened.spec, 9, tuple(opened.info.classes)), as_version=4)
    nbformat.validate(book)
    client = nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    np.testing.assert_array_equal(np.load(tmp_path / "samples.npy"), samples)
    (shown,) = book.cells[-1].outputs
    assert "<figure>" in shown["data"]["text/html"]
    assert "image/png" in shown["data"]


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


def test_the_verb_writes_the_model_in_every_form_or_nothing(plane: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    weights, alone, graph = (tmp_path / f"moons{ending}" for ending in (".safetensors", ".py", ".onnx"))
    assert run("export", plane, "--to", "safetensors", "--out", weights).exit_code == 0
    with safe_open(weights, "pt") as file:
        assert file.metadata()["family"] == "flow"
        assert json.loads(file.metadata()["config"]) == dgm.open(plane).config
        assert not [name for name in file.keys() if name.startswith("optimiser.")]  # noqa: SIM118
    assert run("export", plane, "--to", "standalone", "--out", alone).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["moons.npz", "moons.py", "moons.safetensors"]
    assert run("export", plane, "--to", "onnx", "--out", tmp_path / "none" / graph.name).exit_code == 2
    assert run("export", plane, "--to", "onnx", "--out", alone).exit_code == 2


def test_a_full_disk_leaves_no_half_export(flow_run: dgm.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Failure, match="disk is full"):
        flow_run.export(tmp_path / "x.py")
    assert list(tmp_path.iterdir()) == []


def test_the_graph_of_the_verb_runs_in_onnxruntime_by_its_manifest(flow_run: dgm.Run, tmp_path: Path) -> None:
    import onnxruntime

    _, manifest, _ = flow_run.export(tmp_path / "moons.onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"moons.onnx", "moons.json", "moons-start.onnx"}
    about = json.loads(manifest.read_text("utf-8"))
    rng, held = np.random.default_rng(0), {}
    for turn in about["loop"]:
        function = about["functions"][turn["function"]]
        session = onnxruntime.InferenceSession(tmp_path / function["file"])
        noise = {
            name: rng.integers(law["low"], law["high"], law["shape"])
            if law["law"] == "whole"
            else rng.normal(size=law["shape"]).astype(np.float32)
            for name, law in turn["noise"].items()
        }
        given = {**held, **noise, **turn["constants"]}
        types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
        found = session.run(None, {i.name: np.asarray(given[i.name], types[i.type]) for i in session.get_inputs()})
        held = dict(zip(function["outputs"], found, strict=True))
    x = held["x"] * about["units"]["scale"] + about["units"]["shift"]
    assert x.shape == (16, 2)
    assert np.abs(x - flow_run.sample(1000).mean(0)).max() < 20
