"""Attacks on classifiers of a run's data: what is moved stays near, who is fooled is counted, and what cannot be is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.api.job import RUN, BadInput, Job
from dgm_studio.nets import discriminative
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough steps to be right and to be fooled."""
    monkeypatch.setattr(discriminative, "LEARNING_STEPS", 80)


def opened(data: str, family: str, **config: object) -> Job:
    job = Job()
    job.open(RunSpec(data=DataChoice(name=data), family=family, conditional=True, config=config))
    job.ask(m.Train(RUN, steps=5), m.Finished)
    return job


def test_images_are_moved_by_no_more_than_was_said_and_a_network_is_fooled() -> None:
    told = opened("digits", "jem").ask(m.Attack(RUN, 1, "net", 0.1, 60), m.Attacked)
    away = told.moved.astype(int) - told.examples.astype(int)
    assert abs(away).max() <= 26  # a tenth of 255, rounded
    before, after = ((p.argmax(1) == told.labels).mean() for p in (told.before, told.after))
    clean, own, moved = told.judged["net"]
    assert (clean, moved) == pytest.approx((before, after))
    assert own == moved
    assert clean - moved > 8 * (0.25 / 60) ** 0.5 * 0.5
    assert set(told.judged) == {"logistic", "net", "robust", "model"}
    assert told.judged["model"][1] is not None  # its own logits can be differentiated
    assert told.judged["robust"][1] > moved
    assert told.to_border is None


def test_given_images_are_moved_away_from_what_is_seen_in_them() -> None:
    job = opened("digits", "kde")
    x = job.ask(m.Attack(RUN, 1, "net", 0.0, 4), m.Attacked).examples[::-1].copy()
    told = job.ask(m.Attack(RUN, 2, "net", 0.1, examples=x), m.Attacked)
    assert np.array_equal(told.examples, x)
    assert np.array_equal(told.labels, told.before.argmax(1))
    assert (told.after[range(4), told.labels] < told.before[range(4), told.labels]).all()


def test_moved_images_are_noised_and_denoised() -> None:
    job = opened("digits", "flow-matching")
    told = job.ask(m.Attack(RUN, 1, "logistic", 0.1, 3, purify=0.2), m.Attacked)
    assert told.purified is not None
    assert told.purified.shape == told.moved.shape
    assert told.purified_right is not None
    assert not np.array_equal(told.purified, told.moved)


def test_the_regions_of_a_network_cover_the_plane_and_steps_to_their_border_are_found() -> None:
    job = opened("moons", "kde")
    told = job.ask(m.Attack(RUN, 1, "logistic", 0.2, 50), m.Attacked)
    assert told.to_border is not None
    assert told.to_border.shape == (50,)
    assert (told.to_border > 0).all()
    job.send(m.Look(RUN, frozenset({"net"}), (-2.0, 2.0, -1.0, 1.0), 32, 1.0))
    fields: list[m.Field] = []
    job.follow(lambda e: isinstance(e, m.Field) and e.layer == "net" and not fields.append(e))
    shares = np.exp(fields[0].values).sum(-1)
    assert fields[0].values.shape[2] == 2
    assert np.allclose(shares, 1, atol=1e-4)
    points = np.array([[0.0, 1.0], [1.0, -0.5]])
    border = job.ask(m.Classify(RUN, points, 2), m.Classified).border
    assert border is not None
    assert border.shape == points.shape
    assert (np.linalg.norm(border - points, axis=1) > 0).all()


@pytest.mark.parametrize(
    ("data", "asked", "said"),
    [
        ("banana", {}, "no classes"),
        ("moons", {"epsilon": 3.0}, "not 3"),
        ("moons", {"count": 0}, "not 0"),
    ],
)
def test_what_cannot_be_attacked_is_refused(data: str, asked: dict[str, object], said: str) -> None:
    job = Job()
    job.open(RunSpec(data=DataChoice(name=data), family="kde"))
    with pytest.raises(BadInput, match=said):
        job.ask(m.Attack(RUN, 1, **asked), m.Attacked)
