"""How many samples of each class: as often as among the data, with no chance in it."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec


def apportioned(n: int, spec: DataSpec) -> Tensor:
    """Class numbers (n,) in rising order, of each class its share of n to within one."""
    if not spec.shares:
        return torch.arange(n) * len(spec.classes) // n
    ends = torch.tensor(spec.shares, dtype=torch.double).cumsum(0)
    middle = (torch.arange(n, dtype=torch.double) + 0.5) / n
    return torch.searchsorted(ends / ends[-1], middle)
