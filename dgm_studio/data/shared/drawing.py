"""Picture sets that a small random program draws: from its factors to pictures, in slices."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSet, Loading, Program, Rng
from dgm_studio.data.shared.density import streams
from dgm_studio.data.shared.images import image_spec

HELD_OUT_PART = 6
"""One held-out picture for this many training pictures."""
CHUNK = 250


@dataclass(frozen=True)
class PictureProgram(Program):
    """``render(factors)`` gives (n, c, h, w) uint8. The factor ``label`` names the class number in ``classes``, where there are
    any."""

    classes: tuple[str, ...] = ()

    def draw(
        self, n: int, rng: Rng, before: int, total: int
    ) -> Generator[Loading, None, tuple[Batch, dict[str, Tensor]]]:
        """n pictures and their named factors, reported as pictures ``before + 1 ...`` of ``total``."""
        factors = self.factors(n, rng)
        parts = []
        for where in torch.split(torch.arange(n), CHUNK):
            yield Loading(before + int(where[0]), total, "drawing pictures")
            parts.append(self.render({key: value[where] for key, value in factors.items()}))
        named = {key: value for key, value in factors.items() if value.dim() == 1 and key != "label"}
        return Batch.of(torch.cat(parts), factors["label"] if self.classes else None), named

    def load(self, name: str, examples: int, rng: Rng) -> Generator[Loading, None, DataSet]:
        """A data set of ``examples`` training pictures and held-out ones from another stream."""
        held_out = max(1, examples // HELD_OUT_PART)
        total = examples + held_out
        first, second = streams(rng, 2)
        train, named = yield from self.draw(examples, first, 0, total)
        held, _ = yield from self.draw(held_out, second, examples, total)
        return DataSet(name, image_spec(train.x, self.classes), train, held, factors=named, program=self)

    def preview(self, name: str, rng: Rng) -> DataSet:
        """Sixteen pictures."""
        factors = self.factors(16, rng)
        batch = Batch.of(self.render(factors), factors.get("label"))
        return DataSet(name, image_spec(batch.x, self.classes), batch, batch, program=self)
