"""Sweeping a knob: one point for each value, of the run as it is or trained anew, and what cannot be had says why."""

from __future__ import annotations

import pytest

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


class Bench:
    """A run, trained for some steps."""

    def __init__(self, family: str, steps: int, **changes: object) -> None:
        self.backend = InlineBackend(live=False)
        self.backend.start()
        self.backend.send(m.Open("a", RunSpec(data=DataChoice(name="moons"), family=family).with_(**changes)))
        self.backend.run_until(lambda e: isinstance(e, m.Opened), 120)
        if steps:
            self.backend.send(m.Train("a", steps=steps))
            self.backend.run_until(lambda e: isinstance(e, m.Finished), 120)

    def sweep(self, key: str, *values: float) -> list[m.SweepPoint]:
        self.backend.send(m.Sweep("a", key, values, 5))
        points: list[m.SweepPoint] = []

        def last(event: m.Event) -> bool:
            if isinstance(event, m.SweepPoint):
                points.append(event)
            return isinstance(event, m.Failed) or (isinstance(event, m.SweepPoint) and event.done == event.of)

        event = self.backend.run_until(last, 240)
        assert not isinstance(event, m.Failed), event
        return points


def test_a_knob_of_the_sampler_is_turned_on_the_run_as_it_is() -> None:
    bench = Bench("flow-matching", 200)
    points = bench.sweep("sampling.steps", 2, 4, 8)
    assert [p.value for p in points] == [2, 4, 8]
    assert [p.values["sampler_steps"]["value"] for p in points] == [2, 4, 8]
    likelihoods = {round(p.values["nll"]["value"], 6) for p in points}
    assert len(likelihoods) == 1  # the model is the same
    run = bench.backend.engine.run("a")
    assert run.knobs.steps not in (2, 4)
    assert run.step == 200


def test_a_knob_of_training_is_trained_anew_for_as_many_steps() -> None:
    bench = Bench("flow-matching", 60)
    low, high = bench.sweep("training.learning_rate", 1e-6, 5e-3)
    assert low.values["sliced_wasserstein"]["value"] > high.values["sliced_wasserstein"]["value"]
    assert bench.backend.engine.run("a").step == 60


def test_a_knob_of_a_model_without_weights_changes_what_it_is() -> None:
    fitting, wide = Bench("kde", 4, config={"automatic": False}).sweep("config.bandwidth", 0.1, 2.0)
    assert wide.values["nll"]["value"] > fitting.values["nll"]["value"] + 0.5


def test_the_same_sweep_says_the_same() -> None:
    bench = Bench("flow-matching", 50)
    first, again = (bench.sweep("sampling.temperature", 0.5, 1.5) for _ in range(2))
    assert [p.values["sliced_wasserstein"] for p in first] == [p.values["sliced_wasserstein"] for p in again]


def test_a_value_that_cannot_be_had_says_why_and_the_next_is_tried() -> None:
    points = Bench("flow-matching", 20).sweep("sampling.steps", -3, 4)
    assert points[0].refused
    assert not points[0].values
    assert points[1].values["sampler_steps"]["value"] == 4


def test_a_key_that_is_no_knob_is_refused() -> None:
    bench = Bench("flow-matching", 0)
    bench.backend.send(m.Sweep("a", "family", (1.0,), 5))
    failed = bench.backend.run_until(lambda e: isinstance(e, m.Failed), 60)
    assert "no knob" in failed.message
    assert failed.kind == "sweep"


@pytest.mark.parametrize("key", ["sampling.steps", "training.learning_rate"])
def test_it_is_stopped_at_once(key: str) -> None:
    bench = Bench("flow-matching", 200)
    bench.backend.send(m.Sweep("a", key, (1e-3, 2e-3, 4.0, 8.0), 5))
    for _ in range(3):
        bench.backend.engine.turn()
    bench.backend.send(m.Cancel("a", "sweep"))
    bench.backend.send(m.DensityQuery("a", [[0.0, 0.0]], 6))
    bench.backend.run_until(lambda e: isinstance(e, m.Densities), 60)
    assert not [e for e in bench.backend.poll() if isinstance(e, m.SweepPoint)]
    assert bench.backend.engine.job("a", "sweep") is None
