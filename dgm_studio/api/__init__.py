"""The program as a library: train, sample, ask and measure with plain numpy in and out, and no window.

In Jupyter a run that stands at the end of a cell shows its samples, and a comparison its table. The same seed on the same
machine gives the same weights and samples, bit for bit, as the window gives.

>>> import numpy as np
>>> import dgm_studio.api as dgm
>>> run = dgm.train(dgm.data("moons", examples=500), "flow", steps=20, batch=64, seed=0)
>>> x = run.sample(100, seed=1)                      # in data units
>>> x.shape
(100, 2)
>>> run.density_kind, run.log_density(x).shape       # nats
('exact', (100,))
>>> z = run.encode(x)                                # latents, by the encoder or else a search
>>> bool(np.allclose(run.decode(z), x, atol=1e-3))
True
>>> run.inpaint([0.5, 0.0], [0, 1], 20).shape        # points whose first number is known
(20, 2)
>>> run.evaluate("sliced_wasserstein")["sliced_wasserstein"].value > 0
True
"""

from .comparing import MeasuredRuns, compare
from .data import TrainingData, data
from .job import BadInput, Failure
from .results import DrawnSamples, Interpolation, MeasuredValue, TrainingProgress
from .run import Run
from .training import open, train

__all__ = [
    "BadInput",
    "DrawnSamples",
    "Failure",
    "Interpolation",
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
