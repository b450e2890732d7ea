"""Telling: progress, curves and history of runs, at a bounded rate, at once when nothing else is to be done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dgm_studio.contract import Loading
from dgm_studio.protocol import messages as m

from .. import catalogue, devices
from ..runs.recorder import Recorder
from ..runs.run import Run
from .governor import Governor

PROGRESS_EVERY, CURVES_EVERY = 0.25, 0.5


@dataclass
class Reported:
    """When and at which step a run's progress and curves were last told."""

    progress_at: float = 0.0
    step: int = -1
    rate: float = 0.0
    curves_at: float = 0.0
    curves: tuple[int, int, int, int] = (-1, 0, 0, 0)


def measure_curves(recorder: Recorder) -> dict[str, m.Curve]:
    """The curves of measures in the order of the catalogue, each with its topic and rank; those it does not know last."""
    curves, known = recorder.measure_curves(), catalogue.measures()
    placed = {
        name: replace(curves[name], topic=one.topic, rank=one.rank, training=one.training)
        for name, one in known.items()
        if name in curves
    }
    return placed | {name: curve for name, curve in curves.items() if name not in placed}


class ProgressReporter:
    """Emits what changed of each run since it was last told."""

    def __init__(self, emit: Callable[[m.Event], None], governor: Governor) -> None:
        self._emit, self._governor = emit, governor
        self._told: dict[str, Reported] = {}

    def forget(self, name: str) -> None:
        """The next `tell` of this run tells everything."""
        self._told.pop(name, None)

    def begin(self, run: Run) -> None:
        """Training begins: the rate is counted from here."""
        self._told[run.name] = Reported(step=run.step, progress_at=time.perf_counter())
        self._progress(run, rate=0.0)

    def tell(self, run: Run, *, force: bool = False, at_rest: bool = False) -> None:
        """Tell what changed when it is time to, or in any case (``force``), or as nothing else is to do (``at_rest``)."""
        now = time.perf_counter()
        told = self._told.setdefault(run.name, Reported())
        if force or (run.step != told.step and (at_rest or now - told.progress_at > PROGRESS_EVERY)):
            if run.trainer.phase == "training" and 0 <= told.step < run.step:
                told.rate = (run.step - told.step) / (now - told.progress_at)
            told.progress_at, told.step = now, run.step
            self._progress(run, rate=told.rate if run.trainer.phase == "training" else 0.0)
        recorder = run.trainer.recorder
        stamp = (
            run.step,
            len(recorder.snapshots),
            sum(len(s.steps) for s in recorder.measures.values()),
            run.shown.version,
        )
        if force or (stamp != told.curves and (at_rest or now - told.curves_at > CURVES_EVERY)):
            told.curves_at, told.curves = now, stamp
            self._emit(m.Curves(run.name, run.step, recorder.loss_curves(), measure_curves(recorder)))
            steps = np.array([s.step for s in recorder.snapshots], np.int64)
            self._emit(m.History(run.name, run.step, steps, run.shown.rewound.step if run.shown.rewound else None))

    def _progress(self, run: Run, *, rate: float) -> None:
        device, trainer = devices.title(run.device), run.trainer
        self._emit(
            m.Progress(run.name, run.step, trainer.phase, rate, self._governor.spent, trainer.seconds, device,
                       passes=trainer.passes)
        )  # fmt: skip

    def loading(self, name: str, loading: Loading) -> None:
        """How far the data of a run are loaded."""
        fraction = loading.done / loading.total if loading.total else None
        self._emit(m.Progress(name, 0, "loading", 0.0, 0.0, 0.0, "", loading.what or "loading the data", fraction))
