"""Work on many rows a part at a time, so that no slice is long."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Work


def in_parts(
    work: Callable[[Tensor, Tensor | None], Work[Tensor]], x: Tensor, label: Tensor | None, size: int
) -> Work[Tensor]:
    """What ``work`` makes (n, ...) of x (n, ...) and its classes or contexts (n, ...), ``size`` rows at once."""
    parts = []
    for i in range(0, len(x), size):
        parts.append((yield from work(x[i : i + size], None if label is None else label[i : i + size])))
        yield
    return torch.cat(parts)
