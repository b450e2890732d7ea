"""Energy matching: one landscape without a clock that carries noise to the data and holds it there.

Far from the data the landscape is transport: its slope is the velocity of straight lines between noise and data that are paired
by optimal transport (flow matching),

    L_flow = E | -eps grad E(x_t) - (x1 - x0) |^2,      x_t = (1 - t) x0 + t x1.

Near the data it is an equilibrium: ``p(x) = exp(-E(x)) / Z``, taught by contrast with chains that begin where the descent ends,

    L_contrast = E E(data) - E E(chains).

(Balcerak et al. 2025, arXiv:2504.10612; that chains of the plane also leap from mode to mode is ours.) A flow needs time to
tell where it is; one scalar of x alone has a gradient that is zero on average among the data, a density, and can be added to
others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, Family, Recipe, Rng, Settings, Training, knob
from dgm_studio.families.diffusion.noisy_net import stratified
from dgm_studio.families.diffusion.pairing import pair
from dgm_studio.families.energy import losses
from dgm_studio.families.energy.descent import Descent, descended
from dgm_studio.families.energy.plain import PlainEnergy
from dgm_studio.families.energy.settings import DIVERGED_BEYOND, EnergySettings
from dgm_studio.families.shared.gradients import value_and_grad

_CENTRES = 256
"""Examples that are kept, from which the normalising constant is led to the mass."""
_DESCENT_STEPS = 20
"""In which chains descend before the first contrast."""


class Config(Settings):
    flow_steps: int = knob(
        600,
        1,
        20_000,
        scale="log",
        help="Steps that teach transport alone; from then on chains settle the density among the data.",
    )
    eps: float = knob(
        0.2,
        0.02,
        2.0,
        scale="log",
        title="temperature of the flow",
        help="What a slope is multiplied by to be a velocity: small makes the landscape steep far from the data.",
    )
    until: float = knob(
        0.8,
        0.1,
        1.0,
        step=0.05,
        help="While chains settle the density, transport is taught for this first share of the way, and left free beyond.",
    )
    weight: float = knob(
        0.02,
        0.0,
        1.0,
        step=0.01,
        help="Weight of the transport once chains settle the density: with 0 it is forgotten, with much the density suffers.",
    )
    width: int = knob(0, 0, 512, zero="auto", help="Units per hidden layer; 0 chooses 128 in 2D and 256 on images.")
    depth: int = knob(3, 1, 6, step=1, help="Hidden layers of the network.")
    components: int = knob(
        64,
        1,
        256,
        step=8,
        kind="images",
        help="Images: principal components in which the energy works; finer detail is lost.",
    )
    moves: int = knob(
        0, 0, 200, zero="auto", help="Moves of the chains per training step; 0 chooses 20 in 2D and 40 on images."
    )
    size: float = knob(
        0.15, 0.001, 0.5, scale="log", title="step size", help="Standard deviation of the noise in one move of a chain."
    )
    penalty: float = knob(
        1e-3,
        0.0,
        1.0,
        step=1e-3,
        advanced=True,
        help="Weight of the squared energies; with 0 nothing keeps them from drifting.",
    )
    buffer: int = knob(4096, 16, 50_000, scale="log", advanced=True, help="How many persistent chains are kept.")
    fresh: float = knob(
        0.02,
        0.0,
        1.0,
        step=0.01,
        advanced=True,
        help="Share of the chains that begin anew at the end of a descent from noise.",
    )

    def of_energy(self) -> EnergySettings:
        """The landscape and its chains."""
        return EnergySettings(
            method="pcd",
            fresh=0.0,
            **{k: getattr(self, k) for k in ("width", "depth", "components", "moves", "size", "penalty", "buffer")},
        )


class EnergyMatching:
    """An energy whose chains persist, `PlainEnergy`, that learns transport first."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        self.plain = PlainEnergy(config.of_energy(), spec, rng)
        self.config, self.spec = config, spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        plain, config = self.plain, self.config
        x, label = plain.latents(batch, rng)
        plain.memory.centres = x.detach()[:_CENTRES]
        settling = plain.learner.step_count >= config.flow_steps
        flow = self._flow(x, label, config.until if settling else 1.0, rng)
        if not settling:
            # a slope says nothing of the height: on data it is held near nothing, where the contrast begins
            plain.learner.learn(flow + config.penalty * plain.net(x, label).square().mean())
            return {"loss": flow.detach()}
        if plain.learner.step_count == config.flow_steps:
            plain.memory.chains = self._descended(len(plain.memory.chains), rng)
        gap, learnt = losses.contrast(plain.net, x, label, self._chains(x, rng), config.penalty)
        plain.learner.learn(learnt + config.weight * flow)
        return {"loss": gap.detach(), "transport": flow.detach()}

    def _flow(self, x: Tensor, label: Tensor | None, until: float, rng: Rng) -> Tensor:
        """The squared error of the velocity on lines from noise to latents (n, *shape), in their first share ``until``."""
        noise = torch.randn(x.shape, generator=rng, device=rng.device).to(x)
        noise = pair(noise, x)
        t = until * stratified(len(x), rng, x.device)[:, None]
        velocity = -self.config.eps * losses.grad_of(self.plain.net, torch.lerp(noise, x, t), label)
        return (velocity - (x - noise)).square().mean()

    def _descended(self, n: int, rng: Rng) -> Tensor:
        """Latents (n, *shape) at the end of a descent from noise by the network as it is."""
        plain = self.plain
        noise = torch.randn(n, *plain.space.shape, generator=rng, device=rng.device).to(plain.memory.chains)
        plain.net.requires_grad_(False)
        z = descended(partial(value_and_grad, plain.net), noise, None, self.config.eps, _DESCENT_STEPS)
        plain.net.requires_grad_(True)
        return z

    def _chains(self, x: Tensor, rng: Rng) -> Tensor:
        """As many samples of the model as examples; some chains of the memory have begun anew."""
        memory = self.plain.memory
        anew = round(self.config.fresh * len(x))
        if anew:
            where = torch.randint(len(memory.chains), (anew,), generator=rng, device=rng.device).to(x.device)
            memory.put(where, self._descended(anew, rng))
        if not self.spec.is_image:
            where = torch.randint(len(memory.chains), (len(x),), generator=rng, device=rng.device).to(x.device)
            memory.put(where, leapt(self.plain.net, memory.chains[where], losses.Noise(memory.centres), rng))
        return self.plain.samples(x, rng)

    def abilities(self) -> Abilities:
        plain = self.plain
        own = plain.abilities()
        descent = Descent(
            partial(value_and_grad, plain.shown), plain.space, self.config.eps, plain.memory.chains.device
        )
        # a population follows the equilibrium from the first step on, which is nobody's before chains have settled it
        methods = {name: method for name, method in own.methods.items() if name != "population"}
        return replace(
            own,
            samplers={"descent": descent, **own.samplers},
            methods=methods,
            temperature="Multiplies the variance of the noise, at the start and in every move: chains settle on the density to "
            "the power 1/T.",
        )

    def retune(self, training: Training) -> None:
        self.plain.retune(training)

    def to(self, device: torch.device) -> None:
        self.plain.to(device)

    def parameters(self) -> Sequence[Tensor]:
        return self.plain.parameters()

    def state_dict(self) -> dict[str, Tensor]:
        return self.plain.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.plain.load_state_dict(state)


@torch.no_grad()
def leapt(energy: losses.Energy, x: Tensor, proposals: losses.Noise, rng: Rng) -> Tensor:
    """Chains (n, d) after one leap to anywhere, each refused as Metropolis & Hastings would.

    Langevin moves do not cross from mode to mode, and a contrast with chains that cannot says nothing of how modes compare.
    """
    # proposals come sorted by their width; every chain must be offered any
    y = proposals.sample(len(x), rng)[torch.randperm(len(x), generator=rng, device=rng.device).to(x.device)]
    log_odds = energy(x, None) - energy(y, None) + proposals.log_density(x) - proposals.log_density(y)
    lot = torch.rand(len(x), generator=rng, device=rng.device).to(x)
    return torch.where((lot.log() < log_odds)[:, None], y, x)


def _accepts(spec: DataSpec) -> str | None:
    if spec.kind != "real":
        return f"energy matching follows gradients and needs real-valued data, not {spec.kind} data"
    if spec.is_image and max(spec.event[1:]) > 64:
        return f"takes pictures of at most 64 x 64 pixels, not {spec.event[1]} x {spec.event[2]}; load them smaller"
    return None if spec.is_image or spec.event == (2,) else "takes points of the plane, or pictures"


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if not spec.is_image:
        return Recipe({"flow_steps": 300}, Training(batch=256, learning_rate=5e-3), steps=1200)
    components = 48 if spec.size <= 100 else 96 if spec.event[0] == 1 else 128
    steps = 500 if spec.size <= 100 else 800
    return Recipe({"flow_steps": 300, "components": components}, Training(batch=256, learning_rate=2e-3), steps=steps)


FAMILY = Family(
    name="energy-matching",
    title="Energy matching",
    summary="one landscape",
    group="energy",
    help="One landscape without a clock: far from the data its slope is the velocity of a flow, near them it is the energy "
    "of an equilibrium.",
    reference="Balcerak et al. 2025, arXiv:2504.10612",
    Config=Config,
    accepts=_accepts,
    build=EnergyMatching,
    recipe=_recipe,
    when_diverged="The contrast E(data) - E(chains) ran away: chains could not follow the learned energy. Give them more "
    "moves or smaller steps, a larger penalty, more weight to the transport, or lower the learning rate.",
    diverged_beyond=DIVERGED_BEYOND,
)
