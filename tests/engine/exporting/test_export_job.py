"""The job that exports a model: stopped half-way it leaves nothing, and what does not fit is refused before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgm_studio.contract import finish
from dgm_studio.engine.errors import UserError
from dgm_studio.engine.jobs.exporting import export
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(scope="module")
def kernel() -> Run:
    spec = RunSpec(data=DataChoice(name="8-gaussians", params={"examples": 100}), family="kde", device="cpu")
    return finish(open_run("r", spec, DataCache(), lambda loading: None))


def test_an_export_that_is_stopped_half_way_leaves_nothing(kernel: Run, tmp_path: Path) -> None:
    told: list[m.Event] = []
    job = export(kernel, told.append, m.ExportModel("r", "standalone", tmp_path / "x.py"))
    while not list(tmp_path.iterdir()):
        next(job)
    job.close()
    assert list(tmp_path.iterdir()) == []
    assert told == []


def test_an_older_file_stays_until_the_new_one_is_whole(kernel: Run, tmp_path: Path) -> None:
    older = tmp_path / "x.py"
    older.write_text("older")
    job = export(kernel, lambda event: None, m.ExportModel("r", "standalone", older))
    while len(list(tmp_path.iterdir())) < 2:
        next(job)
        assert older.read_text() == "older"
    finish(job)
    assert "SAMPLING" in older.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"x.py", "x.npz"}


@pytest.mark.parametrize(("name", "said"), [("x.txt", "end in .safetensors"), ("none/x.safetensors", "does not exist")])
def test_a_name_that_does_not_fit_is_refused(kernel: Run, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        finish(export(kernel, lambda event: None, m.ExportModel("r", "safetensors", tmp_path / name)))
    assert list(tmp_path.iterdir()) == []
