"""An energy of clean data, taught by any of the ways of `losses`; with a classification term it is JEM.

In the plane its normalising constant is found by quadrature, so that it has an exact density. On pictures the energy works
in principal components of unit variance and has no normalising constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    Classifier,
    DataSpec,
    LogDensity,
    Rng,
    Steer,
    Surface,
    Work,
    seeded,
)
from dgm_studio.families.energy import losses
from dgm_studio.families.energy.grid import log_normaliser
from dgm_studio.families.energy.memory import Memory
from dgm_studio.families.energy.methods import PersistentKnobs, chain_samplers, image_methods, plane_methods
from dgm_studio.families.energy.nets import LatentEnergy, PlaneEnergy, pick
from dgm_studio.families.energy.settings import EnergySettings
from dgm_studio.families.energy.space import WhiteSpace
from dgm_studio.families.shared.classes import check_labels
from dgm_studio.families.shared.gradients import value_and_grad
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices
from dgm_studio.samplers.langevin import Standing, langevin_move, mala_move
from dgm_studio.samplers.path import Direct
from dgm_studio.samplers.population import Population

_GRID_SIDE, _GRID_REACH = 64, 5.0
_RADIUS = 2.0
"""Standard deviation of the noise from which populations begin: it covers the data."""
_ROWS = 2048
"""Examples per slice of work."""
_SPREAD = {True: 1.0, False: 1.5}
"""Standard deviation of the noise from which chains begin, on pictures and in the plane."""


class PlainEnergy(SingleLearner[Learner[LatentEnergy | PlaneEnergy]]):
    """``classify`` above 0 adds the cross-entropy of the classes, whose logits are minus the energies."""

    def __init__(self, config: EnergySettings, spec: DataSpec, rng: Rng, classify: float = 0.0) -> None:
        width, classes = config.units(spec), len(spec.classes)
        self.space: WhiteSpace | Direct = (
            WhiteSpace(spec.event, config.components, rng.device) if spec.is_image else Direct(spec.event)
        )
        with seeded(rng):
            if spec.is_image:
                net: LatentEnergy | PlaneEnergy = LatentEnergy(self.space.shape[0], width, config.depth, classes, rng)
            else:
                net = PlaneEnergy(width, config.depth, config.ripples(spec), config.feature_std, classes, rng)
        super().__init__(Learner(net.to(rng.device)))
        self.net = net
        self.config, self.spec, self.classify = config, spec, classify
        self.method = config.method_for(spec)
        self.spread = _SPREAD[spec.is_image]
        kept = config.buffer if self.method == "pcd" else 0
        chains = self.spread * torch.randn(kept, *self.space.shape, generator=rng, device=rng.device)
        self.memory = Memory(chains, classes)
        self._log_z: tuple[int, Tensor] | None = None

    @property
    def shown(self) -> LatentEnergy | PlaneEnergy:
        """The averaged network."""
        return self.learner.shown

    # --- learning ---

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net = self.net
        x, label = self.latents(batch, rng)
        logs: dict[str, Tensor] = {}
        loss, learnt = self._generative(net, x, None if self.classify else label, rng)
        if self.classify and label is not None:
            logits = net.logits(x)
            cross = F.cross_entropy(logits, label)
            learnt = learnt + self.classify * cross
            logs = {"cross-entropy": cross.detach(), "accuracy": (logits.argmax(1) == label).float().mean()}
        self.learner.learn(learnt)
        self.memory.centres = x.detach()[:256]
        return {"loss": loss.detach(), **logs}

    def latents(self, batch: Batch, rng: Rng) -> tuple[Tensor, Tensor | None]:
        """Examples of a batch as the energy sees them (B, *shape), and their classes (B,), which are counted."""
        config = self.config
        label = batch.label if self.spec.classes else None
        if label is not None:
            check_labels(label, len(self.spec.classes))
            self.memory.count(label)
        if isinstance(self.space, WhiteSpace):
            self.space.observe(batch.x, rng)
        x = self.space.encode(batch.x)
        if config.data_noise:
            x = x + config.data_noise * torch.randn(x.shape, generator=rng, device=rng.device).to(x)
        return x, label

    def _generative(self, net: losses.Energy, x: Tensor, label: Tensor | None, rng: Rng) -> tuple[Tensor, Tensor]:
        """What is shown as the loss, and what is minimised."""
        config = self.config
        if self.method in ("pcd", "cd"):
            return losses.contrast(net, x, label, self.samples(x, rng), config.penalty)
        if self.method == "grid":
            loss = losses.grid_likelihood(net, x, label, _GRID_SIDE, _GRID_REACH, rng)
        elif self.method == "nce":
            noise = losses.Noise(self.memory.centres)
            loss = losses.noise_contrastive(net, x, label, noise, rng)
        else:
            if label is not None:
                # gradients within classes say nothing about their weights: every other example goes without its class
                label = label.masked_fill(torch.arange(len(label), device=label.device) % 2 == 1, -1)
            if self.method == "denoising":
                loss = losses.denoising(net, x, label, config.blur, rng)
            else:
                loss = losses.sliced(net, x, label, rng)
        return loss, loss

    def samples(self, x: Tensor, rng: Rng) -> Tensor:
        """As many samples of the model as examples: where the chains are after some more moves."""
        config, net = self.config, self.net
        start, where = x.detach(), None
        grad = partial(value_and_grad, net)
        if self.method == "pcd":
            start, where = self.memory.take(len(x), config.fresh, self.spread, rng)
        net.requires_grad_(False)
        moves, size = config.chain_moves(self.spec), config.size
        if config.corrected:
            here = Standing.at(grad, start, None)
            for _ in range(moves):
                here, _ = mala_move(grad, here, None, size, 1.0, rng)
            start = here.x
        else:
            for _ in range(moves):
                start = langevin_move(grad, start, None, size, 1.0, rng)
        net.requires_grad_(True)
        if where is not None:
            self.memory.put(where, start)
        return start

    # --- what it can do ---

    def abilities(self) -> Abilities:
        spec, net = self.spec, self.shown
        grad = partial(value_and_grad, net)
        plane = not spec.is_image
        population = Population(grad, spec.event, _RADIUS, self.memory.chains.device) if plane else None
        if population is None:
            methods = image_methods(grad, self.space, self._begin)
        else:
            methods = plane_methods(grad, self.space, self._begin, population)
        return Abilities(
            samplers=chain_samplers(grad, self.space, self._begin, population, persistent=self.method == "pcd"),
            log_density=LogDensity("exact" if plane else "unnormalised", self._log_density),
            score=self._score if plane else None,
            classifier=Classifier("Its own logits", "exact", self._evidence)
            if self.classify and spec.classes
            else None,
            surface=Surface(
                "Energy",
                "Low where the model expects data; chains roll downhill on it.",
                net,
            )
            if plane
            else None,
            methods=methods,
            uses_label=bool(spec.classes),
            temperature="Multiplies the variance of the noise in every move: chains then settle on the density to the power "
            "1/T.",
        )

    def _score(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        return -value_and_grad(self.shown, x, label)[1]

    @torch.no_grad()
    def _evidence(self, x: Tensor) -> Work[Tensor]:
        """log p(x | y) (n, C), up to a constant per example."""
        yield
        return self.shown.logits(self.space.encode(x)) - self.memory.log_share

    def _begin(self, n: int, steer: Steer, rng: Rng) -> Tensor:
        """Where chains begin (n, *shape)."""
        if steer.read(PersistentKnobs).start == "buffer":
            return self.memory.take(n, 0.0, self.spread, rng)[0]
        noise = torch.randn(n, *self.space.shape, generator=rng, device=rng.device)
        return self.spread * noise.to(self.memory.chains)

    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        """Nats of the model; on pictures up to a constant."""
        log_z = None if self.spec.is_image else (yield from self.log_normaliser())
        return (yield from in_slices(partial(self._nats, log_z), x, label, _ROWS))

    @torch.no_grad()
    def _nats(self, log_z: Tensor | None, x: Tensor, label: Tensor | None) -> Tensor:
        """The same of a few, with log Z of each class (C,) where it is known."""
        label = None if label is None else label.to(x.device)
        value: Tensor = -self.shown(self.space.encode(x), label)
        if isinstance(self.space, WhiteSpace):
            value = value - self.space.misfit(x)
        return value if log_z is None else value - pick(log_z.expand(len(x), -1), label).to(value)

    def log_normaliser(self) -> Work[Tensor]:
        """log Z of each class (C,), found once per training step."""
        net, step = self.shown, self.learner.step_count
        if self._log_z is None or self._log_z[0] != step:
            known = torch.cat([self.memory.chains, self.memory.centres])
            found = yield from log_normaliser(lambda x: net.logits(x) - net.bowl(x)[:, None], known)
            self._log_z = step, found
        return self._log_z[1]

    # --- keeping ---

    def to(self, device: torch.device) -> None:
        super().to(device)
        self.memory.to(device)
        self._log_z = None
        if isinstance(self.space, WhiteSpace):
            self.space.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        space = self.space.state_dict() if isinstance(self.space, WhiteSpace) else {}
        return super().state_dict() | self.memory.state_dict() | space

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        self.memory.load_state_dict(state)
        if isinstance(self.space, WhiteSpace):
            self.space.load_state_dict(state)
        self._log_z = None
