"""Lines, bands and regions of the plane, against the exact law."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.contract import finish
from dgm_studio.engine.errors import UserError
from dgm_studio.engine.jobs import conditioning
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(scope="module")
def run() -> Run:
    spec = RunSpec(data=DataChoice(name="moons"), family="kde")
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(60)
    return run


def answer(run: Run, intent: m.ConditionalSlice | m.RegionQuery) -> m.Event:
    events: list[m.Event] = []
    job = conditioning.given if isinstance(intent, m.ConditionalSlice) else conditioning.within
    finish(job(run, events.append, intent))
    return events[-1]


@pytest.mark.parametrize(("low", "high"), [(0.4, 0.4), (0.0, 1.0)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_good_model_stays_near_the_exact_conditional(run: Run, axis: int, low: float, high: float) -> None:
    told = answer(run, m.ConditionalSlice("run", axis, low, high, 1, 7, count=400))
    assert isinstance(told, m.ConditionalSliceResult)
    assert told.ticket == 7
    assert told.samples.shape == (400,)
    assert told.truth is not None
    assert told.model is not None
    width = float(told.grid[1] - told.grid[0])
    assert float(told.truth.sum()) * width == pytest.approx(1, abs=1e-3)
    assert told.distance is not None
    assert told.floor is not None
    assert told.floor < 0.25
    assert told.distance < 0.6
    assert told.method == ("rejection" if low < high else told.method)


def test_a_region_holds_as_much_of_the_model_as_of_the_truth(run: Run) -> None:
    extent = run.extent()
    assert extent is not None
    region = np.zeros((32, 32), bool)
    region[16:] = True
    told = answer(run, m.RegionQuery("run", region, extent, 1, 8, count=500))
    assert isinstance(told, m.RegionResult)
    middle = (extent[2] + extent[3]) / 2
    assert told.samples[:, 1].min() >= middle - 1e-5
    assert told.true_share is not None
    assert told.share == pytest.approx(told.true_share, abs=0.05)
    assert told.distance is not None
    assert told.floor is not None
    assert told.distance < 3 * told.floor


def test_impossible_questions_are_refused(run: Run) -> None:
    with pytest.raises(UserError, match="None of"):
        answer(run, m.ConditionalSlice("run", 0, 90.0, 95.0, 1, 1))
    with pytest.raises(UserError, match="lower to a higher"):
        answer(run, m.ConditionalSlice("run", 0, 2.0, 1.0, 1, 1))
    with pytest.raises(UserError, match="empty"):
        answer(run, m.RegionQuery("run", np.zeros((4, 4), bool), (-1.0, 1.0, -1.0, 1.0), 1, 1))
