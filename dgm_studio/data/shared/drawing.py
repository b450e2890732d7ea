"""Picture sets that a small random program draws: from its factors to pictures, in slices."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dgm_studio.contract import Batch, ContextSlot, DataSet, DataSpec, Factors, Loading, Program, Rng
from dgm_studio.contract.context import encoded
from dgm_studio.data.shared.density import streams
from dgm_studio.data.shared.images import image_spec

HELD_OUT_PART = 6
"""One held-out picture for this many training pictures."""


@dataclass(frozen=True)
class PictureProgram(Program):
    """``render(factors)`` gives (n, c, h, w) uint8. The factor ``label`` names the class number in ``classes``, where there are
    any; the factors ``given`` make up the context of the pictures."""

    classes: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    chunk: int = 250
    """Pictures drawn in one slice of work."""

    def draw(
        self, n: int, rng: Rng, before: int, total: int
    ) -> Generator[Loading, None, tuple[Batch, dict[str, Tensor]]]:
        """n pictures and their named factors, reported as pictures ``before + 1 ...`` of ``total``."""
        factors = self.factors(n, rng)
        parts = []
        for where in torch.split(torch.arange(n), self.chunk):
            yield Loading(before + int(where[0]), total, "drawing pictures")
            parts.append(self.render({key: value[where] for key, value in factors.items()}))
        named = {key: value for key, value in factors.items() if value.dim() == 1 and key != "label"}
        return self._batch(torch.cat(parts), factors), named

    def _batch(self, x: Tensor, factors: Factors) -> Batch:
        context = (
            encoded(self._context, {self.slots[key].name: factors[key] for key in self.given}) if self.given else None
        )
        return Batch.of(x, factors["label"] if self.classes else None, context)

    @property
    def _context(self) -> tuple[ContextSlot, ...]:
        return tuple(self.slots[key] for key in self.given)

    def _spec(self, x: Tensor) -> DataSpec:
        return replace(image_spec(x, self.classes), context=self._context)

    def load(self, name: str, examples: int, rng: Rng) -> Generator[Loading, None, DataSet]:
        """A data set of ``examples`` training pictures and held-out ones from another stream."""
        held_out = max(1, examples // HELD_OUT_PART)
        total = examples + held_out
        first, second = streams(rng, 2)
        train, named = yield from self.draw(examples, first, 0, total)
        held, _ = yield from self.draw(held_out, second, examples, total)
        return DataSet(name, self._spec(train.x), train, held, factors=named, program=self)

    def preview(self, name: str, rng: Rng) -> DataSet:
        """Sixteen pictures."""
        factors = self.factors(16, rng)
        batch = self._batch(self.render(factors), factors)
        return DataSet(name, self._spec(batch.x), batch, batch, program=self)
