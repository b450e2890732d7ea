"""A denoiser: a network that looks at noisy examples, and what it offers besides: a weaker self and a classifier.

Whatever the network is asked for, what comes out is one thing, ``dx/dsigma = E[n | x]`` and with it the posterior mean
``D(x, sigma) = x - sigma E[n | x]``, where ``x = u + sigma n`` in the network's space.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from dgm_studio.contract import Batch, DataSpec, Rng, Training
from dgm_studio.families.diffusion.noise_classifier import NoiseClassifier
from dgm_studio.families.diffusion.noisy_net import NetSettings, NoisyNet, across, posterior_means
from dgm_studio.families.diffusion.targets import Target, asked, faded, noise_in
from dgm_studio.families.shared.state import take_over


class Denoiser:
    """The network, asked for ``target``; its own weights after ``early`` steps; with ``classifier`` one of noisy examples.

    ``finest`` is the noise, in units of the data's spread, below which its answers fade.
    """

    def __init__(
        self,
        config: NetSettings,
        spec: DataSpec,
        target: Target,
        spread: float,
        rng: Rng,
        *,
        finest: float,
        early: int,
        classifier: bool,
    ) -> None:
        self.net = NoisyNet(config, spec, spread, rng, whitened=target == "edm")
        self.target, self._finest, self._early_step = target, finest, early
        self._early: nn.Module = copy.deepcopy(self.net.learner.shown)
        shape = self.net.space.shape
        self.classifier = (
            NoiseClassifier(shape, config.width, len(spec.classes), rng) if classifier and spec.classes else None
        )

    def learn(self, batch: Batch, log_sigma: Tensor, rng: Rng) -> dict[str, Tensor]:
        """One step on a batch noised to the levels ``log_sigma`` (B,); returns the losses by name."""
        u, label = self.net.latents(batch, rng)
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
        angle = (across(log_sigma.exp(), u) / self.net.spread).atan()
        cos, sin, time = angle.cos(), angle.sin(), log_sigma / 4
        mix = cos * u + sin * n
        if self.net.means:
            away = posterior_means(u, mix, cos, sin, label, batch.label) - u
            u, n = u + away, n - (cos / sin) * away
        target, fade = asked(self.target, u, n, cos, sin), faded(self.target, sin, self._finest)
        losses = {"loss": self.net.learn(mix, sin, time, label, target, fade)}
        if self.classifier is not None and batch.label is not None:
            losses["classifier"] = self.classifier.learn(mix, time, batch.label)
        if self.net.learner.step_count == self._early_step:
            self._early.load_state_dict(self.net.learner.shown.state_dict())
        return losses

    def noise(self, x: Tensor, sigma: float, label: Tensor | None, net: nn.Module | None = None) -> Tensor:
        """E[n | x] = dx/dsigma of the probability-flow ODE, by the averaged network or another one."""
        s = self.net.spread
        norm = (s * s + sigma**2).rsqrt()
        mix, cos, sin = norm * x, norm * s, norm * sigma
        when = torch.tensor([math.log(sigma) / 4], device=x.device, dtype=x.dtype)
        answer: Tensor = (net or self.net.learner.shown)(mix, when, label)
        answer = answer * faded(self.target, sin, self._finest)
        return noise_in(self.target, answer, mix, cos, sin)

    def denoise(self, x: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """The posterior mean E[x0 | x0 + sigma n = x], (n, *shape)."""
        return x - sigma * self.noise(x, sigma, label)

    def weaker(self, x: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """The posterior mean as it was predicted early in training; before that moment the present one."""
        early = self._early if self.net.learner.step_count >= self._early_step else None
        return x - sigma * self.noise(x, sigma, label, early)

    def class_grad(self, x: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """The gradient of log p(label | x) at a noise level, (n, *shape); 0 without a class or a classifier."""
        if self.classifier is None or label is None:
            return torch.zeros_like(x)
        norm = (self.net.spread**2 + sigma**2).rsqrt()
        return norm * self.classifier.grad(norm * x, math.log(sigma) / 4, label)

    def parameters(self) -> Sequence[Tensor]:
        own = list(self.net.parameters())
        return own if self.classifier is None else own + self.classifier.learner.parameters()

    def retune(self, training: Training, factor: float = 1.0) -> None:
        self.net.retune(training, factor)
        if self.classifier is not None:
            self.classifier.learner.retune(training, factor)

    def to(self, device: torch.device) -> None:
        self.net.to(device)
        self._early.to(device)
        if self.classifier is not None:
            self.classifier.learner.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        state = self.net.state_dict()
        state |= {f"early.{k}": v.detach().clone() for k, v in self._early.state_dict().items()}
        return state if self.classifier is None else state | self.classifier.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.net.load_state_dict(state)
        take_over(self._early.state_dict(), state, "early.")
        if self.classifier is not None:
            self.classifier.load_state_dict(state)
