"""Work over many examples, some of them at a time."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Work


def in_slices(
    value: Callable[[Tensor, Tensor | None], Tensor], x: Tensor, label: Tensor | None, rows: int
) -> Work[Tensor]:
    """``value(x, label)`` (n,) of examples x (n, ...), ``rows`` at a time, at least one."""
    parts = []
    rows = max(1, rows)
    for i in range(0, len(x), rows):
        parts.append(value(x[i : i + rows], None if label is None else label[i : i + rows]))
        yield
    return torch.cat(parts) if parts else x.new_zeros(0)
