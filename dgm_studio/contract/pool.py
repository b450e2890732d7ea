"""Examples that a model may begin with: those of the source that samples start from in place of noise, and of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .data import Batch, Units
from .work import Rng


@dataclass(frozen=True, eq=False)
class ExamplePool:
    """Examples of one data set in data units, to be drawn in the model ``units`` of the run.

    ``title`` is what to call them. Their labels say what is followed on the way, of which there are so many ``parts`` with
    these names: their classes, or parts of the plane where points have none. ``log_density`` maps x (n, *event) in model units
    to exact nats (n,), where the law of the examples is known.
    """

    title: str
    examples: Batch
    units: Units
    parts: tuple[str, ...] = ()
    log_density: Callable[[Tensor], Tensor] | None = None

    def draw(self, n: int, rng: Rng) -> Batch:
        """``n`` examples in model units on the generator's device, any of them more than once."""
        which = torch.randint(len(self.examples), (n,), generator=rng, device=rng.device).to(self.examples.x.device)
        drawn = self.examples.take(which)
        return Batch(self.units.to_model(drawn.x), which, drawn.label).to(rng.device)
