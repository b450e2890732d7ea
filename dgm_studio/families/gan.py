"""Generative adversarial network: a generator makes fakes, a critic tells them from data, each learns from the other.

Relativistic loss (default; Huang et al. 2024, R3GAN, arXiv:2501.05441): the critic compares real examples with fakes,

    L_D = E softplus(-(D(x) - D(G(z)))) + gamma/2 (E |grad D(x)|^2 + E |grad D(G(z))|^2),
    L_G = E softplus(-(D(G(z)) - D(x))),

which keeps every mode; the penalties R1 and R2 make it converge. The non-saturating loss (Goodfellow et al. 2014,
arXiv:1406.2661) judges each example alone, and drops modes. Generators orbit, their average over time does not: what is
shown is the average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Latent,
    Recipe,
    Rng,
    Settings,
    Training,
    Work,
    knob,
)
from dgm_studio.families._classes import one_hot
from dgm_studio.families._decoding import DecodeKnobs, DecodeSampler
from dgm_studio.families._gan_nets import Critic, Generator
from dgm_studio.families._learner import Learner
from dgm_studio.families._search import LatentSearch, invert, search_ways


class Config(Settings):
    loss: Literal["relativistic", "non-saturating"] = knob(
        "relativistic",
        help="Compare each real example with a fake (keeps modes), or judge each one alone (drops them).",
    )
    penalty: float = knob(
        0.02,
        0.0,
        10.0,
        step=0.005,
        help="Weight gamma of the slope penalties R1 and R2 on the critic; with 0 training need not settle.",
    )
    latent: int = knob(0, 0, 256, zero="auto", help="Numbers in a code; 0 chooses 2 in 2D and 32 on images.")
    width: int = knob(
        0, 0, 1024, zero="auto", help="Units in each hidden layer; 0 chooses 128 in 2D and 256 on images."
    )
    frequencies: int = knob(
        64, 0, 512, advanced=True, help="2D: Fourier features the critic sees; with 0 it blurs neighbouring modes."
    )
    spread: float = knob(
        1.0,
        0.05,
        5.0,
        scale="log",
        advanced=True,
        help="2D: how fine the critic's Fourier features are, in waves per unit.",
    )

    def code_size(self, spec: DataSpec) -> int:
        return self.latent or (32 if spec.is_image else 2)

    def units(self, spec: DataSpec) -> int:
        return self.width or (256 if spec.is_image else 128)


class Gan:
    """Two players with a learner each; one step trains the critic once, then the generator once."""

    def __init__(self, config: Config, spec: DataSpec, generator: Learner, critic: Learner) -> None:
        self._config, self._spec = config, spec
        self._generator, self._critic = generator, critic

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        generator, critic = self._generator.net, self._critic.net
        assert isinstance(generator, Generator)
        real = batch.x.flatten(1)
        given = one_hot(batch.label, len(real), len(self._spec.classes), real)
        latent = self._config.code_size(self._spec)

        def fakes() -> Tensor:
            return generator.decode(torch.randn(len(real), latent, generator=rng, device=rng.device), given)

        with torch.no_grad():
            fake = fakes()
        loss_d, slope = self._judge(real, fake, given)
        self._critic.learn(loss_d + 0.5 * self._config.penalty * slope)

        critic.requires_grad_(False)
        on_fake = critic(fakes(), given)
        if self._config.loss == "relativistic":
            loss_g = F.softplus(critic(real, given) - on_fake).mean()
        else:
            loss_g = F.softplus(-on_fake).mean()
        self._generator.learn(loss_g)
        critic.requires_grad_(True)
        return {"loss": loss_g.detach(), "critic": loss_d.detach(), "slope": slope.detach()}

    def _judge(self, real: Tensor, fake: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """The critic's loss, and ``E |grad D|^2`` summed over real and fake examples."""
        critic = self._critic.net
        n = len(real)
        if not self._config.penalty:
            on_real, on_fake = critic(torch.cat([real, fake]), given.repeat(2, 1)).split(n)
            slope = real.new_zeros(())
        else:
            x = torch.cat([real, fake]).requires_grad_()
            score = critic(x, given.repeat(2, 1))
            (slopes,) = torch.autograd.grad(score.sum(), x, create_graph=True)
            slope = slopes.square().sum() / n
            on_real, on_fake = score.split(n)
        if self._config.loss == "relativistic":
            return F.softplus(on_fake - on_real).mean(), slope
        return F.softplus(-on_real).mean() + F.softplus(on_fake).mean(), slope

    def abilities(self) -> Abilities:
        spec, net = self._spec, self._generator.shown
        assert isinstance(net, Generator)
        size, classes = self._config.code_size(spec), len(spec.classes)

        def decode(z: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            # no class asked for: the first, so that codes keep their meaning
            label = torch.zeros(len(z), dtype=torch.long, device=z.device) if label is None else label.clamp_min(0)
            with torch.no_grad():
                return net.decode(z, one_hot(label, len(z), classes, z)).view(len(z), *spec.event)

        def prior(n: int, rng: Rng) -> Tensor:
            return torch.randn(n, size, generator=rng, device=rng.device)

        search = LatentSearch(net.decode, spec, size)
        return Abilities(
            samplers={"decode": DecodeSampler(net.decode, spec, size, DecodeKnobs)},
            latent=Latent(size, prior, decode, search=lambda x, label: invert(search, x, label)),
            ways=search_ways(
                search,
                "Finds codes whose pictures agree with the known part (Yeh et al. 2017, arXiv:1607.07539); what it shows is "
                "likely, not a fair draw.",
            ),
            uses_label=bool(classes),
            temperature="Multiplies the variance of the prior over codes (truncation).",
        )

    def retune(self, training: Training) -> None:
        self._generator.retune(training)
        self._critic.retune(training)

    def to(self, device: torch.device) -> None:
        self._generator.to(device)
        self._critic.to(device)

    def parameters(self) -> Sequence[Tensor]:
        return [*self._generator.parameters(), *self._critic.parameters()]

    def state_dict(self) -> dict[str, Tensor]:
        """The generator under its own names, the critic under ``optimiser.critic.``: samples do without it."""
        critic = {f"optimiser.critic.{key}": value for key, value in self._critic.state_dict().items()}
        return {**self._generator.state_dict(), **critic}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        start = "optimiser.critic."
        self._generator.load_state_dict({k: v for k, v in state.items() if not k.startswith(start)})
        critic = {k.removeprefix(start): v for k, v in state.items() if k.startswith(start)}
        if critic:
            self._critic.load_state_dict(critic)


def _accepts(spec: DataSpec) -> str | None:
    return None if spec.kind == "real" else f"a GAN needs real-valued data, not {spec.kind} data: choices have no slope"


def _build(config: Config, spec: DataSpec, rng: Rng) -> Gan:
    classes, units = len(spec.classes), config.units(spec)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(rng.initial_seed())
        generator = Generator(config.code_size(spec), classes, units, spec.size, image=spec.is_image)
        frequencies = 0 if spec.is_image else config.frequencies
        critic = Critic(spec.size, classes, units, frequencies, config.spread)
    betas = (0.0, 0.99)
    # no momentum: it would widen the orbit of the two players; close modes part late, so points keep long steps longer
    decay = 500.0 if spec.is_image else 2000.0
    model = Gan(
        config,
        spec,
        Learner(generator.to(rng.device), betas=betas, decay_after=decay),
        Learner(critic.to(rng.device), betas=betas, decay_after=decay, averaged=False),
    )
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.is_image:
        return Recipe({"penalty": 1.0}, Training(batch=128, learning_rate=1e-3), steps=3000)
    return Recipe(training=Training(batch=256, learning_rate=1e-3), steps=3000)


FAMILY = Family(
    name="gan",
    title="Adversarial network",
    summary="generator · critic",
    group="implicit",
    help="A generator learns to fool a critic that learns to catch it; sharp samples in one pass, no density.",
    reference="Goodfellow et al. 2014 (arXiv:1406.2661); R3GAN: Huang et al. 2024 (arXiv:2501.05441)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
)
