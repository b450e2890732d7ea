"""Policies: regression goes through the middle, plans that keep their noise keep their side, and what cannot be is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.api.job import RUN, BadInput, Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

GIVEN = (("start_x", -1.0), ("start_y", 0.0), ("goal_y", 0.0), ("obstacle_x", 0.0), ("obstacle_y", 0.0))


@pytest.fixture(scope="module")
def policy() -> Job:
    job = Job()
    job.open(RunSpec(data=DataChoice(name="detours"), conditional=True, config={"width": 64}, training={"batch": 128}))
    job.ask(m.Train(RUN, steps=400), m.Finished)
    return job


def test_regression_goes_through_the_middle_and_collides(policy: Job) -> None:
    told = policy.ask(m.Regress(RUN, 1, GIVEN), m.Regressed)
    assert told.x.shape == (16, 2)
    assert np.abs(told.x[:, 1]).max() < 0.15  # the obstacle's radius is a quarter
    assert told.blocked_collisions > 0.8
    again = policy.ask(m.Regress(RUN, 2, GIVEN), m.Regressed)
    assert np.array_equal(told.x, again.x)


def test_plans_of_the_same_noise_keep_their_side_and_others_dither(policy: Job) -> None:
    kept, other = (policy.ask(m.Rollout(RUN, i, GIVEN, 0.1, i == 1, 100), m.RolledOut) for i in (1, 2))
    for told in (kept, other):
        assert len(told.tracks) == len(told.changes) == len(told.collided) == len(told.arrived) == 100
        assert np.allclose(told.tracks[:, 0], (-1, 0))
        assert told.arrived.any()
        assert len(told.plans) == len(told.turned) > 5
        assert all(plan.shape[1:] == (16, 2) for plan in told.plans)
        assert (np.diff(told.turned) > 0).all()
    # a walk of other noise changes sides about twice, one of the same hardly ever
    assert other.changes.mean() - kept.changes.mean() > 0.5
    same = policy.ask(m.Rollout(RUN, 3, GIVEN, 0.1, True, 100), m.RolledOut)
    assert np.array_equal(same.tracks, kept.tracks)


def test_what_cannot_be_is_refused_with_the_cure(policy: Job) -> None:
    with pytest.raises(BadInput, match="give goal_y"):
        policy.ask(m.Rollout(RUN, 4, tuple(pair for pair in GIVEN if pair[0] != "goal_y")), m.RolledOut)
    with pytest.raises(BadInput, match=r"for 0.05 to 4 each"):
        policy.ask(m.Rollout(RUN, 5, GIVEN, 0.001), m.RolledOut)
    job = Job()
    job.open(RunSpec(data=DataChoice(name="detours"), family="kde"))
    with pytest.raises(BadInput, match="learned no situations"):
        job.ask(m.Rollout(RUN, 6, GIVEN), m.RolledOut)
    moons = Job()
    moons.open(RunSpec(family="kde"))
    with pytest.raises(BadInput, match="no paths around an obstacle"):
        moons.ask(m.Regress(RUN, 7, GIVEN), m.Regressed)
