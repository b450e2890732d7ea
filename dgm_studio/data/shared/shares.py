"""How common each class is among training examples: p(y), which the density of unlabelled examples needs."""

from __future__ import annotations

import torch
from torch import Tensor


def shares_of(label: Tensor | None, classes: int) -> tuple[float, ...]:
    """Shares of ``classes`` classes among labels (N,), which sum to 1; empty where all are alike or there are none."""
    if label is None or not classes or not len(label):
        return ()
    counts = torch.bincount(label, minlength=classes)
    return () if bool((counts == counts[0]).all()) else tuple((counts.double() / len(label)).tolist())
