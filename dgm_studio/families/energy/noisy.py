"""An energy of pictures at every noise level, taught by denoising score matching at all levels at once.

One energy of clean pictures is flat between them, and chains are lost there; blurred enough, the valleys meet (Song & Ermon
2019, arXiv:1907.05600). The gradient of the energy is trained (Vincent 2011, doi:10.1162/NECO_a_00142), so that what is
learnt is truly an energy, which a network for the gradient alone is not (Salimans & Ho 2021, openreview:9AS-TF2jRNb).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, Classifier, DataSpec, LogDensity, Method, Rng, Work, seeded
from dgm_studio.families.diffusion.noisy_net import stratified
from dgm_studio.families.energy.memory import Memory
from dgm_studio.families.energy.nets import NoisyEnergy, pick
from dgm_studio.families.energy.noise_path import steered_methods
from dgm_studio.families.energy.settings import EnergySettings
from dgm_studio.families.energy.space import WhiteSpace
from dgm_studio.families.shared.classes import check_labels
from dgm_studio.families.shared.gradients import gradients
from dgm_studio.families.shared.known import pinned
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices
from dgm_studio.samplers.annealed import AnnealedLangevin

_ROWS = 512
"""Pictures per slice of work."""
_LARGEST = 10.0
_MEAN, _STD = -0.3, 1.2
"""Of ln sigma in training: where the effort goes."""


class NoisyEnergyModel(SingleLearner[Learner[NoisyEnergy]]):
    """``classify`` above 0 adds the cross-entropy of the classes at every noise level."""

    def __init__(self, config: EnergySettings, spec: DataSpec, rng: Rng, classify: float = 0.0) -> None:
        self.space = WhiteSpace(spec.event, config.components, rng.device)
        size = self.space.shape[0]
        with seeded(rng):
            self.net = NoisyEnergy(size, config.units(spec), config.depth, len(spec.classes), rng)
        super().__init__(Learner(self.net.to(rng.device)))
        self.config, self.spec, self.classify = config, spec, classify
        self.memory = Memory(torch.zeros(0, size, device=rng.device), len(spec.classes))

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        label = batch.label if self.spec.classes else None
        if label is not None:
            check_labels(label, len(self.spec.classes))
            self.memory.count(label)
        self.space.observe(batch.x, rng)
        u = self.space.encode(batch.x)
        log_tan = _MEAN + _STD * torch.special.ndtri(stratified(len(u), rng, u.device))
        log_tan = log_tan.clamp(math.log(self.config.blur), math.log(_LARGEST))
        angle = log_tan.exp().atan()[:, None]
        cos, sin = angle.cos(), angle.sin()
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u)
        shown = label
        if label is not None:
            # every other example goes without its class, so that classes get their weights and a sum that is a density
            shown = label.masked_fill(torch.arange(len(u), device=u.device) % 2 == 1, -1)
        mix = (cos * u + sin * n).requires_grad_()
        logits = self.net(mix, log_tan)
        (rise,) = torch.autograd.grad(pick(logits, shown).sum(), mix, create_graph=True)
        error = (sin / cos * rise - (sin * u - cos * n)).square()
        loss = (error * self.space.weight).mean()
        learnt, logs = loss, {}
        if self.classify and label is not None:
            cross = F.cross_entropy(logits, label)
            learnt = learnt + self.classify * cross
            logs = {"cross-entropy": cross.detach()}
        self.learner.learn(learnt)
        return {"loss": loss.detach(), **logs}

    def grad(self, v: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """dE/dv (n, k) of noisy latents ``v = u + sigma n``, with averaged weights; differentiable where ``v`` is."""
        cos, onwards = 1 / math.hypot(1, sigma), v.requires_grad and torch.is_grad_enabled()
        log_tan = torch.tensor([math.log(sigma)], device=v.device)
        with gradients():
            mix = cos * v if onwards else (cos * v.detach().clone()).requires_grad_()
            logits = self.learner.shown(mix, log_tan.clone())
            chosen = pick(logits, None if label is None else label.clone()).sum()
            (rise,) = torch.autograd.grad(chosen, mix, create_graph=onwards)
            return cos * (mix - rise) if onwards else cos * (mix.detach() - rise)

    def denoise(self, v: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """The clean latents (n, k) to be expected of noisy ones."""
        return v - sigma**2 * self.grad(v, sigma, None if label is None else label.to(v.device))

    def logits(self, x: Tensor, sigma: float) -> Tensor:
        """-E(x, y) (n, C) of pictures taken as latents of noise level sigma, and the bowl left out."""
        out: Tensor = self.learner.shown(
            self.space.encode(x) / math.hypot(1, sigma), torch.tensor([math.log(sigma)], device=x.device)
        )
        return out

    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        return in_slices(self._nats, x, label, _ROWS)

    @torch.no_grad()
    def _nats(self, x: Tensor, label: Tensor | None) -> Tensor:
        """log p (n,) of pictures at the least noise, up to a constant."""
        blur = self.config.blur
        bowl = 0.5 * self.space.encode(x).square().sum(1) / (1 + blur**2)
        chosen = pick(self.logits(x, blur), None if label is None else label.to(x.device))
        return chosen - bowl - self.space.misfit(x)

    def _evidence(self, x: Tensor) -> Work[Tensor]:
        """log p(x | y) (n, C), up to a constant per example."""
        yield
        return self.logits(x, self.config.blur) - self.memory.log_share

    def abilities(self) -> Abilities:
        blur = self.config.blur
        device = self.memory.counts.device
        sampler = AnnealedLangevin(self.grad, self.space, _LARGEST, blur, device)
        clamped = AnnealedLangevin(
            self.grad,
            self.space,
            _LARGEST,
            blur,
            device,
            pinned,
            "Clamped annealed Langevin",
            "After every move the known pixels are put back, as noisy as the rest.",
        )
        return Abilities(
            samplers={"langevin": sampler},
            log_density=LogDensity("unnormalised", self._log_density),
            classifier=Classifier("Its own logits", "exact", self._evidence)
            if self.classify and self.spec.classes
            else None,
            methods={
                "clamped": Method(
                    "mask",
                    clamped.title,
                    "heuristic",
                    "Walks down the noise levels with the known pixels put back after every move; more moves let both parts "
                    "agree.",
                    clamped,
                ),
                **steered_methods(self.denoise, self.space, _LARGEST, blur, device),
            },
            uses_label=bool(self.spec.classes),
            temperature="Multiplies the variance of all noise: of the start and of every move.",
        )

    def to(self, device: torch.device) -> None:
        super().to(device)
        self.memory.to(device)
        self.space.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return super().state_dict() | self.memory.state_dict() | self.space.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        self.memory.load_state_dict(state)
        self.space.load_state_dict(state)
