"""Runs that start from other data: opened, drawn, measured, translated and kept; and refused where it makes no sense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dgm_studio.api.job import RUN, BadInput, Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import Change, DataChoice, RunSpec, least_work

SPEC = RunSpec(
    data=DataChoice(name="8-gaussians", params={"examples": 400}),
    source=DataChoice(name="moons", params={"examples": 300}),
    family="bridge",
    config={"width": 16, "coupling": "independent", "source_noise": 0.1},
)
"""Without an assignment and a density, which cost most of the time."""


def opened(spec: RunSpec = SPEC, steps: int = 2) -> tuple[Job, m.Opened]:
    job = Job()
    found = job.open(spec)
    job.ask(m.Train(RUN, steps=steps), m.Finished)
    return job, found


def test_a_source_is_told_of_and_its_examples_are_shown() -> None:
    job = Job()
    shown: list[m.Data] = []
    job.send(m.Open(RUN, SPEC))
    job.follow(lambda e: isinstance(e, m.Data) and not shown.append(e))
    (data,) = shown
    assert data.source is not None
    assert data.source_parts is not None
    assert data.source.shape == (300, 2)
    assert set(data.source_parts) == {0, 1}


def test_samples_say_where_they_came_from_either_way() -> None:
    job, found = opened()
    info = found.info
    assert (info.source_title, info.origins) == ("moons", ("upper moon", "lower moon"))
    assert info.translates
    assert info.couples
    there = job.ask(m.Sample(RUN, 40, 0, 1), m.Samples)
    assert there.origins == info.origins
    assert there.origin is not None
    assert there.origin.shape == (40,)
    job.edit(SPEC.with_sampling(knobs={"direction": "back"}))
    back = job.ask(m.Sample(RUN, 40, 0, 2), m.Samples)
    assert len(back.origins) == 8


def test_given_points_go_and_come_back_and_the_measures_say_so() -> None:
    job, _ = opened()
    x = np.random.default_rng(0).normal(size=(30, 2))
    told = job.ask(m.Translate(RUN, x, 1), m.TranslatedExamples)
    assert np.allclose(told.returned, x, atol=1e-2)
    home = job.ask(m.Translate(RUN, told.examples, 2, back=True), m.TranslatedExamples)
    assert np.allclose(home.examples, x, atol=1e-2)
    assert told.cycle_error < 1e-2
    measured = job.ask(m.MeasureNow(RUN, 3, only=("transport_cost", "cycle_error", "class_kept")), m.Measured)
    cost, cycle = measured.values["transport_cost"], measured.values["cycle_error"]
    assert cost["value"] is not None
    assert cost["floor"] is not None
    assert cost["value"] >= cost["floor"] - 1e-4
    assert cycle["value"] is not None
    assert cycle["value"] < 1e-2
    assert "class_kept" not in measured.values  # moons and blobs have no classes in common


def test_a_saved_run_has_its_source_also_where_that_is_gone(tmp_path: Path) -> None:
    begin = tmp_path / "begin.csv"
    rng = np.random.default_rng(1)
    np.savetxt(begin, rng.normal(size=(60, 2)), delimiter=",")
    spec = SPEC.with_(source=DataChoice(name="file", path=str(begin)))
    job, _ = opened(spec)
    before = job.ask(m.Sample(RUN, 20, 0, 1), m.Samples).x
    job.ask(m.Save(RUN, tmp_path / "run.dgm"), m.Saved)
    again = Job()
    assert again.load(tmp_path / "run.dgm").info.remark == ""
    assert np.array_equal(again.ask(m.Sample(RUN, 20, 0, 1), m.Samples).x, before)
    np.savetxt(begin, rng.normal(size=(60, 2)), delimiter=",")
    assert "have changed" in Job().load(tmp_path / "run.dgm").info.remark
    begin.unlink()
    gone = Job()
    info = gone.load(tmp_path / "run.dgm").info
    assert "begin.csv" in info.remark
    assert info.source_title
    assert gone.ask(m.Sample(RUN, 20, 0, 1), m.Samples).x.shape == (20, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family": "kde", "config": {}}, "start from noise"),
        ({"source": {"name": "digits"}}, "examples have one shape"),
        (
            {"data": {"name": "digits"}, "source": {"name": "scenes", "params": {"examples": 100}}, "config": {}},
            "8 x 8 pixels",
        ),
    ],
)
def test_what_cannot_start_from_other_data_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Job().open(SPEC.with_(**changes))


def test_a_run_from_noise_translates_nothing() -> None:
    job, found = opened(SPEC.with_(source=None))
    assert not found.info.translates
    with pytest.raises(BadInput, match="Train one with a source"):
        job.ask(m.Translate(RUN, np.zeros((1, 2)), 1), m.TranslatedExamples)


def test_another_source_is_another_model() -> None:
    assert least_work(SPEC, SPEC.with_(source=None)) == Change.REBUILD
    assert RunSpec.model_validate(SPEC.model_dump(mode="json")) == SPEC
