"""A sweep as a person asks for it: which knobs there are, which values, and what is known of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from test_comparison import compared, tell
from test_studio import INFO, Recorder

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.studio.compare.sweep import Knob
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.studio import Studio

STEPS = Knob("sampling.steps", "steps", 1, 256, log=True, integer=True)
KNOBS = {"properties": {"steps": {"type": "integer", "minimum": 1, "maximum": 256, "scale": "log", "title": "Steps"}}}


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path))
    studio = Studio(Recorder(), Places())
    studio.start()
    tell(studio, m.Ready("", 0, Catalogue()))
    compared(studio, "gan")
    slot = "cell-A"
    info = dataclasses.replace(INFO, samplers=(m.SamplerInfo("midpoint", "Midpoint", "", KNOBS),), temperature="Noise.")
    spec = studio.session.spec(slot).with_sampling(sampler="midpoint")
    tell(studio, m.Opened(studio.runs[slot].name, 0, spec, info))
    return studio


def point(studio: Studio, value: float, done: int, of: int, distance: float = 0.1) -> m.SweepPoint:
    run = studio.runs["cell-A"]
    found = {"distance": {"value": distance, "error": 0.01, "floor": 0.02}}
    return m.SweepPoint(run.name, 0, run.waiting.get("sweep", 0), "sampling.steps", value, done, of, found, {})


def test_values_follow_the_scale_of_the_knob_and_stay_within_its_bounds() -> None:
    assert STEPS.values(1, 64, 4) == (1, 4, 16, 64)
    assert STEPS.values(-5, 1e9, 3) == (1, 16, 256)
    assert STEPS.values(1, 3, 9) == (1, 2, 3)  # whole numbers, each once
    assert Knob("sampling.temperature", "temperature", 0, 2, log=False, integer=False).values(0, 1, 3) == (0, 0.5, 1)


def test_only_runs_that_have_the_knob_are_asked(studio: Studio) -> None:
    assert {knob.key for knob in studio.sweeping.knobs()} >= {"sampling.steps", "sampling.temperature"}
    assert studio.sweeping.start(STEPS, 1, 16, 3)
    assert [(i.run, i.values) for i in studio.backend.of(m.Sweep)] == [(studio.runs["cell-A"].name, (1, 4, 16))]
    assert studio.sweeping.running


def test_points_gather_until_the_last(studio: Studio) -> None:
    told = []
    studio.on("sweep", told.append)
    studio.sweeping.start(STEPS, 1, 16, 2)
    tell(studio, point(studio, 1, 1, 2))
    assert studio.sweeping.progress == (1, 2)
    tell(studio, point(studio, 16, 2, 2))
    assert not studio.sweeping.running
    assert [p.value for p in studio.sweeping.points["cell-A"]] == [1, 16]
    assert len(told) >= 3


def test_stopping_cancels_and_keeps_what_came(studio: Studio) -> None:
    studio.sweeping.start(STEPS, 1, 16, 3)
    tell(studio, point(studio, 1, 1, 3))
    late = point(studio, 4, 2, 3)
    studio.sweeping.stop()
    assert studio.backend.of(m.Cancel)[-1].kind == "sweep"
    tell(studio, late)
    assert [p.value for p in studio.sweeping.points["cell-A"]] == [1]


def test_a_point_is_gone_to(studio: Studio) -> None:
    studio.sweeping.start(STEPS, 1, 16, 3)
    studio.sweeping.go("cell-A", 4.0)
    assert studio.session.spec("cell-A").sampling.knobs == {"steps": 4}
    assert "steps" not in studio.session.spec("cell-B").sampling.knobs


def test_a_sweep_that_fails_ends(studio: Studio) -> None:
    studio.sweeping.start(STEPS, 1, 16, 3)
    run = studio.runs["cell-A"]
    tell(studio, m.Failed(run.name, 0, "It cannot.", "", "sweep", run.waiting["sweep"]))
    assert not studio.sweeping.running


def test_a_run_that_gives_way_is_swept_no_more_and_its_points_go_with_its_family(studio: Studio) -> None:
    studio.comparison.choose("cell-A")
    studio.sweeping.start(STEPS, 1, 16, 3)
    tell(studio, point(studio, 1, 1, 3))
    studio.set_config("width", 32)  # another model of the same family
    assert not studio.sweeping.running
    assert [p.value for p in studio.sweeping.points["cell-A"]] == [1]
    studio.choose_family("vae")
    assert studio.sweeping.points == {}
