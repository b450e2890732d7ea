"""What every model with exactly one learner does in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from dgm_studio.contract import Training
from dgm_studio.families._learner import Learner


class SingleLearner:
    """A model around one `Learner`; concrete ones add ``train_step`` and ``abilities``.

    ``rate_factor`` scales the learning rate that people see to what this network can bear.
    """

    def __init__(self, learner: Learner, rate_factor: float = 1.0) -> None:
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
