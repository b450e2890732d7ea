"""The number for the samples on screen, and the rounds of measuring: a first small one, then all."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.engine.jobs import gathering, measuring
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


class Bench:
    def __init__(self, spec: RunSpec, live: bool = False) -> None:
        self.backend = InlineBackend(live=live)
        self.backend.start()
        self.backend.send(m.Open("a", spec))
        self.until(m.Opened)

    def until(self, kind: type[m.Event]) -> m.Event:
        return self.backend.run_until(lambda e: isinstance(e, kind), 120)

    def ask(self, intent: m.Intent, kind: type[m.Event]) -> m.Event:
        self.backend.send(intent)
        return self.until(kind)

    @property
    def run(self):
        return self.backend.engine.run("a")


def test_samples_say_how_close_they_are_and_worse_ones_say_so_at_once() -> None:
    spec = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
    bench = Bench(spec)
    bench.ask(m.Train("a", steps=300), m.Finished)
    good = bench.ask(m.Sample("a", 1000, 0, 1), m.Samples).close
    assert good is not None
    assert 0 < good.floor < 0.3
    bench.ask(m.Edit("a", spec.with_sampling(temperature=0.05)), m.Edited)
    cold = bench.ask(m.Sample("a", 1000, 0, 2), m.Samples).close
    assert cold is not None
    assert cold.distance > good.distance + 0.2
    assert cold.floor == good.floor


def test_data_of_known_modes_count_those_that_have_samples() -> None:
    bench = Bench(RunSpec(data=DataChoice(name="25-gaussians"), family="kde"))
    close = bench.ask(m.Sample("a", 1000, 0, 1), m.Samples).close
    assert close is not None
    assert close.of_modes == 25
    assert 0 <= close.modes <= 25


def test_pictures_and_few_points_say_nothing() -> None:
    bench = Bench(RunSpec(data=DataChoice(name="digits"), family="kde"))
    assert bench.ask(m.Sample("a", 64, 0, 1), m.Samples).close is None
    bench = Bench(RunSpec(data=DataChoice(name="moons"), family="kde"))
    assert bench.ask(m.Sample("a", 5, 0, 1), m.Samples).close is None


def test_the_first_round_of_measures_is_small_and_what_follows_sharpens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    depths = []
    gather = measuring.gather

    def noted(run, depth=gathering.AT_REST, against=None):
        depths.append(depth)
        return gather(run, depth, against)

    monkeypatch.setattr(measuring, "gather", noted)
    bench = Bench(RunSpec(data=DataChoice(name="moons"), family="flow"), live=True)
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    bench.backend.send(m.Train("a"))
    first = bench.until(m.Measured)
    assert "gap" in first.values
    bench.until(m.Measured)
    bench.ask(m.Pause("a"), m.Progress)
    while depths[-1] is not gathering.AT_REST:
        bench.until(m.Measured)
    assert depths[:2] == [gathering.FIRST_LOOK, measuring.WHILE_TRAINING]


def test_measures_are_of_the_step_at_which_they_were_begun() -> None:
    bench = Bench(RunSpec(data=DataChoice(name="moons"), family="flow"))
    run = bench.run
    told: list[m.Event] = []
    run.trainer.phase = "training"
    run.trainer.train(20)
    begun = run.step
    work = measuring.measure(run, told.append)
    for _ in work:
        run.trainer.train(1)
    (measured,) = told
    assert measured.step == begun < run.step
    assert np.isfinite(measured.values["gap"]["value"])
