"""The program behind data: pictures with numbers held, numbers of a picture, ranks, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.api.job import RUN, BadInput, Job
from dgm_studio.engine.jobs import programming
from dgm_studio.nets import posterior
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "LEARNING_STEPS", 400)
    monkeypatch.setattr(programming, "LEARNING_STEPS", 400)
    monkeypatch.setattr(programming, "LEARNED", 400)
    monkeypatch.setattr(programming, "CHECKED", 40)


def opened(data: str = "turtle", family: str = "kde", **params: object) -> Job:
    job = Job()
    params = {"examples": 200, **params} if data in ("turtle", "shapes") else params
    job.open(RunSpec(data=DataChoice(name=data, params=params), family=family))
    return job


def test_pictures_have_the_numbers_that_are_held() -> None:
    job = opened(program="rivers")
    held = (("source", 0.5), ("first bend", "right"))
    told = job.ask(m.DrawProgram(RUN, 1, held, 5, 3), m.ProgramDrawn)
    assert told.x.shape == (5, 28, 28)
    assert told.values["source"] == pytest.approx([0.5] * 5)
    assert told.values["first bend"].tolist() == [1] * 5
    assert len(set(told.values["bend"].tolist())) == 5
    again = job.ask(m.DrawProgram(RUN, 2, held, 5, 3), m.ProgramDrawn)
    assert np.array_equal(again.x, told.x)


def test_numbers_are_inferred_and_ranked_and_draw_the_picture_again() -> None:
    job = opened(program="rivers")
    seen: list[m.Inferring] = []
    drawn = job.ask(m.DrawProgram(RUN, 1, (("source", -0.6),), 2), m.ProgramDrawn)
    told = job.ask(
        m.Infer(RUN, 2, drawn.x[0], 60, check=True), m.Inferred, lambda e: isinstance(e, m.Inferring) and seen.append(e)
    )
    assert set(told.values) == {"source", "bend", "bends", "swell", "first bend"}
    right = job.ask(m.DrawProgram(RUN, 4, (("source", 0.6),), 1), m.ProgramDrawn)
    there = job.ask(m.Infer(RUN, 5, right.x[0], 60), m.Inferred)
    assert there.values["source"].mean() > told.values["source"].mean() + 0.3
    assert told.again.shape == (12, 28, 28)
    assert told.ranks is not None
    assert all(counts.sum() == 40 and len(counts) == 8 for counts in told.ranks.values())
    assert seen[-1].share == pytest.approx(1.0)
    assert np.array_equal(told.seen, drawn.x[0])
    blurred = job.ask(m.Infer(RUN, 3, drawn.x[0], 10, noise=0.5), m.Inferred)
    assert not np.array_equal(blurred.seen, drawn.x[0])


def test_scenes_and_shapes_have_numbers_too() -> None:
    for data in ("shapes", "scenes"):
        opened_ = opened(data, **({"examples": 100} if data == "scenes" else {}))
        told = opened_.ask(m.DrawProgram(RUN, 1, (), 2), m.ProgramDrawn)
        assert len(told.values) >= 6


def test_what_cannot_be_drawn_or_inferred_is_refused() -> None:
    job = opened(program="trees")
    with pytest.raises(BadInput, match="angle is a number"):
        job.ask(m.DrawProgram(RUN, 1, (("angle", 400.0),)), m.ProgramDrawn)
    with pytest.raises(BadInput, match="Did you mean"):
        job.ask(m.DrawProgram(RUN, 1, (("angel", 20.0),)), m.ProgramDrawn)
    with pytest.raises(BadInput, match="by no program"):
        opened("digits").ask(m.DrawProgram(RUN, 1), m.ProgramDrawn)
    with pytest.raises(BadInput, match="draws can be asked"):
        job.ask(m.Infer(RUN, 1, np.zeros((28, 28), np.uint8), 0), m.Inferred)
