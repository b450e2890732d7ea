"""Opening a run: load its data a slice at a time, then build its model."""

from __future__ import annotations

from collections.abc import Callable

from dgm_studio.contract import DataSet, Loading, Work, rng_for
from dgm_studio.data.clustered import clustered
from dgm_studio.protocol.spec import DataChoice, RunSpec

from .. import catalogue
from .run import Run

_DATA = 11


class DataCache:
    """The data sets loaded last, so that another family on the same data does not load them again."""

    def __init__(self, keep: int = 3) -> None:
        self._keep = keep
        self._sets: list[tuple[DataChoice, int, DataSet]] = []

    def load(self, choice: DataChoice, seed: int, tell: Callable[[Loading], None]) -> Work[DataSet]:
        """The data of a choice, in slices. Raises DataError, UnknownName, pydantic.ValidationError."""
        for kept_choice, kept_seed, kept in self._sets:
            if (kept_choice, kept_seed) == (choice, seed):
                return kept
        source = catalogue.source(choice)
        loading = source.load(source.Params(**choice.params), rng_for(seed, _DATA))
        while True:
            try:
                tell(next(loading))
            except StopIteration as stop:
                data: DataSet = stop.value
                break
            yield
        if choice.clusters:
            tell(Loading(0, 0, "finding clusters"))
            yield
            data = clustered(data, choice.clusters)
        if choice.path is None:  # a file may have changed by the next time
            self._sets = [*self._sets, (choice, seed, data)][-self._keep :]
        return data


def open_run(name: str, spec: RunSpec, cache: DataCache, tell: Callable[[Loading], None]) -> Work[Run]:
    """Load and build. Raises what loading raises, and UserError where family and data do not fit."""
    data = yield from cache.load(spec.data, spec.seed, tell)
    source = None if spec.source is None else (yield from cache.load(spec.source, spec.seed, tell))
    tell(Loading(0, 0, "building the model"))
    yield
    return Run(name, spec, data, source=source)
