"""What models of two players share: a generator with the average of its weights, and a critic that learns against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from dgm_studio.contract import Training
from dgm_studio.families.shared.learner import Learner

_MOMENTS = "optimiser."
G = TypeVar("G", bound=nn.Module)


class TwoPlayers(Generic[G]):
    """A model around two learners; concrete ones add ``train_step`` and ``abilities``."""

    def __init__(self, generator: Learner[G], critic: Learner[nn.Module]) -> None:
        self._generator, self._critic = generator, critic

    def retune(self, training: Training) -> None:
        self._generator.retune(training)
        self._critic.retune(training)

    def to(self, device: torch.device) -> None:
        self._generator.to(device)
        self._critic.to(device)

    def parameters(self) -> Sequence[Tensor]:
        return [*self._generator.parameters(), *self._critic.parameters()]

    def state_dict(self) -> dict[str, Tensor]:
        """The generator under its own names, the critic under ``critic.``, its moments under ``optimiser.critic.``."""
        state = self._generator.state_dict()
        for key, value in self._critic.state_dict().items():
            moment = key.startswith(_MOMENTS)
            state[f"{_MOMENTS}critic.{key.removeprefix(_MOMENTS)}" if moment else f"critic.{key}"] = value
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        own, critic = {}, {}
        for key, value in state.items():
            if key.startswith("critic."):
                critic[key.removeprefix("critic.")] = value
            elif key.startswith(f"{_MOMENTS}critic."):
                critic[_MOMENTS + key.removeprefix(f"{_MOMENTS}critic.")] = value
            else:
                own[key] = value
        self._generator.load_state_dict(own)
        self._critic.load_state_dict(critic)
