"""Translating: given examples carried from the source to the data, or back, and what training couples drawn as lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Work, rng_for
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.run import Run
from .showing import Emit, Job

_PAIRS, _SEED = 256, 71
"""Pairs that are drawn: as many as training couples together."""

Carry = Callable[[Tensor], Work[Tensor]]


def carried_in_chunks(carry: Carry, x: Tensor, size: int) -> Work[Tensor]:
    """Examples x (n, *event) carried, so many at once."""
    parts = []
    for part in x.split(size):
        parts.append((yield from carry(part)).float())
        yield
    return torch.cat(parts)


def translate(run: Run, emit: Emit, intent: m.Translate) -> Job:
    """Carry given examples and bring them back. Raises UserError where samples start in noise."""
    ability = run.shown.abilities().translation
    if ability is None:
        raise UserError(
            tr(
                "This {title} run starts from noise, so there is nothing to translate from. Train one with a source.",
                title=run.family.title,
            )
        )
    x = run.tensor(intent.examples)
    there, home = (ability.back, ability.forward) if intent.back else (ability.forward, ability.back)
    carried = yield from carried_in_chunks(there, x, run.shown.chunk)
    returned = yield from carried_in_chunks(home, carried, run.shown.chunk)
    emit(
        m.TranslatedExamples(
            run.name,
            run.step,
            intent.ticket,
            run.units.array(carried),
            run.units.array(returned),
            float((carried - x).flatten(1).square().sum(1).mean()),
            float((returned - x).square().mean().sqrt()),
        )
    )


def pairs(run: Run, emit: Emit, extent: m.Extent) -> Job:
    """Lines (n, 2, 2) from examples of the source to those of the data that training couples them with."""
    ability = run.shown.abilities().translation
    if ability is None or ability.pairs is None:
        return
    shown = run.shown.step
    begin, end = ability.pairs(_PAIRS, rng_for(run.asked.seed, _SEED, device=run.device))
    yield
    lines = np.stack([run.units.array(x) for x in (begin, end)], 1)
    emit(m.Field(run.name, run.step, "pairs", lines, extent, "", 1.0, shown))
