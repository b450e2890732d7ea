"""The state to go back to is one after which nothing went wrong."""

from __future__ import annotations

import math

import torch

from dgm_studio.contract import finish
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.safekeeping import Safekeeping
from dgm_studio.engine.runs.trainer import Diverged
from dgm_studio.protocol.spec import DataChoice, RunSpec


def kept(losses: list[float], seconds: float = 1e-3) -> int:
    """The step gone back to after such losses, one a step."""
    keeping = Safekeeping(0, {"w": torch.zeros(1)})
    for step, loss in enumerate(losses, 1):
        keeping.saw([loss])
        keeping.offer(step, step * seconds, lambda step=step: {"w": torch.full((1,), float(step))})
    assert float(keeping.state["w"]) == keeping.step
    return keeping.step


def test_a_state_is_kept_after_a_few_steps_and_then_ever_more_rarely() -> None:
    assert kept([1.0] * 9) == 0
    assert kept([1.0] * 20) == 10
    assert 600 < kept([1.0 / k for k in range(1, 1001)]) < 1000


def test_slow_steps_are_kept_by_the_clock() -> None:
    assert kept([1.0] * 9, seconds=1.0) == 6


def test_nothing_is_kept_while_losses_run_away_however_finite() -> None:
    calm = [1.0 + 0.1 * math.sin(k) for k in range(60)]
    away = [1.3**k for k in range(60)]
    assert kept(calm + away) <= 60
    assert kept([2.0, 30.0, 400.0, 5e3, 6e4] + [1e5 * 2**k for k in range(60)]) == 0


def test_likelihoods_about_zero_and_single_outliers_are_no_alarm() -> None:
    about = [0.3 * math.sin(3 * k) + (50.0 if k % 17 == 0 else 0.0) for k in range(200)]
    assert kept(about) > 100


def test_a_gan_that_comes_apart_goes_back_to_where_it_was_sound() -> None:
    """At a rate ten times too high the hinge loss without penalties leaves all bounds within a hundred steps."""
    config = {"loss": "hinge", "r1": 0.0, "r2": 0.0}
    spec = RunSpec(data=DataChoice(name="moons"), family="gan", config=config, training={"learning_rate": 0.1})
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    try:
        for _ in range(100):
            run.trainer.train(10)
    except Diverged:
        step = run.trainer.restore()
    else:
        raise AssertionError("it did not diverge")
    run.retune(spec.with_(training={"learning_rate": 0.01}))
    run.trainer.train(200)
    assert run.step == step + 200
