"""A density of the plane under a context, log p(x | c) for every subset of its slots, and the `Source` made of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Batch, ContextSlot, DataSet, DataSpec, Loading, Rng, Settings, Source
from dgm_studio.contract.context import context_width, encoded
from dgm_studio.data.shared.density import HELD_OUT, PREVIEW, TRAIN, PointParams, streams

DrawGiven = Callable[[int, Rng], tuple[Tensor, Mapping[str, Tensor]]]


@dataclass(frozen=True)
class ConditionalDensity:
    """A law over points of the plane and the values of ``slots``.

    ``draw(n, rng)`` gives points (n, 2) float32 and the value (n,) of each slot by name, a number or a position among its
    values. ``log_given(x, context)`` maps points (n, 2), float32 or float64, and contexts (n, width) to log p(x | c) in nats
    (n,), whatever is free. ``entropy`` is that of the points when everything is, in nats.
    """

    slots: tuple[ContextSlot, ...]
    draw: DrawGiven
    log_given: Callable[[Tensor, Tensor], Tensor]
    entropy: float

    def sample(self, n: int, rng: Rng) -> Batch:
        """``n`` fresh points with their contexts."""
        x, values = self.draw(n, rng)
        return Batch.of(x, context=encoded(self.slots, values))

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x) in nats (n,) when nothing is given."""
        return self.log_given(x, torch.zeros(len(x), context_width(self.slots)))


def given_set(name: str, density: ConditionalDensity, examples: int, rng: Rng) -> DataSet:
    """Training and held-out points of a density under a context; endless where ``examples`` is 0."""
    train, held_out = streams(rng, 2)
    return DataSet(
        name=name,
        spec=DataSpec((2,), context=density.slots),
        train=density.sample(examples or TRAIN, train),
        held_out=density.sample(HELD_OUT, held_out),
        fresh=None if examples else density.sample,
        log_density=density.log_density,
        log_density_given=density.log_given,
        entropy=density.entropy,
    )


def given_source(name: str, title: str, help: str, density: Callable[[], ConditionalDensity]) -> Source:
    """The catalogue entry of such a density; ``density`` makes it when it is first needed."""

    def load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
        assert isinstance(params, PointParams)
        yield Loading(0, 1, "drawing points")
        return given_set(name, density(), params.examples, rng)

    return Source(
        name, title, help, "points", PointParams, load, preview=lambda rng: given_set(name, density(), PREVIEW, rng)
    )
