"""Attributes kept: of what samples were given, how much they show, by an exact reader of the image.

Each sample is drawn under the whole context of a held-out example. A discrete slot is right where its value is read from the
sample, a number where it is read within a tenth of its range; where nothing can be read nothing is right. Of sentences it is
also told how often a sample shows the same words in another order: what a model does that knows the words and not what they say
together.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot, Evidence, Measure, Measurement, Work
from dgm_studio.contract.context import decoded, is_given
from dgm_studio.evaluation.shared.sets import share_error
from dgm_studio.language import tr

_NEAR = 0.1
"""Of the range of a number."""
_AT_ONCE = 4


def right(slots: Sequence[ContextSlot], asked: Tensor, shown: Tensor) -> Tensor:
    """Which slots (n, slots) of contexts ``asked`` (n, width) are as they are ``shown`` (n, width); free ones are never."""
    a, b = decoded(slots, asked), decoded(slots, shown)
    columns = []
    for slot in slots:
        if slot.values:
            columns.append(a[slot.name] == b[slot.name])
            continue
        span = slot.high - slot.low
        away = (a[slot.name] - b[slot.name]).abs()
        columns.append((torch.minimum(away, span - away) if slot.periodic else away) <= _NEAR * span)
    return torch.stack(columns, 1) & is_given(slots, asked) & is_given(slots, shown)


def reordered(slot: ContextSlot, asked: Sequence[int], shown: Sequence[int]) -> float:
    """The share of the sentences ``asked`` for in whose place one of the same words in another order is ``shown``."""
    words = [sorted(value.split()) for value in slot.values]
    return sum(a != b and words[a] == words[b] for a, b in zip(asked, shown, strict=True)) / max(1, len(asked))


def _said(slots: Sequence[ContextSlot], kept: Tensor, asked: Tensor, shown: Tensor) -> str:
    """The share of every slot, and of sentences in another order, in words."""
    parts = [f"{slot.name} {share:.0%}" for slot, share in zip(slots, kept.double().mean(0).tolist(), strict=True)]
    readable, a, b = is_given(slots, shown), decoded(slots, asked), decoded(slots, shown)
    for i, slot in enumerate(slots):
        if any(" " in value for value in slot.values):
            there = readable[:, i]
            share = reordered(slot, a[slot.name][there].tolist(), b[slot.name][there].tolist())
            parts.append(tr("the same words in another order {share:.0%}", share=share * float(there.double().mean())))
    return f"{', '.join(parts)}."


def _read(evidence: Evidence, x: Tensor) -> Work[Tensor]:
    assert evidence.read_context is not None
    parts = []
    for i in range(0, len(x), _AT_ONCE):
        parts.append(evidence.read_context(x[i : i + _AT_ONCE]))
        yield
    return torch.cat(parts)


def _work(evidence: Evidence) -> Work[Measurement]:
    """The share over all slots; the floor is that of the held-out examples themselves, which says how exact the reader is."""
    samples, context, slots = evidence.given_samples, evidence.held_out_context, evidence.spec.context
    assert samples is not None
    assert context is not None
    asked = context[: len(samples)]
    shown = yield from _read(evidence, samples)
    kept = right(slots, asked, shown)
    exact = right(slots, asked, (yield from _read(evidence, evidence.held_out[: len(samples)])))
    # the slots of one sample are right or wrong together
    error = share_error(float(kept.double().mean()), len(samples))
    return Measurement(
        float(kept.double().mean()), error, float(exact.double().mean()), note=_said(slots, kept, asked, shown)
    )


MEASURE = Measure(
    name="attributes",
    title="Attributes kept",
    unit="share",
    help="Of what samples are given, the share that they show when their pixels are read; a number counts within a tenth of "
    "its range.",
    reference="Yan et al. 2016 (arXiv:1512.00570)",
    lower_is_better=False,
    topic="classes",
    rank=8,
    applies=lambda evidence: evidence.given_samples is not None and evidence.read_context is not None,
    work=_work,
    floor_help="what is read from held-out examples",
    say=lambda m: tr("Of what samples are given, {value:.0%} is seen in them: {note}", value=m.value, note=m.note),
)
