"""What every model with exactly one learner does in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from dgm_studio.contract import Training
from dgm_studio.families._learner import Learner


class SingleLearner:
    """A model around one `Learner`; concrete ones add ``train_step`` and ``abilities``."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def retune(self, training: Training) -> None:
        self.learner.retune(training)

    def to(self, device: torch.device) -> None:
        self.learner.to(device)

    def parameters(self) -> Sequence[Tensor]:
        return self.learner.parameters()

    def state_dict(self) -> dict[str, Tensor]:
        return self.learner.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.learner.load_state_dict(state)
