"""What a weighted pool is worth is told with the samples that were drawn from it."""

from __future__ import annotations

import pytest

from dgm_studio.contract import finish
from dgm_studio.engine.jobs.showing import samples
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


def effective(sampler: str, temperature: float, portion: int | None = None) -> float | None:
    spec = RunSpec(data=DataChoice(name="moons"), family="kde").with_sampling(sampler=sampler, temperature=temperature)
    run = finish(open_run("r", spec, DataCache(), lambda _: None))
    run.shown.portion = portion or run.shown.portion
    told: list[m.Event] = []
    for _ in samples(run, told.append, count=60, seed=0, keep_path=False, live=False):
        pass
    last = told[-1]
    assert isinstance(last, m.Samples)
    return last.effective


@pytest.mark.parametrize("portion", [None, 25])
def test_a_colder_pool_is_worth_less(portion: int | None) -> None:
    cold, cool = effective("tempered", 0.3, portion), effective("tempered", 0.8, portion)
    assert cold is not None
    assert cool is not None
    assert 0 < cold < cool < 1


def test_samples_of_the_model_itself_have_no_pool() -> None:
    assert effective("pick", 1.0) is None
