"""Network passes are counted, whatever the network."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dgm_studio.contract import finish
from dgm_studio.engine.jobs import gathering
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.passes import Passes
from dgm_studio.protocol.spec import DataChoice, RunSpec


def test_a_pass_is_a_pass_however_many_modules_there_are() -> None:
    net = nn.Sequential(nn.Linear(2, 8), nn.SiLU(), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 2))
    passes = Passes()
    for _ in range(3):
        with passes:
            net(torch.zeros(1, 2))
    net(torch.zeros(1, 2))  # outside
    assert passes.count == 3


def test_what_is_used_more_often_than_the_rest_does_not_count_alone() -> None:
    large, small = nn.Linear(64, 64), nn.Linear(2, 2)
    passes = Passes()
    with passes:
        large(torch.zeros(1, 64))
        for _ in range(9):
            small(torch.zeros(1, 2))
    assert passes.count == 1
    assert Passes().count == 0


@pytest.mark.parametrize(
    ("family", "knobs", "passes"), [("diffusion", {"steps": 18}, 35), ("few-step", {}, 1), ("rbm", {}, 0)]
)
def test_a_step_of_a_sampler_may_take_several_passes(family: str, knobs: dict[str, int], passes: int) -> None:
    spec = RunSpec(data=DataChoice(name="moons"), family=family, conditional=False)
    spec = spec.with_(sampling=spec.sampling.model_copy(update={"knobs": knobs}))
    run = finish(open_run("r", spec, DataCache(), lambda _: None))
    assert finish(gathering.count_passes(run, run.sampler())) == passes
    assert not list(gathering.count_passes(run, run.sampler())), "they are counted once"


def test_a_step_of_training_counts_its_passes_once() -> None:
    """A GAN runs its networks several times a step; the count is there after one step and costs nothing after it."""
    run = finish(open_run("r", RunSpec(data=DataChoice(name="moons"), family="gan"), DataCache(), lambda _: None))
    assert run.trainer.passes == 0
    run.trainer.train(1)
    counted = run.trainer.passes
    assert counted >= 2
    run.trainer.train(3)
    assert run.trainer.passes == counted
