"""What a run holds on to beside its weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from dgm_studio.contract import finish
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.recorder import LEAST, Recorder, share
from dgm_studio.engine.runs.run import Run
from dgm_studio.protocol.spec import DataChoice, RunSpec

DIGITS = RunSpec(data=DataChoice(name="digits"), family="vae")
POINTS = RunSpec(data=DataChoice(name="moons"), family="flow-matching")


def opened(spec: RunSpec) -> Run:
    return finish(open_run("r", spec, DataCache(), lambda _: None))


def recorded(snapshots: int, weights: int) -> Recorder:
    recorder = Recorder()
    for step in range(snapshots):
        recorder.keep(step, {"w": torch.zeros(weights)})
    return recorder


def test_snapshots_of_all_runs_together_are_bounded() -> None:
    small, large = recorded(60, 100), recorded(20, 1000)
    ends = [(r.snapshots[0].step, r.snapshots[-1].step) for r in (small, large)]
    share([small, large], 24_000)
    assert small.size + large.size <= 24_000
    assert len(small.snapshots) > len(large.snapshots) > 5
    assert [(r.snapshots[0].step, r.snapshots[-1].step) for r in (small, large)] == ends


def test_however_little_room_there_is_the_ends_of_a_history_stay() -> None:
    both = [recorded(5, 100), recorded(7, 100)]
    share(both, 0)
    assert [len(recorder.snapshots) for recorder in both] == [LEAST, LEAST]


def test_pictures_stay_bytes_until_they_are_in_a_batch() -> None:
    run = opened(DIGITS)
    assert run.data.train.x.dtype == torch.uint8
    assert run.trainer.feeder.nbytes == run.data.train.x.numel()
    batch = run.trainer.feeder.batch(3, 16)
    assert batch.x.dtype == torch.float32
    assert torch.equal(batch.x, run.units.to_model(run.data.train.x[batch.index]))


def test_a_run_that_has_not_trained_has_nothing_to_go_back_to_and_then_its_beginning() -> None:
    run = opened(POINTS)
    before = run.trainer.model.state_dict()
    assert run.trainer.good is None
    run.trainer.train(1)
    assert run.trainer.good is not None
    assert run.trainer.good.step == 0
    assert all(torch.equal(run.trainer.good.state[key], before[key]) for key in run.trainer.good.state)


def test_a_copy_that_is_drawn_from_while_training_goes_on_does_not_learn() -> None:
    run, built = opened(POINTS), []
    run.trainer.train(5)
    run.trainer.phase = "training"
    build = run.family.build

    def noted(*args: Any) -> Any:
        built.append(build(*args))
        return built[-1]

    run.family = replace(run.family, build=noted)
    run.shown.frozen("density")
    (copy,) = built
    assert not any("optimiser." in key for key in copy.state_dict())
    run.shown.frozen("density")
    assert len(built) == 1
    run.shown.move()
    run.shown.frozen("density")
    assert len(built) == 2, "a copy on another device is of no use"
