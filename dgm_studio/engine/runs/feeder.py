"""The feeder: training batches in model units, each a function of (seed, step) alone.

Endless data comes in fresh chunks of which a batch is a slice; finite data in a new order every epoch. Either way the
examples stay on the device and a batch costs microseconds. Pictures stay bytes until they are in a batch: all of them as
floats would be four times as large, for every run on them.
"""

from __future__ import annotations

import torch

from dgm_studio.contract import Batch, DataSet, DataSpec, Units, rng_for

CHUNK = 16384
"""Fresh examples that are drawn at once, at most; ``VALUES`` is the most numbers in them."""
VALUES = 1 << 18
_FRESH, _ORDER = 101, 102


class Feeder:
    """Batches of ``data`` on ``device``, labelled with what a model of ``spec`` is given: classes, a context or nothing."""

    def __init__(self, data: DataSet, units: Units, device: torch.device, seed: int, spec: DataSpec) -> None:
        self._data, self._units, self._device, self._seed, self._spec = data, units, device, seed, spec
        self._held: Batch | None = None
        self._key: tuple[int, int] = (-1, -1)
        self._order = torch.empty(0, dtype=torch.long)
        if data.fresh is None:
            train = self._strip(data.train)
            x = units.to_model(train.x) if train.x.is_floating_point() else train.x
            self._held = Batch(x, train.index, train.label).to(device)

    @property
    def nbytes(self) -> int:
        """Bytes of the examples that it holds."""
        return 0 if self._held is None else self._held.x.nbytes

    def _strip(self, batch: Batch) -> Batch:
        if self._spec.context:
            return Batch(batch.x, batch.index, batch.context)
        return Batch(batch.x, batch.index, batch.label if self._spec.classes else None)

    def batch(self, step: int, size: int) -> Batch:
        """The batch of a step. With fewer examples than ``size`` some come twice."""
        if self._data.fresh is not None:
            return self._slice_of_fresh(step, size)
        assert self._held is not None
        n = len(self._held)
        per_epoch = max(1, n // size)
        key = (step // per_epoch, size)
        if key != self._key:
            rng = rng_for(self._seed, _ORDER, key[0])
            order = torch.randperm(n, generator=rng) if n >= size else torch.randint(n, (size,), generator=rng)
            self._order, self._key = order.to(self._device), key
        start = (step % per_epoch) * size
        batch = self._held.take(self._order[start : start + size])
        return batch if batch.x.is_floating_point() else Batch(self._units.to_model(batch.x), batch.index, batch.label)

    def _slice_of_fresh(self, step: int, size: int) -> Batch:
        per_chunk = max(1, min(CHUNK, VALUES // self._spec.size) // size)
        key = (step // per_chunk, size)
        if key != self._key:
            assert self._data.fresh is not None
            drawn = self._strip(self._data.fresh(per_chunk * size, rng_for(self._seed, _FRESH, key[0])))
            self._held = Batch(self._units.to_model(drawn.x), drawn.index, drawn.label).to(self._device)
            self._key = key
        assert self._held is not None
        start = (step % per_chunk) * size
        return self._held.take(slice(start, start + size))
