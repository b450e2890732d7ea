"""What every model around exactly one thing that learns does in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from dgm_studio.contract import Training


class Learning(Protocol):
    """A `Learner`, or what wraps one."""

    def retune(self, training: Training, factor: float = 1.0) -> None: ...
    def to(self, device: torch.device) -> None: ...
    def parameters(self) -> Sequence[Tensor]: ...
    def state_dict(self) -> dict[str, Tensor]: ...
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None: ...


L = TypeVar("L", bound=Learning)


class SingleLearner(Generic[L]):
    """A model around one `learner`; concrete ones add ``train_step`` and ``abilities``.

    ``rate_factor`` scales the learning rate that people see to what this network can bear.
    """

    def __init__(self, learner: L, rate_factor: float = 1.0) -> None:
        self.learner = learner
        self._rate_factor = rate_factor

    def retune(self, training: Training) -> None:
        self.learner.retune(training, self._rate_factor)

    def to(self, device: torch.device) -> None:
        self.learner.to(device)

    def parameters(self) -> Sequence[Tensor]:
        return self.learner.parameters()

    def state_dict(self) -> dict[str, Tensor]:
        return self.learner.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.learner.load_state_dict(state)
