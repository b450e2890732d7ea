"""A classifier of noisy examples, whose gradient guides a diffusion model (Dhariwal & Nichol 2021, arXiv:2105.05233).

It learns ``p(y | mix, noise level)`` by cross-entropy beside the denoiser, on the same noisy batch. Under much noise it can
only answer with the shares of the classes, which is right: its gradient is the one of ``log p(y | x)`` at that level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng, seeded
from dgm_studio.families.shared.gradients import gradients
from dgm_studio.families.shared.learner import Learner
from dgm_studio.nets.mlp import TimeFeatures, initialise, mlp


class NoisyClassifierNet(nn.Module):
    """An MLP of a noisy example (n, *shape) and a time (n,) or (1,) to logits (n, classes)."""

    def __init__(self, size: int, width: int, classes: int, octaves: int, rng: Rng) -> None:
        super().__init__()
        self.time = TimeFeatures(octaves)
        self.from_example = nn.Linear(size, width)
        self.from_time = nn.Linear(2 * octaves + 1, width)
        self.body = mlp([width, width, width, classes])
        initialise(self, rng)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.from_example(x.flatten(1)) + self.from_time(self.time(time))
        out: Tensor = self.body(nn.functional.silu(h))
        return out


class NoiseClassifier:
    """The classifier with its learner."""

    def __init__(self, shape: tuple[int, ...], width: int, classes: int, rng: Rng) -> None:
        with seeded(rng):
            net = NoisyClassifierNet(math.prod(shape), width, classes, 5, rng)
        self.learner = Learner(net)

    def learn(self, mix: Tensor, time: Tensor, label: Tensor) -> Tensor:
        """One step on the cross-entropy of labels (B,); returns it in nats, detached."""
        loss = nn.functional.cross_entropy(self.learner.net(mix, time), label)
        self.learner.learn(loss)
        return loss.detach()

    def grad(self, mix: Tensor, time: float, label: Tensor) -> Tensor:
        """The gradient of log p(label | mix) with respect to ``mix`` (n, *shape); 0 in rows labelled -1."""
        with gradients():
            x = mix.detach().clone().requires_grad_()
            when = torch.tensor([time], device=x.device, dtype=x.dtype)
            nats = self.learner.shown(x, when).log_softmax(1)
            chosen = nats.gather(1, label.clone().clamp_min(0)[:, None])[:, 0]
            (grad,) = torch.autograd.grad(torch.where(label >= 0, chosen, 0.0).sum(), x)
        return grad

    def state_dict(self) -> dict[str, Tensor]:
        """Its tensors under ``classifier.``, what only training needs under ``optimiser.classifier.``."""
        return {_ours(k): v for k, v in self.learner.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        known = self.learner.state_dict().keys() | _OPTIMISER
        self.learner.load_state_dict({k: state[_ours(k)] for k in known if _ours(k) in state})


_OPTIMISER = {"optimiser.mean", "optimiser.square", "optimiser.moves"}


def _ours(key: str) -> str:
    rest = key.removeprefix("optimiser.")
    return f"classifier.{key}" if rest == key else f"optimiser.classifier.{rest}"
