"""A deep belief network: a restricted Boltzmann machine on the hidden units of another.

The lower machine learns the pixels; the upper one learns the states that the lower one's hidden units take on the data, and
replaces them as a prior, which can only raise the bound on the likelihood (Hinton, Osindero & Teh 2006,
doi:10.1162/neco.2006.18.7.1527). The class is a group of units beside those, so the upper machine dreams of a class and the
lower one draws it.

The paper trains one after the other. Here both learn from the first step, so that there is something to see, and after
``bottom_steps`` the lower one is frozen, from where on it is greedy stacking as in the paper. Grey pixels are chances to be
white (`knobs`); likelihoods are those of the picture cut at mid-grey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    Classifier,
    DataSpec,
    Family,
    Inside,
    LogDensity,
    Method,
    Recipe,
    Rng,
    Settings,
    Training,
    Work,
    knob,
)
from dgm_studio.families.boltzmann.deep import Bound, Deep, Dream
from dgm_studio.families.boltzmann.inference import tiles
from dgm_studio.families.boltzmann.knobs import (
    FillKnobs,
    GibbsKnobs,
    GreyFillKnobs,
    GreyKnobs,
    binary,
    drawn,
    is_grey,
)
from dgm_studio.families.boltzmann.partition import enumerable
from dgm_studio.families.boltzmann.population import HiddenPopulation
from dgm_studio.families.boltzmann.rbm import accepts as rbm_accepts
from dgm_studio.families.boltzmann.restricted import Restricted, log_odds
from dgm_studio.families.shared.classes import one_hot
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.state import check_fit
from dgm_studio.language import tr

_FORGET = 0.02
_RECENTRE_EVERY = 25


class Config(Settings):
    hidden: int = knob(128, 2, 1024, scale="log", help="Units between the lower and the upper machine.")
    top: int = knob(256, 1, 2048, scale="log", help="Hidden units of the upper machine.")
    bottom_steps: int = knob(
        2000,
        1,
        100_000,
        scale="log",
        help="After so many steps the lower machine is frozen and only the upper one learns.",
    )
    sweeps: int = knob(
        1, 1, 20, scale="log", help="Sweeps of Gibbs sampling of the kept chains for each training step."
    )
    chains: int = knob(
        128, 8, 1024, scale="log", help="Chains that are kept running beside the training, in each machine."
    )


class RestrictedLayer:
    """One restricted machine that learns by persistent contrastive divergence."""

    def __init__(self, machine: Restricted, chains: int, rng: Rng) -> None:
        self.learner = Learner(machine, betas=(0.9, 0.99), clip=20.0)
        units, size = len(machine.level), machine.size
        self.chains = (torch.rand(chains, units, generator=rng, device=rng.device) < 0.5).to(machine.level.dtype)
        if machine.classes:
            y = torch.arange(chains, device=rng.device) % machine.classes
            self.chains[:, size:] = F.one_hot(y, machine.classes).to(self.chains)
        self.mean = torch.full((units,), 0.5, device=rng.device)

    @property
    def net(self) -> Restricted:
        return self.learner.net

    @property
    def shown(self) -> Restricted:
        return self.learner.shown

    def look_at(self, u: Tensor, moving: bool = False) -> None:
        """Follow the mean of the units (n, units), and the centre with it where what is below still moves."""
        first = self.learner.step_count == 0
        self.mean = u.mean(0) if first else torch.lerp(self.mean, u.mean(0), _FORGET)
        for machine in (self.net, self.shown):
            if first:
                machine.begin(self.mean)
            elif moving and self.learner.step_count % _RECENTRE_EVERY == 0:
                machine.recentre(self.mean)

    def learn(self, u: Tensor, sweeps: int, rng: Rng) -> Tensor:
        """One step; returns minus the pseudo-likelihood by one random unit per example, in nats."""
        net = self.net
        with torch.no_grad():
            for _ in range(sweeps):
                self.chains, _ = net.sweep(self.chains, rng)
            which = torch.randint(net.size, (len(u), 1), generator=rng, device=rng.device)
            flipped = u.scatter(1, which, 1 - u.gather(1, which))
            misfit = net.size * F.softplus(net.free_energy(u) - net.free_energy(flipped)).mean()
        self.learner.learn(net.free_energy(u).mean() - net.free_energy(self.chains).mean())
        return misfit

    def to(self, device: torch.device) -> None:
        self.learner.to(device)
        self.chains, self.mean = self.chains.to(device), self.mean.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return {**self.learner.state_dict(), "chains": self.chains.clone(), "mean": self.mean.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        check_fit({"chains": self.chains, "mean": self.mean}, state)
        self.learner.load_state_dict(state)
        self.chains, self.mean = state["chains"].to(self.chains), state["mean"].to(self.mean)


class DeepBeliefNetwork:
    """Trains both machines, then the upper one alone."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        self._config, self._spec = config, spec
        lower = Restricted(spec.size, 0, config.hidden, gaussian=False, rng=rng)
        upper = Restricted(config.hidden, len(spec.classes), config.top, gaussian=False, rng=rng)
        self._layers = {
            "bottom": RestrictedLayer(lower, config.chains, rng),
            "top": RestrictedLayer(upper, config.chains, rng),
        }
        self._bound: tuple[int, Bound] | None = None

    @property
    def _deep(self) -> Deep:
        return Deep(self._layers["bottom"].shown, self._layers["top"].shown)

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        bottom, top = self._layers["bottom"], self._layers["top"]
        v = drawn(batch.x, self._spec, rng)
        metrics: dict[str, Tensor] = {}
        moving = bottom.learner.step_count < self._config.bottom_steps
        if moving:
            bottom.look_at(v)
            metrics["bottom"] = bottom.learn(v, self._config.sweeps, rng)
        with torch.no_grad():
            h = torch.bernoulli(self._deep.chance(v), generator=rng)
        u = torch.cat([h, one_hot(batch.label, len(h), len(self._spec.classes), h)], 1)
        top.look_at(u, moving)
        metrics["top"] = top.learn(u, self._config.sweeps, rng)
        return {"loss": metrics["top"], **metrics}

    def retune(self, training: Training) -> None:
        for layer in self._layers.values():
            layer.learner.retune(training)

    def abilities(self) -> Abilities:
        spec, deep, chains = self._spec, self._deep, self._layers["top"].chains
        step = self._layers["top"].learner.step_count
        if self._bound is None or self._bound[0] != step:
            self._bound = step, Bound(deep, log_odds(self._layers["top"].mean, deep.top.size))
        bound, grey = self._bound[1], is_grey(spec)
        return Abilities(
            samplers={"dream": Dream(deep, spec, chains, Knobs=GreyKnobs if grey else GibbsKnobs)},
            log_density=LogDensity(
                "lower bound" if enumerable(deep.top) else "estimate",
                lambda x, label: bound.work(binary(x), label if spec.classes else None),
                levels=2,
                note=bound.partition.note,
                chains=bound.partition.chains,
            ),
            classifier=Classifier("free energies of the upper machine", "heuristic", self._class_evidence)
            if spec.classes
            else None,
            inside={
                "bottom": Inside(
                    "Lower filters", "Which pixels turn each unit of the lower machine on.", self._filters
                ),
                "top": Inside(
                    "Upper filters", "The same for the upper machine, through the lower one.", self._upper_filters
                ),
            },
            methods={
                "clamped": Method(
                    "mask",
                    "Up and down",
                    "heuristic",
                    "Goes up from the picture, through the upper machine and down again, and puts the known part back: the way "
                    "up is only near the posterior, so the limit is only near the conditional.",
                    Dream(deep, spec, chains, fills=True, Knobs=GreyFillKnobs if grey else FillKnobs),
                ),
                "population": Method(
                    "mask",
                    "Population of hidden states",
                    "asymptotic",
                    "Many states between the machines for each answer, weighted by how well they explain the known pixels; "
                    "with many of them the conditional of the network, of grey pixels its mean near the one drawn.",
                    HiddenPopulation(deep, spec, chains),
                    careful=True,
                ),
            },
            uses_label=bool(spec.classes),
            temperature="Divides the energy of the upper machine and the log-odds of the pixels.",
        )

    @torch.no_grad()
    def _class_evidence(self, x: Tensor) -> Work[Tensor]:
        """log p(h, y) of the upper machine at the mean of q(h | x), less the logarithm of the share of each class."""
        deep, top = self._deep, self._layers["top"]
        prior = top.mean[deep.top.size :].clamp_min(1e-6).log()
        parts = []
        for part in x.split(256):
            parts.append(deep.top.joint(deep.chance(binary(part))) - prior)
            yield
        return torch.cat(parts) if parts else x.new_zeros(0, len(prior))

    def _filters(self) -> Work[Tensor]:
        yield
        return tiles(self._deep.bottom.weight.T.reshape(-1, *self._spec.event))

    def _upper_filters(self) -> Work[Tensor]:
        yield
        deep = self._deep
        through = deep.bottom.weight @ deep.top.weight[: deep.top.size]
        return tiles(through.T.reshape(-1, *self._spec.event))

    def to(self, device: torch.device) -> None:
        self._bound = None
        for layer in self._layers.values():
            layer.to(device)

    def parameters(self) -> Sequence[Tensor]:
        return [p for layer in self._layers.values() for p in layer.learner.parameters()]

    def state_dict(self) -> dict[str, Tensor]:
        return {_named(name, key): v for name, layer in self._layers.items() for key, v in layer.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self._bound = None
        for name, layer in self._layers.items():
            own = {*layer.state_dict(), "optimiser.mean", "optimiser.square", "optimiser.moves"}
            layer.load_state_dict({key: state[_named(name, key)] for key in own if _named(name, key) in state})


def _named(layer: str, key: str) -> str:
    """The name of a layer's tensor in the state of both; what belongs to the optimiser still begins with its name."""
    rest = key.removeprefix("optimiser.")
    return f"optimiser.{layer}.{rest}" if rest != key else f"{layer}.{key}"


def _accepts(spec: DataSpec) -> str | None:
    if not spec.is_image:
        return tr("a deep belief network stacks machines of black and white pixels; choose pictures.")
    return rbm_accepts(spec)


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.size <= 144:
        return Recipe({"hidden": 96, "top": 192}, Training(batch=128, learning_rate=5e-3), steps=4000)
    config = {"hidden": 300, "top": 500, "bottom_steps": 1500}
    return Recipe(config, Training(batch=100, learning_rate=2e-3), steps=4000)


FAMILY = Family(
    name="dbn",
    title="DBN",
    summary="stacked · energy",
    group="energy",
    help="Deep belief network: one Boltzmann machine on the hidden units of another; the upper one dreams, the lower one "
    "draws.",
    reference="Hinton, Osindero & Teh 2006 (doi:10.1162/neco.2006.18.7.1527)",
    Config=Config,
    accepts=_accepts,
    build=lambda config, spec, rng: DeepBeliefNetwork(config, spec, rng),
    recipe=_recipe,
    when_diverged="The chains no longer follow the weights of one of the machines: what training takes for its samples is "
    "not. Lower the learning rate or take more sweeps.",
)
