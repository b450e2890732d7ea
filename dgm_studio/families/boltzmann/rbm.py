"""Boltzmann machines: black and white pixels, or points, whose probability is ``exp(-energy) / Z``.

The gradient of the likelihood is a difference of two averages, over the data and over the model's own samples,

    d log p(v) / d theta = - dF(v) / d theta + E_model[dF / d theta],

and the second is what no machine of size can compute. Contrastive divergence (Hinton 2002) starts a few sweeps of Gibbs
sampling at the data; persistent contrastive divergence (Tieleman 2008, doi:10.1145/1390156.1390290) keeps its chains
running while the weights move under them; a small machine sums all its hidden states, one of points the plane; a fully
visible one climbs the pseudo-likelihood. Whichever it is, autograd sees the free energy of data less that of samples, or
the likelihood itself.

Machines know black and white alone. Likelihoods are those of the picture cut at mid-grey; what is learned from, and shown
of a sample, is each pixel's chance to be white (`knobs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Method,
    Recipe,
    Rng,
    Settings,
    Training,
    finish,
    knob,
)
from dgm_studio.families.boltzmann.fully_visible import FullyVisible
from dgm_studio.families.boltzmann.inference import Inference
from dgm_studio.families.boltzmann.knobs import (
    FillKnobs,
    GibbsKnobs,
    GreyFillKnobs,
    GreyKnobs,
    MeanGibbsKnobs,
    drawn,
    is_grey,
)
from dgm_studio.families.boltzmann.lossless import lossless
from dgm_studio.families.boltzmann.partition import (
    Machine,
    Partition,
    enumerable,
    enumerated,
    over_the_plane,
)
from dgm_studio.families.boltzmann.restricted import Restricted, log_odds
from dgm_studio.families.boltzmann.samplers import DrawHidden, Gibbs
from dgm_studio.families.shared.classes import one_hot
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.state import check_fit

LARGEST_SIDE = 32
_TERMS_TO_TRAIN = 2**19
_TERMS_TO_DRAW = 2**20
_REACH_TO_TRAIN = 5.0
_MOST_OVER_THE_PLANE = 400
_FORGET = 0.02


class Config(Settings):
    kind: Literal["rbm", "full"] = knob(
        "rbm",
        kind="images",
        help="Images: 'rbm' joins pixels through hidden units, 'full' joins every pixel to every other and hides nothing; "
        "points always have hidden units.",
    )
    hidden: int = knob(
        128, 1, 1024, scale="log", help="Hidden units; up to about 20 of them all their states can be summed."
    )
    method: Literal["pcd", "cd", "direct"] = knob(
        "pcd",
        help="Where the model's samples come from: chains that are kept running, chains that start at the data, or none: "
        "'direct' climbs the exact likelihood of a small machine, or of points, and the pseudo-likelihood of a full one; a "
        "large machine keeps chains all the same.",
    )
    sweeps: int = knob(1, 1, 50, scale="log", help="Sweeps of Gibbs sampling for each training step: the k of CD-k.")
    chains: int = knob(128, 8, 1024, scale="log", help="Chains that are kept running beside the training.")
    momentum: float = knob(0.9, 0.0, 0.99, help="Share of the last direction that the next step keeps.")
    weight_decay: float = knob(
        0.0,
        0.0,
        1.0,
        help="Pull of all weights towards 0, by this share times the learning rate in each step: small weights let the "
        "chains mix.",
    )


class BoltzmannMachine(SingleLearner[Learner[Machine]]):
    """Trains a `Restricted` or a `FullyVisible` machine."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        classes, self._spec, self._config = len(spec.classes), spec, config
        net: Machine
        if config.kind == "full" and spec.is_image:
            net = FullyVisible(spec.size, classes, rng)
        else:
            net = Restricted(spec.size, classes, config.hidden, gaussian=not spec.is_image, rng=rng)
        learner = Learner(net, betas=(config.momentum, 0.99), weight_decay=config.weight_decay, clip=20.0)
        super().__init__(learner)
        noise = torch.rand(config.chains, spec.size + classes, generator=rng, device=rng.device)
        self._chains = (noise < 0.5).to(noise.dtype)
        if classes:
            self._chains[:, spec.size :] = F.one_hot(torch.arange(config.chains) % classes, classes).to(noise)
        self._mean = torch.full((spec.size + classes,), 0.5, device=rng.device)
        self._partition: tuple[int, Partition] | None = None

    @property
    def _net(self) -> Machine:
        return self.learner.net

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        v = drawn(batch.x, self._spec, rng) if self._spec.is_image else batch.x.flatten(1)
        u = torch.cat([v, one_hot(batch.label, len(v), len(self._spec.classes), v)], 1)
        self._look_at(u)
        if self._config.method == "direct" and self._can_do_directly:
            loss = self._direct_loss(u)
            self.learner.learn(loss)
            self._chains = u[torch.arange(self._config.chains, device=u.device) % len(u)]
            return {"loss": loss.detach()}
        samples = self._samples(u, rng)
        with torch.no_grad():
            shown = self._misfit(u, rng)
        gap = self._net.free_energy(u).mean() - self._net.free_energy(samples).mean()
        self.learner.learn(gap)
        return {"loss": shown, "energy gap": gap.detach()}

    def _look_at(self, u: Tensor) -> None:
        """Follow the mean of the data; the first batch gives the units their biases (Hinton 2012)."""
        if self.learner.step_count == 0:
            self._mean = u.mean(0)
            for net in (self._net, self.learner.shown):
                net.begin(self._mean)
        self._mean = torch.lerp(self._mean, u.mean(0), _FORGET)

    @property
    def _can_do_directly(self) -> bool:
        net = self._net
        if isinstance(net, FullyVisible) or enumerable(net, _TERMS_TO_TRAIN):
            return True
        return net.gaussian and net.hidden * (1 + net.classes) <= _MOST_OVER_THE_PLANE

    def _direct_loss(self, u: Tensor) -> Tensor:
        """Minus the log-likelihood, or the pseudo-likelihood of a full machine, in nats per example."""
        net = self._net
        if isinstance(net, FullyVisible):
            return -net.pseudo_likelihood(u).mean()
        sum_of = enumerated(net) if enumerable(net, _TERMS_TO_TRAIN) else over_the_plane(net, _REACH_TO_TRAIN)
        return net.free_energy(u).mean() + finish(sum_of).logsumexp(0)

    @torch.no_grad()
    def _samples(self, u: Tensor, rng: Rng) -> Tensor:
        """Units (n, units) from chains that go on, or that start at the data."""
        persistent = self._config.method != "cd"
        if persistent and self._net.gaussian and self.learner.step_count == 0:
            self._chains = u[torch.arange(self._config.chains, device=u.device) % len(u)]
        chain = self._chains if persistent else u
        for _ in range(self._config.sweeps):
            chain, _ = self._net.sweep(chain, rng)
        self._chains = chain[torch.arange(self._config.chains, device=u.device) % len(chain)]
        return chain

    def _misfit(self, u: Tensor, rng: Rng) -> Tensor:
        """How far the machine is from the data, in nats per example.

        Minus the pseudo-likelihood by one random pixel per picture; for points the squared error after one sweep.
        """
        net, size = self._net, self._net.size
        if isinstance(net, FullyVisible):
            return -net.pseudo_likelihood(u).mean()
        if net.gaussian:
            _, mean = net.sweep(u, rng)
            return (u - mean)[:, :size].square().sum(1).mean()
        which = torch.randint(size, (len(u), 1), generator=rng, device=rng.device)
        flipped = u.scatter(1, which, 1 - u.gather(1, which))
        return size * F.softplus(net.free_energy(u) - net.free_energy(flipped)).mean()

    def abilities(self) -> Abilities:
        machine, spec = self.learner.shown, self._spec
        told = Inference(machine, spec, self._mean, self._known_partition())
        knobs = GreyKnobs if is_grey(spec) else GibbsKnobs
        gibbs = Gibbs(machine, spec, self._chains, self._mean, Knobs=knobs)
        samplers: dict[str, Gibbs | DrawHidden] = {"gibbs": gibbs}
        if isinstance(machine, Restricted) and enumerable(machine, _TERMS_TO_DRAW):
            samplers["exact"] = DrawHidden(machine, spec)
        return Abilities(
            samplers=samplers,
            log_density=told.density(),
            score=told.score if machine.gaussian else None,
            classifier=told.classifier(),
            surface=None if spec.is_image else told.surface(),
            inside=told.inside(),
            methods=_methods(machine, spec, gibbs),
            lossless=lossless(machine, spec),
            uses_label=bool(spec.classes),
            temperature="Divides the energy of all units, visible and hidden."
            if spec.is_image
            else "Multiplies the variance of the visible units around their means. Hidden units are drawn as before and with "
            "them the means, so that the spread of the whole changes less.",
        )

    def _known_partition(self) -> Partition:
        """That of the weights as they are, found once per training step."""
        if self._partition is None or self._partition[0] != self.learner.step_count:
            found = Partition(self.learner.shown, log_odds(self._mean, self.learner.shown.size))
            self._partition = self.learner.step_count, found
        return self._partition[1]

    # --- keeping ---

    def to(self, device: torch.device) -> None:
        super().to(device)
        self._chains, self._mean, self._partition = self._chains.to(device), self._mean.to(device), None

    def state_dict(self) -> dict[str, Tensor]:
        return {**super().state_dict(), "chains": self._chains.clone(), "mean": self._mean.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        check_fit({"chains": self._chains, "mean": self._mean}, state)
        super().load_state_dict(state)
        self._chains, self._mean = state["chains"].to(self._chains), state["mean"].to(self._mean)
        self._partition = None


def _methods(machine: Machine, spec: DataSpec, gibbs: Gibbs) -> dict[str, Method]:
    grey = is_grey(spec)
    clamped = replace(gibbs, fills=True, Knobs=GreyFillKnobs if grey else FillKnobs)
    methods = {
        "clamped": Method(
            "mask",
            "Clamped Gibbs sampling",
            "asymptotic",
            "Holds the known part while all other units are drawn by turns; the longer, the nearer to the conditional.",
            clamped,
        )
    }
    if grey:
        methods["mean"] = Method(
            "mask",
            "Mean of a clamped chain",
            "asymptotic",
            "How often each pixel is white, averaged over the end of a chain that holds the known part: in the long run "
            "the mean of the conditional, and smoother than any one of its pictures.",
            replace(clamped, Knobs=MeanGibbsKnobs),
            careful=True,
        )
    if isinstance(machine, Restricted) and enumerable(machine, _TERMS_TO_DRAW):
        methods["exact"] = Method(
            "mask",
            "Weigh all hidden states",
            "exact",
            "Draws a hidden state by how well it explains the known part, then the rest given it: the exact conditional.",
            DrawHidden(machine, spec, fills=True),
        )
    return methods


def accepts(spec: DataSpec) -> str | None:
    """Why a Boltzmann machine cannot learn such data, or None."""
    if not spec.is_image:
        return None if spec.kind == "real" else f"points of a Boltzmann machine are real-valued, not {spec.kind}."
    if max(spec.event[1:]) > LARGEST_SIDE:
        return f"Boltzmann machines take pictures of up to {LARGEST_SIDE}x{LARGEST_SIDE} pixels; choose a smaller size."
    return None


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if not spec.is_image:
        config = {"hidden": 64, "method": "direct"}
        return Recipe(config, Training(batch=256, learning_rate=0.05), steps=1500)
    if spec.size <= 144:
        return Recipe({"hidden": 256}, Training(batch=128, learning_rate=5e-3), steps=6000, knobs={"start": "chains"})
    return Recipe({"hidden": 400}, Training(batch=128, learning_rate=2e-3), steps=4000, knobs={"start": "chains"})


FAMILY = Family(
    name="rbm",
    title="Boltzmann",
    summary="energy · Gibbs",
    group="energy",
    help="Boltzmann machine: units that switch each other on and off; it learns by comparing the data with what it dreams.",
    reference="Hinton 2002 (doi:10.1162/089976602760128018); Tieleman 2008 (doi:10.1145/1390156.1390290)",
    Config=Config,
    accepts=accepts,
    build=lambda config, spec, rng: BoltzmannMachine(config, spec, rng),
    recipe=_recipe,
    when_diverged="The chains no longer follow the weights: what training takes for samples of the model is not, and the "
    "energy gap grows without end. Lower the learning rate, take more sweeps, or let the weights decay.",
)
