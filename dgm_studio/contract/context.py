"""Contexts as numbers: how a network is told what is given, and that something is not.

Each slot has a column that is 1 where it is given, then its value: the number standardised to unit variance over its range,
``sqrt(3) (2 (v - low) / (high - low) - 1)``; cosine and sine of a periodic one; the one-hot value of a discrete one, or the
embedding of a sentence, from a table of the program's own files that a two-tower network made (`nets/two_tower.py`). What is
not given is all zeros, so that no value stands for "free". A context of n samples is (n, width), and goes wherever the class
numbers (n,) of a run with classes go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

from dgm_studio.protocol.context import ContextSlot, ContextValues
from dgm_studio.resources import resource

from .work import Rng


def slot_width(slot: ContextSlot) -> int:
    """Numbers that a slot takes, the one that says whether it is given included."""
    if slot.embedding:
        return 1 + embeddings(slot.embedding).shape[1]
    return 1 + (len(slot.values) or (2 if slot.periodic else 1))


@cache
def embeddings(name: str) -> Tensor:
    """The table (values, size) of a name, each row of mean square one. Raises FileNotFoundError where there is none."""
    with np.load(resource(f"embeddings/{name}.npz"), allow_pickle=False) as arrays:
        return torch.from_numpy(arrays["embeddings"].astype(np.float32))


def context_width(slots: Sequence[ContextSlot]) -> int:
    """Numbers that a context takes."""
    return sum(map(slot_width, slots))


def columns_of(slots: Sequence[ContextSlot]) -> Iterator[tuple[ContextSlot, slice]]:
    """Each slot with the columns it has in a context (n, width)."""
    begin = 0
    for slot in slots:
        yield slot, slice(begin, begin + slot_width(slot))
        begin += slot_width(slot)


def encoded(slots: Sequence[ContextSlot], values: Mapping[str, Tensor]) -> Tensor:
    """A context (n, width), float32, from the values (n,) of each slot by name: numbers, or positions among its values."""
    return torch.cat([_numbers(slot, values[slot.name]) for slot in slots], 1)


def _numbers(slot: ContextSlot, value: Tensor) -> Tensor:
    if slot.values:
        table = embeddings(slot.embedding) if slot.embedding else torch.eye(len(slot.values))
        numbers = table.to(value.device)[value.long()]
    else:
        share = ((value.double() - slot.low) / (slot.high - slot.low))[:, None]
        turn = 2 * math.pi * share
        numbers = (torch.cat([turn.cos(), turn.sin()], 1) if slot.periodic else math.sqrt(3) * (2 * share - 1)).float()
    return torch.cat([numbers.new_ones(len(numbers), 1), numbers], 1)


def decoded(slots: Sequence[ContextSlot], context: Tensor) -> dict[str, Tensor]:
    """The inverse of `encoded` by name: numbers (n,) float64 or positions (n,), of free slots something without meaning."""
    found = {}
    for slot, at in columns_of(slots):
        numbers = context[:, at][:, 1:]
        if slot.values:
            of_each = numbers @ embeddings(slot.embedding).to(numbers).T if slot.embedding else numbers
            found[slot.name] = of_each.argmax(1)
        else:
            numbers = numbers.double()
            share = (
                torch.atan2(numbers[:, 1], numbers[:, 0]) / (2 * math.pi) % 1
                if slot.periodic
                else (numbers[:, 0] / math.sqrt(3) + 1) / 2
            )
            found[slot.name] = slot.low + (slot.high - slot.low) * share
    return found


def is_given(slots: Sequence[ContextSlot], context: Tensor) -> Tensor:
    """Which slots are given (n, slots), as truth values."""
    return torch.stack([context[:, at.start] > 0.5 for _, at in columns_of(slots)], 1)


def kept(slots: Sequence[ContextSlot], context: Tensor, keep: Tensor) -> Tensor:
    """The context (n, width) with only the slots given that ``keep`` (n, slots) says; what was free stays free."""
    each = torch.tensor([slot_width(slot) for slot in slots], device=context.device)
    return context * keep.to(context).repeat_interleave(each, 1)


def from_values(slots: Sequence[ContextSlot], values: ContextValues) -> Tensor:
    """The context (1, width) of values that `protocol.context.checked` let pass; slots that are not named are free."""
    named = dict(values)
    columns: dict[str, Tensor] = {}
    for slot in slots:
        value = named.get(slot.name, slot.values[0] if slot.values else slot.low)
        number = slot.values.index(str(value)) if slot.values else float(value)
        columns[slot.name] = torch.tensor([number], dtype=torch.double)
    there = torch.tensor([[slot.name in named for slot in slots]])
    return kept(slots, encoded(slots, columns), there)


def drop_slots(slots: Sequence[ContextSlot], context: Tensor, rng: Rng) -> Tensor:
    """The context (n, width) as a model shall learn from it: in every other example some slots are taken away.

    In these each slot stays with a chance that is drawn anew from (0, 1), so that all subsets are learned, none and all among
    them: what is free is then the model's own marginal.
    """
    n = len(context)
    chance = torch.rand(2, n, 1, generator=rng, device=rng.device)
    each = torch.rand(n, len(slots), generator=rng, device=rng.device)
    keep = (chance[0] < 0.5) | (each < chance[1])
    return kept(slots, context, keep.to(context.device))
