"""A trainer counts steps; whose turn it is, and how many steps fit into some seconds, is said from outside."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import finish
from dgm_studio.engine.runs.memo import Memo, Note
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.schedule.turns import Order, Turn, Turns
from dgm_studio.protocol.spec import DataChoice, RunSpec


def opened(name: str = "r") -> Run:
    spec = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
    return finish(open_run(name, spec, DataCache(), lambda _: None))


@pytest.mark.parametrize("slices", [(12,), (1, 11), (5, 0, 4, 3)])
def test_the_same_weights_come_out_however_steps_are_cut_into_slices(slices: tuple[int, ...]) -> None:
    whole, cut = opened(), opened()
    whole.trainer.train(12)
    for steps in slices:
        cut.trainer.train(steps)
    assert cut.step == whole.step == 12
    states = whole.trainer.model.state_dict(), cut.trainer.model.state_dict()
    assert all(torch.equal(tensor, states[1][key]) for key, tensor in states[0].items())


def test_a_slice_holds_the_steps_that_fit_and_no_more_than_were_asked_for() -> None:
    turn = Turn(Order(steps=50))
    assert turn.steps(0.008) == 1  # nothing is known of its steps yet
    turn.took(1, 0.1)
    assert turn.steps(0.008) == 1
    turn.took(1, 0.001)
    assert turn.steps(0.0081) == 8
    turn.took(8, 0.008)
    assert turn.steps(1.0) == 40
    turn.took(40, 0.04)
    assert turn.order.spent


def test_seconds_that_are_left_bound_a_slice() -> None:
    turn = Turn(Order(seconds=0.02), step_seconds=0.001)
    assert turn.steps(0.05) == 20
    turn.took(19, 0.019)
    assert turn.steps(0.05) == 1
    assert not turn.order.spent
    turn.took(1, 0.0011)
    assert turn.order.spent


def test_one_slow_slice_hardly_changes_how_many_steps_fit() -> None:
    turn = Turn(Order(), step_seconds=0.001)
    turn.took(8, 0.016)
    assert turn.steps(0.008) == 6


def test_whoever_had_least_is_next_and_a_late_comer_does_not_catch_up() -> None:
    turns, a, b = Turns(), opened("a"), opened("b")
    turns.begin(a, Order(), [])
    a.trainer.phase = "training"
    for _ in range(3):
        turns.take(a, 0.0)
    turns.begin(b, Order(), [a])
    b.trainer.phase = "training"
    assert turns.had("b") == turns.had("a") > 0
    turns.take(a, 0.0)
    assert turns.next([a, b]) is b
    assert (a.step, b.step) == (4, 0)


def test_a_memo_knows_what_it_was_found_of_and_keeps_the_newest() -> None:
    memo, one, few = Memo(), Note[int]("one"), Note[str]("few", most=2)
    memo.keep(one, 3, of=(0, 7))
    assert memo.find(one, of=(0, 7)) == 3
    assert memo.find(one, of=(1, 7)) is None
    memo.keep(one, 4, of=(1, 7))
    assert memo.find(one, of=(0, 7)) is None
    for name in "abc":
        memo.keep(few, name, of=name)
    assert [memo.find(few, of=name) for name in "abc"] == [None, "b", "c"]
    memo.drop(one)
    assert memo.find(one, of=(1, 7)) is None
