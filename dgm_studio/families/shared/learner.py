"""Learner: a network together with everything that makes it learn.

Adam with warm-up and the anytime decay ``lr / max(1, step / decay_after)^p``, p = 1/2 (Karras et al. 2024,
arXiv:2312.02696, their toy example), gradient clipping, and a power-function moving average of the weights
``beta_t = (1 - 1/t)^(gamma + 1)`` from which samples are always drawn. A live run has no known end, so nothing here
depends on one. In the plane, where data never end and likelihoods are read to the third digit, p = 3/4 (`ON_POINTS`) leaves
less of the steps' noise; learning still never stops, because the rates have no finite sum.

All parameters live in one flat tensor and so do their gradients and their average: clipping, Adam and averaging are then
a handful of kernels however many layers there are, which matters for networks of a few thousand weights.

Adam (Kingma & Ba 2015, arXiv:1412.6980) is written out, four lines on the flat tensor: as fast as the fused one of
torch, whose first use imports a compiler that is never used (800 modules, 115 MB, three seconds of start-up; torch 2.13).
Weight decay is decoupled from the gradient (AdamW, Loshchilov & Hutter 2019, arXiv:1711.05101): every step multiplies the
weights by ``1 - lr * weight_decay``.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from dgm_studio.contract import Training
from dgm_studio.families.shared.state import take_over

ON_POINTS = 0.75
"""The power of the decay for points; see above."""
EPSILON = 1e-8
"""Added to the root of the second moment, so that a still weight does not divide by zero."""


def power_gamma(relative_width: float) -> float:
    """The exponent whose averaging profile has the given relative standard deviation (Karras et al. 2024, eq. 125).

    Solves ``sigma^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3))``; 0.10 gives 6.94.
    """
    s = relative_width**-2
    # gamma^3 + 7 gamma^2 + (16 - s) gamma + (12 - s) = 0: bisection on the one positive root
    low, high = 0.0, s
    for _ in range(100):
        middle = (low + high) / 2
        value = middle**3 + 7 * middle**2 + (16 - s) * middle + 12 - s
        low, high = (middle, high) if value < 0 else (low, middle)
    return low


def _flatten(net: nn.Module) -> Tensor:
    """Move all parameters of a network into one tensor, of which they become views."""
    parameters = list(net.parameters())
    if not parameters:
        raise ValueError("a Learner needs a network with parameters")
    flat = torch.cat([p.detach().reshape(-1) for p in parameters])
    offset = 0
    for p in parameters:
        p.data = flat[offset : offset + p.numel()].view_as(p)
        offset += p.numel()
    return flat


def _flat_gradients(net: nn.Module, flat: Tensor) -> Tensor:
    """The gradients of all parameters as views of one tensor beside ``flat``, zero."""
    grad = torch.zeros_like(flat)
    offset = 0
    for p in net.parameters():
        p.grad = grad[offset : offset + p.numel()].view_as(p)
        offset += p.numel()
    return grad


Net = TypeVar("Net", bound=nn.Module)


class Learner(Generic[Net]):
    """Trains ``net``; ``shown`` is the averaged copy to sample from.

    ``averaged=False`` leaves the average out: then ``shown`` is ``net`` itself (a critic needs no average).
    """

    def __init__(
        self,
        net: Net,
        *,
        betas: tuple[float, float] = (0.9, 0.99),
        warm_up: int = 50,
        decay_after: float = 500,
        decay_power: float = 0.5,
        clip: float = 5.0,
        ema_width: float = 0.10,
        weight_decay: float = 0.0,
        averaged: bool = True,
    ) -> None:
        self.net = net
        self.shown: Net = copy.deepcopy(net).requires_grad_(False) if averaged else net
        self.averaged = averaged
        self.step_count = 0
        self.rate = 1e-3
        self._warm_up, self._decay_after, self._decay_power, self._clip = warm_up, decay_after, decay_power, clip
        self._betas, self._weight_decay = betas, weight_decay
        self._gamma = power_gamma(ema_width)
        self._prepare()

    def _prepare(self) -> None:
        self._flat = _flatten(self.net)
        self._average = _flatten(self.shown) if self.averaged else None
        # What only samples has neither a gradient nor its moments: half of what a learner holds.
        self._grad: Tensor | None = None
        self._moments: tuple[Tensor, Tensor] | None = None
        self._moves = 0

    @property
    def learning_rate(self) -> float:
        """The step size that the next step will use."""
        t = self.step_count + 1
        return float(self.rate * min(1.0, t / self._warm_up) / max(1.0, t / self._decay_after) ** self._decay_power)

    def retune(self, training: Training, factor: float = 1.0) -> None:
        """Take over the learning rate (times ``factor``)."""
        self.rate = training.learning_rate * factor

    def parameters(self) -> list[Tensor]:
        return list(self.net.parameters())

    def learn(self, loss: Tensor) -> None:
        """One step down the gradient of a scalar loss."""
        if self._grad is None:
            self._grad = _flat_gradients(self.net, self._flat)
        self._grad.zero_()
        loss.backward()
        with torch.no_grad():
            norm = self._grad.norm()
            self._grad.mul_((self._clip / (norm + 1e-6)).clamp(max=1.0))
            self._descend(self._grad, self.learning_rate)
        self.step_count += 1
        if self._average is not None:
            beta = (1 - 1 / self.step_count) ** (self._gamma + 1)
            with torch.no_grad():
                self._average.lerp_(self._flat, 1 - beta)

    def _descend(self, grad: Tensor, rate: float) -> None:
        """One Adam step along a gradient, its moments corrected for their start at zero."""
        beta_1, beta_2 = self._betas
        if self._moments is None:
            self._moments = torch.zeros_like(self._flat), torch.zeros_like(self._flat)
        mean, square = self._moments
        self._moves += 1
        mean.lerp_(grad, 1 - beta_1)
        square.mul_(beta_2).addcmul_(grad, grad, value=1 - beta_2)
        if self._weight_decay:
            self._flat.mul_(1 - rate * self._weight_decay)
        scale = square.sqrt().div_(math.sqrt(1 - beta_2**self._moves)).add_(EPSILON)
        self._flat.addcdiv_(mean, scale, value=-rate / (1 - beta_1**self._moves))

    def rest(self, part: nn.Module) -> None:
        """Put a part of the net where its average is; without a gradient and without weight decay it stays there."""
        own = {id(p) for p in part.parameters()}
        moving = torch.cat([torch.full((p.numel(),), id(p) not in own, device=p.device) for p in self.parameters()])
        if self._average is not None:
            self._flat.copy_(torch.where(moving, self._flat, self._average))
        for moment in self._moments or ():
            moment.mul_(moving)

    def to(self, device: torch.device) -> None:
        state = self.state_dict()
        self.net.to(device)
        if self.averaged:
            self.shown.to(device)
        self._prepare()
        self.load_state_dict(state)

    def state_dict(self) -> dict[str, Tensor]:
        """Weights, average, buffers, and under ``optimiser.`` the moments and the step count."""
        state = {f"net.{k}": v.detach().clone() for k, v in self.net.state_dict().items()}
        if self.averaged:
            state |= {f"shown.{k}": v.detach().clone() for k, v in self.shown.state_dict().items()}
        if self._moments is not None:
            state["optimiser.mean"], state["optimiser.square"] = (moment.clone() for moment in self._moments)
            state["optimiser.moves"] = torch.tensor(self._moves)
        state["step"] = torch.tensor(self.step_count)
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a state; without the moments the optimiser starts afresh at the same step, and without the weights from
        their average."""
        live = "net." if not self.averaged or any(key.startswith("net.") for key in state) else "shown."
        with torch.no_grad():
            for prefix, module in ((live, self.net), ("shown.", self.shown if self.averaged else None)):
                if module is not None:
                    take_over(module.state_dict(), state, prefix)
        if "step" not in state:
            raise ValueError("tensor step is missing; the training step count is needed to go on")
        self.step_count = int(state["step"])
        if not {"optimiser.mean", "optimiser.square", "optimiser.moves"} <= state.keys():
            self._moments, self._moves = None, 0
            return
        for key in ("optimiser.mean", "optimiser.square"):
            if state[key].shape != self._flat.shape:
                needed = tuple(self._flat.shape)
                raise ValueError(f"{key} is of shape {tuple(state[key].shape)}; this model needs {needed}")
        mean, square = torch.empty_like(self._flat), torch.empty_like(self._flat)
        self._moments = mean.copy_(state["optimiser.mean"]), square.copy_(state["optimiser.square"])
        self._moves = int(state["optimiser.moves"])
