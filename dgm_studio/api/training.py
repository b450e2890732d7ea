"""Making runs: a family trained on data, or a run that was saved.

>>> import dgm_studio.api as dgm
>>> run = dgm.train("moons", "kde", steps=2)
>>> run.family, run.step
('kde', 2)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dgm_studio.protocol.spec import RunSpec

from .data import TrainingData, data
from .job import Job
from .results import TrainingProgress
from .run import Run

TRAINING = ("batch", "learning_rate")


def train(
    on: TrainingData | str,
    family: str,
    *,
    source: TrainingData | str | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    conditional: bool = False,
    device: str = "auto",
    progress: Callable[[TrainingProgress], object] | None = None,
    **config: Any,
) -> Run:
    """A model of a family, trained on data.

    Args:
        on: made by `data`, or the name of a set.
        family: a name of `dgm-studio list families`.
        source: other data that samples start from in place of noise, for families that take some.
        steps: optimiser steps; the recipe's own where neither these nor ``seconds`` are given.
        seconds: how long to train instead.
        seed: of weights, batches and noise.
        conditional: learn the classes of the data, where the family can.
        device: "auto", "cpu", "cuda" or "mps".
        progress: called a few times a second.
        config: settings of the family, and ``batch`` and ``learning_rate``; what is left out is the recipe's.

    Raises:
        BadInput: data, a family or a setting that there is not, with the cure.
        Failure: training came apart, or the machine gave out.
    """
    chosen = on if isinstance(on, TrainingData) else data(on)
    begin = data(source) if isinstance(source, str) else source
    spec = RunSpec(
        data=chosen.choice,
        source=None if begin is None else begin.choice,
        family=family,
        config={key: value for key, value in config.items() if key not in TRAINING},
        training={key: value for key, value in config.items() if key in TRAINING},
        conditional=conditional or chosen.choice.clusters > 0,
        seed=seed,
        device=device,
    )
    run = untrained(spec, (chosen, begin))
    return run.train(steps, seconds=seconds, progress=progress) if steps != 0 else run


def untrained(spec: RunSpec, kept: object = None) -> Run:
    """A run of these settings before its first step; ``kept`` is what has to be there as long as it is. Raises BadInput."""
    job = Job()
    return Run(job, job.open(spec), spec, kept)


def open(path: str | Path) -> Run:
    """A run that was saved. Raises BadInput for a file that cannot be read."""
    job = Job()
    return Run(job, job.load(Path(path)))
