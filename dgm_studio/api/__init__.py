"""The program as a library: train, sample, ask and measure with plain numpy in and out, and no window.

>>> import dgm_studio.api as dgm
>>> run = dgm.train("8-gaussians", "kde", steps=1)
>>> run.log_density(run.sample(100)).shape
(100,)
"""

from .comparing import MeasuredRuns, compare
from .data import TrainingData, data
from .job import BadInput, Failure
from .run import MeasuredValue, Run, TrainingProgress, open, train

__all__ = [
    "BadInput",
    "Failure",
    "MeasuredRuns",
    "MeasuredValue",
    "Run",
    "TrainingData",
    "TrainingProgress",
    "compare",
    "data",
    "open",
    "train",
]
