"""What the window copies as commands trains and samples the same run in a terminal."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from calls import run

from dgm_studio.api.job import Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.reading.command_line import command_lines

POINTS = RunSpec(
    data=DataChoice(name="moons", params={"examples": 500}, clusters=3),
    family="gan",
    config={"width": 32},
    training={"batch": 64, "learning_rate": 0.002},
    conditional=True,
    sampling=Sampling(count=50, temperature=0.8, label=1, seed=5),
    seed=11,
)
IMAGES = RunSpec(data=DataChoice(name="digits", params={"ink": "black and white"}), family="autoregressive", seed=3,
                 sampling=Sampling(count=4, seed=2))  # fmt: skip


@pytest.mark.parametrize("wish", [POINTS, IMAGES], ids=["points", "images"])
def test_the_commands_give_the_run_and_the_samples_they_are_of(
    wish: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = Job()
    opened = job.open(wish)
    job.ask(m.Train(job.name, steps=7), m.Finished)
    drawn = job.ask(m.Sample(job.name, wish.sampling.count, wish.sampling.seed, 1, False), m.Samples)
    train, sample = command_lines(opened.spec, 7, tuple(opened.info.classes), "again")
    for line in (train, sample):
        assert line.startswith("dgm-studio ")
        done = run(*shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
    again = Job().load(Path("again.dgm"))
    assert again.step == 7
    said = {key: str(value) for key, value in opened.spec.data.params.items()}
    assert {key: str(value) for key, value in again.spec.data.params.items()} == said
    assert again.spec.data.clusters == opened.spec.data.clusters
    for part in ("family", "config", "training", "conditional", "seed"):
        assert getattr(again.spec, part) == getattr(opened.spec, part)
    np.testing.assert_array_equal(np.load("again.npy"), drawn.x)


def test_points_that_were_drawn_by_hand_have_no_command() -> None:
    (line,) = command_lines(POINTS.with_(data=DataChoice(name="drawn")), 7)
    assert line.startswith("# ")
