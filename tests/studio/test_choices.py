"""What is chosen by typing: families, data, measures and the value of a setting."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from test_studio import INFO, Recorder

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue, FamilyInfo, MeasureInfo, SourceInfo
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.studio.choices import choices
from dgm_studio.studio.files.tray import note_of
from dgm_studio.studio.studio import Studio

KNOBS = {"properties": {"steps": {"type": "integer", "minimum": 1, "maximum": 64, "title": "Steps"}}}
TRAINING = {
    "properties": {"learning_rate": {"type": "number", "minimum": 1e-6, "maximum": 0.1, "title": "Learning Rate"}}
}
CATALOGUE = Catalogue(
    (
        SourceInfo("moons", "Two moons", "Two arcs.", "points", {}),
        SourceInfo("digits", "Digits", "8x8.", "images", {}),
    ),
    tuple(
        FamilyInfo(name, title, "", "", help, "", {"properties": {}}, TRAINING, {"points": None, "images": None})
        for name, title, help in (
            ("gan", "GAN", "Generator and critic."),
            ("flow-matching", "Flow matching", "An ODE."),
        )
    ),
    (MeasureInfo("modes", "Modes covered", "", "coverage", "How many modes have samples.", "", "", False),),
)


@pytest.fixture
def studio() -> Studio:
    studio = Studio(Recorder())
    studio.start()
    sampler = m.SamplerInfo("midpoint", "Midpoint", "", KNOBS)
    info = dataclasses.replace(INFO, classes=("0", "1"), samplers=(sampler,), temperature="The noise.")
    spec = studio.spec.with_(training={"learning_rate": 0.005}).with_sampling(sampler="midpoint", knobs={"steps": 16})
    curve = m.Curve(np.ones(1), np.ones(1))
    studio.backend.waiting += [m.Ready("", 0, CATALOGUE)]
    studio.pump()
    name = studio.run.name
    studio.backend.waiting += [m.Opened(name, 0, spec, info), m.Curves(name, 1, {}, {"modes": curve})]
    studio.pump()
    return studio


def run(studio: Studio, text: str) -> RunSpec:
    """The run spec once the first thing found was chosen."""
    choices(studio, text)[0].run()
    return studio.spec


def test_a_family_and_data_are_chosen_by_name(studio: Studio) -> None:
    assert run(studio, "GAN").family == "gan"
    assert run(studio, "moons").data.name == "moons"


def test_data_of_the_other_workspace_are_found_and_lead_there(studio: Studio) -> None:
    assert choices(studio, "digits")[0].group == "Data · Images"
    assert run(studio, "digits").data.name == "digits"
    assert studio.workspace == "images"


def test_whether_classes_are_used_is_chosen_by_name(studio: Studio) -> None:
    on, off = (c for c in choices(studio, "use classes") if c.group == "Setting")
    assert off.checked()
    assert not on.checked()
    on.run()
    assert studio.spec.conditional
    assert not run(studio, "use classes off").conditional


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("steps 4", lambda spec: spec.sampling.knobs["steps"] == 4),
        ("st 8", lambda spec: spec.sampling.knobs["steps"] == 8),
        ("temperature 0.5", lambda spec: spec.sampling.temperature == 0.5),
        ("samples 300", lambda spec: spec.sampling.count == 300),
        ("learning rate 1e-3", lambda spec: spec.training["learning_rate"] == 1e-3),
    ],
)
def test_a_setting_takes_the_value_behind_its_name(studio: Studio, text: str, found) -> None:
    assert found(run(studio, text))


def test_a_value_out_of_range_is_not_offered(studio: Studio) -> None:
    assert not [c for c in choices(studio, "steps 1000") if c.enabled() and c.group == "Setting"]


def test_a_name_alone_says_what_the_setting_is_now(studio: Studio) -> None:
    (setting,) = [c for c in choices(studio, "steps") if c.group == "Setting"]
    assert "Now 16" in setting.help
    assert not setting.enabled()


def test_a_measure_comes_to_the_front(studio: Studio) -> None:
    told = []
    studio.on("measure", told.append)
    choices(studio, "modes")[0].run()
    assert told == ["modes"]
    assert studio.measure == "modes"


def test_the_sampler_and_a_class_are_set_by_name(studio: Studio) -> None:
    assert run(studio, "class 1").sampling.label == 1
    assert run(studio, "class all").sampling.label is None
    (sampler,) = [c for c in choices(studio, "sampler") if c.group == "Setting"]
    assert sampler.title == "sampler: midpoint"
    assert sampler.checked is not None
    assert sampler.checked()


def test_kept_runs_and_files_used_last_are_found(studio: Studio, tmp_path: Path) -> None:
    place = tmp_path / "tray" / "abc.dgm"
    place.parent.mkdir()
    place.write_bytes(b"x")
    parked = m.Parked("a", 500, place, RunSpec(family="gan"), INFO, 3.0)
    studio.tray.add(note_of(parked, "GAN", name="The one that collapsed"))
    studio.remember(tmp_path / "lecture.dgm")
    (kept,) = [c for c in choices(studio, "collapsed") if c.group == "Kept run"]
    assert "500 steps" in kept.help
    (recent,) = [c for c in choices(studio, "lecture") if c.group == "File"]
    assert recent.title == "lecture.dgm"


def test_a_slip_of_the_finger_still_finds_what_was_meant(studio: Studio) -> None:
    assert choices(studio, "flwo matching")[0].title == "Flow matching"
    assert choices(studio, "diigts")[0].title == "Digits"
    assert choices(studio, "xyzzy") == []
