"""How much the loss still varies from step to step late in training.

The standard deviation of the loss of a step around a line through the last quarter of the curve. Where points of the curve are
means of several steps the deviation is that of a step, as if steps were independent. Losses of two families are different
things: the number is one to compare settings of one family by.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.language import tr
from dgm_studio.protocol.spec import KINDS

LEAST = 16
"""Points of the last quarter below which there is none."""


def late_spread(steps: Tensor, losses: Tensor) -> tuple[float, float]:
    """Standard deviation of one step's loss, and the standard error of that, from a curve of means (k,) at steps (k,)."""
    late = len(losses) - len(losses) // 4
    x, y = steps[late:].double(), losses[late:].double()
    stride = float((x[-1] - x[0]) / (len(x) - 1))
    line = torch.stack([torch.ones_like(x), (x - x.mean()) / (x[-1] - x[0])], 1)
    rest = y - line @ torch.linalg.lstsq(line, y[:, None]).solution[:, 0]
    freedom = len(x) - 2
    deviation = float((rest.square().sum() / freedom * max(stride, 1.0)).sqrt())
    return deviation, deviation / (2 * freedom) ** 0.5


def _late(evidence: Evidence) -> Measurement:
    assert evidence.losses is not None
    return Measurement(*late_spread(*evidence.losses))


MEASURE = Measure(
    name="late_loss",
    title="Late spread of the loss",
    unit="",
    help="Standard deviation of the loss from step to step in the last quarter of training, around its trend.",
    reference="measured here",
    lower_is_better=True,
    topic="training",
    applies=lambda evidence: evidence.losses is not None and len(evidence.losses[1]) // 4 >= LEAST,
    work=Measure.at_once(_late),
    kinds=KINDS,
    say=lambda m: tr("Late in training the loss varies by {value:.2g} from step to step.", value=m.value),
    spoken=False,
)
