"""Loading a source to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dgm_studio.contract import DataSet, Loading, Source, rng_for


@pytest.fixture
def load() -> Callable[..., DataSet]:
    """``load(source, seed=0, **params)`` runs the loading generator and checks its reports on the way."""

    def run(source: Source, seed: int = 0, **params: Any) -> DataSet:
        work = source.load(source.Params(**params), rng_for(seed))
        while True:
            try:
                report = next(work)
            except StopIteration as stop:
                data: DataSet = stop.value
                return data
            assert isinstance(report, Loading)
            assert 0 <= report.done <= max(report.total, report.done)

    return run
