"""Answers to a mask can be gone on from at any step; a run can be kept beside the live one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dgm_studio.contract import finish
from dgm_studio.engine.errors import UserError
from dgm_studio.engine.jobs import filling
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.runs.trajectories import TrajectoryCache
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(scope="module")
def run() -> Run:
    spec = RunSpec(data=DataChoice(name="digits"), family="diffusion")
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(5)
    return run


def asked(run: Run, ticket: int, **changes: object) -> m.Fill:
    image = run.units.array(run.units.to_model(run.data.train.x[:1]))[0]
    mask = np.zeros((8, 8), np.float32)
    mask[4:] = 1
    defaults = {"image": image, "mask": mask, "count": 2, "seed": 1, "method": "replacement"}
    return m.Fill("run", ticket=ticket, **{**defaults, **changes})


def answered(run: Run, intent: m.Fill) -> m.Filled:
    events: list[m.Event] = []
    finish(filling.fill(run, events.append, intent))
    last = events[-1]
    assert isinstance(last, m.Filled)
    return last


def test_going_on_from_a_step_with_the_same_seed_ends_the_same(run: Run) -> None:
    whole = answered(run, asked(run, 1))
    assert whole.numbers is not None
    middle = int(whole.numbers[len(whole.numbers) // 2])
    again = answered(run, asked(run, 2, branch=(1, middle)))
    assert np.array_equal(whole.x, again.x)
    assert np.array_equal(whole.path, again.path)
    other = answered(run, asked(run, 3, branch=(1, middle), seed=9))
    assert not np.array_equal(whole.x, other.x)
    assert other.path is not None
    assert whole.path is not None
    assert np.array_equal(whole.path[: middle + 1], other.path[: middle + 1])


def test_a_mask_of_nothing_gives_the_picture_back_by_no_way(run: Run) -> None:
    given = asked(run, 10, mask=np.zeros((8, 8), np.float32))
    told = answered(run, given)
    assert (told.method, told.honesty, told.done) == ("", "", True)
    assert np.array_equal(told.x, np.broadcast_to(given.image, (2, 8, 8)))


def test_going_on_with_another_mask_keeps_what_it_knows(run: Run) -> None:
    first = asked(run, 11)
    answered(run, first)
    mask = np.zeros((8, 8), np.float32)
    mask[:, :4] = 1
    other = answered(run, asked(run, 12, branch=(11, 5), mask=mask))
    assert np.array_equal(other.x[:, :, 4:], np.broadcast_to(first.image[:, 4:], (2, 8, 4)))


def test_steps_that_are_gone_or_of_other_size_are_refused(run: Run) -> None:
    answered(run, asked(run, 21))
    with pytest.raises(UserError, match="not kept"):
        answered(run, asked(run, 22, branch=(99, 1)))
    with pytest.raises(UserError, match="as many candidates"):
        answered(run, asked(run, 23, branch=(21, 1), count=3))


def test_as_many_answers_are_kept_as_memory_allows_and_drafts_take_none_of_it(run: Run) -> None:
    for ticket in range(100, 120):
        answered(run, asked(run, ticket))
        answered(run, asked(run, 1000 + ticket, keep=False))
    branched = answered(run, asked(run, 130, branch=(100, 3)))
    assert branched.done
    with pytest.raises(UserError, match="not kept"):
        answered(run, asked(run, 131, branch=(1100, 3)))

    size = run.shown.answers.find(100).nbytes
    few = TrajectoryCache(most_bytes=3 * size)
    for ticket in range(100, 110):
        kept = run.shown.answers.find(ticket)
        assert kept is not None
        few.begin(ticket, kept)
        few.end(ticket)
    assert [few.find(t) is not None for t in range(100, 110)] == 7 * [False] + 3 * [True]


def test_steps_that_are_gone_are_walked_again_from_the_question(run: Run) -> None:
    first = asked(run, 141)
    whole = answered(run, first)
    second = asked(run, 142, branch=(141, 4), origin=first, seed=5)
    there = answered(run, second)
    third = asked(run, 143, branch=(142, 7), origin=second, seed=6)
    expected = answered(run, third)
    run.shown.answers = TrajectoryCache()  # as after many answers, or in another session
    again = answered(run, second)
    assert np.array_equal(again.path, there.path)
    assert np.array_equal(again.path[:5], whole.path[:5])
    run.shown.answers = TrajectoryCache()
    assert np.array_equal(answered(run, third).path, expected.path)


def test_an_answer_that_is_stopped_is_told_as_far_as_it_came_and_can_be_gone_on_from() -> None:
    backend = InlineBackend()
    backend.send(m.Open("run", RunSpec(data=DataChoice(name="digits"), family="diffusion")))
    drain(backend)
    image, mask = np.zeros((8, 8), np.uint8), np.ones((8, 8), np.float32)
    backend.send(m.Fill("run", image, mask, 2, 1, 5, "replacement"))
    for _ in range(9):
        backend.poll()
    backend.send(m.Cancel("run", "fill"))
    (stopped,) = [e for e in backend.poll() if isinstance(e, m.Filled) and e.done]
    assert stopped.stopped
    assert 0 < stopped.progress < 1
    assert stopped.path is not None
    assert stopped.numbers is not None
    assert np.array_equal(stopped.path[-1], stopped.x)
    assert stopped.x.shape == (2, 8, 8)
    drain(backend)
    backend.send(m.Fill("run", image, mask, 2, 1, 6, "replacement", branch=(5, int(stopped.numbers[-1]))))
    on = [e for e in drain(backend) if isinstance(e, m.Filled) and e.done][-1]
    assert np.array_equal(on.path[: len(stopped.path)], stopped.path)
    backend.send(m.Fill("run", image, mask, 2, 1, 7, "replacement", keep=False))
    backend.poll()
    backend.poll()
    backend.send(m.Cancel("run", "fill"))
    (given_up,) = [e for e in backend.poll() if isinstance(e, m.Filled) and e.done]
    assert given_up.stopped
    assert given_up.x.size == 0  # nobody looks at a draft that was given up


def test_strokes_are_a_sketch_that_may_change(run: Run) -> None:
    paint = np.zeros((8, 8, 4), np.uint8)
    paint[2:6, 2:6] = 255
    asked_ = asked(
        run, 31, condition="strokes", strokes=paint, strength=0.5, method=None, mask=np.zeros((8, 8), np.float32)
    )
    told = answered(run, asked_)
    assert told.method == "sdedit"
    assert told.observed is not None
    assert (told.observed[2:6, 2:6] == 255).all()
    untouched = answered(run, asked(run, 32, condition="strokes", strokes=paint, strength=0.0, method=None, count=1))
    assert np.array_equal(untouched.x[0, :4], untouched.observed[:4])
    with pytest.raises(UserError, match="forget"):
        answered(run, asked(run, 33, condition="strokes", strokes=paint, strength=1.5, method=None))


def test_a_measurement_is_all_that_is_known(run: Run) -> None:
    told = answered(run, asked(run, 41, condition="observation", operator="down2", method=None))
    assert told.observed is not None
    blocks = told.observed.reshape(4, 2, 4, 2)
    assert (blocks == blocks[:, :1, :, :1]).all()  # each block of two by two shows its mean
    with pytest.raises(UserError, match="known are"):
        answered(run, asked(run, 42, condition="observation", operator="sharpen", method=None))


def drain(backend: InlineBackend) -> list[m.Event]:
    events = []
    while backend.turn():
        events += backend.poll()
    return events + backend.poll()


def test_a_copy_stays_as_it_is_while_the_other_trains_on(tmp_path: Path) -> None:
    backend = InlineBackend()
    spec = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
    backend.send(m.Open("live", spec))
    drain(backend)
    backend.send(m.Train("live", steps=5))
    drain(backend)
    backend.send(m.Save("live", tmp_path / "kept.dgm"))
    backend.send(m.Load("kept-1", tmp_path / "kept.dgm"))
    drain(backend)
    backend.send(m.Sample("kept-1", 20, 3, 1))
    first = [e for e in drain(backend) if isinstance(e, m.Samples)][-1]
    backend.send(m.Train("live", steps=20))
    drain(backend)
    backend.send(m.Sample("kept-1", 20, 3, 2))
    backend.send(m.Sample("live", 20, 3, 3))
    later = {e.run: e for e in drain(backend) if isinstance(e, m.Samples) and e.done}
    assert np.array_equal(first.x, later["kept-1"].x)
    assert not np.array_equal(first.x, later["live"].x)
