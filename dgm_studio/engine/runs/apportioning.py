"""Which classes samples are of: all of the one asked for, or each as often as among the data."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, rng_for

_LABELS = 3


def apportioned(n: int, spec: DataSpec) -> Tensor:
    """Class numbers (n,) in rising order, of each class its share of n to within one."""
    if not spec.shares:
        return torch.arange(n) * len(spec.classes) // n
    ends = torch.tensor(spec.shares, dtype=torch.double).cumsum(0)
    middle = (torch.arange(n, dtype=torch.double) + 0.5) / n
    return torch.searchsorted(ends / ends[-1], middle)


def class_numbers(n: int, asked: int | None, spec: DataSpec, known: Tensor | None) -> Tensor:
    """Class numbers (n,): all ``asked`` or, when none is, as often as among ``known`` (N,), the classes of the data.

    Pictures and sounds come in order of their class, so that a mosaic reads row by row.
    """
    if asked is not None:
        return torch.full((n,), asked)
    if spec.is_image or spec.is_sound:
        return apportioned(n, spec)
    assert known is not None
    return known[torch.randint(len(known), (n,), generator=rng_for(0, _LABELS))]
