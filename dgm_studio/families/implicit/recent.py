"""The latest examples, kept as they came: what pulls at samples, more of it than one batch holds."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Batch
from dgm_studio.families.shared.state import take_over


class Recent:
    """Up to ``most`` examples (k, d), flat, with their classes (k,), of which the oldest give way."""

    def __init__(self, most: int, size: int, device: torch.device) -> None:
        self._x = torch.zeros(most, size, device=device)
        self._label = torch.zeros(most, dtype=torch.long, device=device)
        self._seen = torch.zeros((), dtype=torch.long)

    @property
    def _count(self) -> int:
        return min(int(self._seen), len(self._x))

    @property
    def x(self) -> Tensor:
        return self._x[: self._count]

    @property
    def label(self) -> Tensor:
        """Zeros where there are no classes."""
        return self._label[: self._count]

    def add(self, batch: Batch) -> None:
        """Take in a batch; of one that is too large its last examples."""
        most = len(self._x)
        x = batch.x.flatten(1)[-most:]
        at = (int(self._seen) + torch.arange(len(x), device=x.device)) % most
        self._x = self._x.index_copy(0, at, x.to(self._x))
        if batch.label is not None:
            self._label = self._label.index_copy(0, at, batch.label[-most:])
        self._seen = self._seen + len(x)

    def to(self, device: torch.device) -> None:
        self._x, self._label = self._x.to(device), self._label.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in self._tensors().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Raises ValueError naming a tensor that is missing or does not fit."""
        take_over(self._tensors(), state)

    def _tensors(self) -> dict[str, Tensor]:
        return {"recent.x": self._x, "recent.label": self._label, "recent.seen": self._seen}
