"""Generative adversarial network: a generator makes fakes, a critic tells them from data, each learns from the other.

Relativistic loss (default; Huang et al. 2024, R3GAN, arXiv:2501.05441): the critic compares real examples with fakes,

    L_D = E softplus(-(D(x) - D(G(z)))) + r1/2 E |grad D(x)|^2 + r2/2 E |grad D(G(z))|^2,
    L_G = E softplus(-(D(G(z)) - D(x))),

which keeps every mode; the penalties make it converge. Other losses are there to compare. Generators orbit, their average
over time does not: what is shown is the average.

Latents come from the prior alone, with no choice of a fitted one as for autoencoders: every latent that the prior draws has
been trained on, so there is no hole to mend, and nothing that would give the latents of training examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Latent,
    Recipe,
    Rng,
    Surface,
    Training,
    extend,
    seeded,
)
from dgm_studio.families.latent.decoding import DecodeSampler, TruncationKnobs
from dgm_studio.families.latent.gan_losses import (
    Score,
    critic_loss,
    generator_loss,
    gradient_penalty,
    scores_and_squared_grads,
)
from dgm_studio.families.latent.gan_nets import Critic, Generator, ImageCritic, settle
from dgm_studio.families.latent.gan_settings import Config
from dgm_studio.families.latent.search import LatentSearch, SearchKnobs, invert, search_methods
from dgm_studio.families.latent.traversals import traversals
from dgm_studio.families.shared.classes import class_or_first, one_hot, shown_to
from dgm_studio.families.shared.latents import Decoder, standard_normal
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.players import TwoPlayers

# a generator never learned to make one given picture: it misses most by more than a decoder does
_SearchKnobs = extend(SearchKnobs, tolerance=0.3)


class Gan(TwoPlayers[Generator]):
    """Two players; one step trains the critic, then the generator once."""

    def __init__(
        self, config: Config, spec: DataSpec, generator: Learner[Generator], critic: Learner[nn.Module]
    ) -> None:
        super().__init__(generator, critic)
        self._config, self._spec = config, spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        generator, critic, config = self._generator.net, self._critic.net, self._config
        real = batch.x.flatten(1)
        given = one_hot(shown_to(batch, self._spec, rng), len(real), self._spec.given_size, real)
        latent = config.latent_size(self._spec)

        def fakes() -> Tensor:
            return generator.decode(torch.randn(len(real), latent, generator=rng, device=rng.device), given)

        for _ in range(config.critic_turns()):
            settle(critic)
            with torch.no_grad():
                fake = fakes()
            loss_d, penalty, metric = self._judge(real, fake, given, rng)
            self._critic.learn(loss_d + penalty)

        critic.requires_grad_(False)
        on_fake = critic(fakes(), given)
        on_real = critic(real, given) if config.loss == "relativistic" else on_fake
        loss_g = generator_loss(config.loss, on_real, on_fake)
        self._generator.learn(loss_g)
        critic.requires_grad_(True)
        return {"loss": loss_g.detach(), "critic": loss_d.detach(), **metric}

    def _judge(
        self, real: Tensor, fake: Tensor, given: Tensor, rng: Rng
    ) -> tuple[Tensor, Tensor, Mapping[str, Tensor]]:
        """The critic's loss, the weighted penalty on its gradient, and that gradient to look at."""
        critic, config, n = self._critic.net, self._config, len(real)
        twice = given.repeat(2, 1)
        score: Score = lambda x: critic(x, given if len(x) == n else twice)  # noqa: E731 - a name for its type
        both = torch.cat([real, fake])
        if config.loss == "wgan-gp":
            scores = score(both)
            off = gradient_penalty(score, real, fake, rng)
            penalty, metric = config.gradient_penalty * off, {"gradient penalty": off.detach()}
        elif config.r1 or config.r2:
            scores, square = scores_and_squared_grads(score, both)
            at_real, at_fake = square[:n].mean(), square[n:].mean()
            penalty = 0.5 * (config.r1 * at_real + config.r2 * at_fake)
            metric = {"squared gradient": (at_real + at_fake).detach()}
        else:
            scores, penalty, metric = score(both), real.new_zeros(()), {}
        return critic_loss(config.loss, scores[:n], scores[n:]), penalty, metric

    def abilities(self) -> Abilities:
        spec, net = self._spec, self._generator.shown
        size = self._config.latent_size(spec)
        latest = self._generator.net
        search = LatentSearch(net.decode, spec, size, Knobs=_SearchKnobs)
        return Abilities(
            samplers={
                "decode": DecodeSampler(net.decode, spec, size, TruncationKnobs),
                "latest": DecodeSampler(
                    latest.decode,
                    spec,
                    size,
                    TruncationKnobs,
                    title="Decode by the latest weights",
                    help="As Decode, by the generator of this very step and not its average: how it orbits can be seen.",
                ),
            },
            latent=Latent(
                size,
                standard_normal(size),
                Decoder(net.decode, spec),
                search=partial(invert, search),
                classes="mixed",
            ),
            inside=traversals(net, size, spec),
            methods=search_methods(
                search,
                "Finds latents whose pictures agree with the known part (Yeh et al. 2017, arXiv:1607.07539); what it shows is "
                "likely, not a fair draw.",
            ),
            surface=self._surface() if spec.data_kind == "points" else None,
            uses_label=bool(spec.given_size),
            temperature="Multiplies the variance of the prior over latents.",
        )

    def _surface(self) -> Surface:
        critic, classes = self._critic.net, len(self._spec.classes)

        def value(x: Tensor, label: Tensor | None) -> Tensor:
            if self._spec.context:
                told: Tensor = critic(x, class_or_first(label, x, self._spec))
                return told
            if not classes or label is not None:
                known = None if label is None else label.clamp_min(0)
                scores: Tensor = critic(x, one_hot(known, len(x), classes, x))
                return scores
            each = [torch.full((len(x),), y, device=x.device) for y in range(classes)]
            return torch.stack([critic(x, one_hot(y, len(x), classes, x)) for y in each]).mean(0)

        return Surface(
            "Critic",
            "The critic's score, higher where it sees data (over all classes their mean); its gradient is where it pushes the "
            "generator's fakes.",
            value,
        )


def _accepts(spec: DataSpec) -> str | None:
    return (
        None if spec.kind == "real" else f"a GAN needs real-valued data, not {spec.kind} data: choices have no gradient"
    )


def _critic(config: Config, spec: DataSpec) -> nn.Module:
    classes, units = spec.given_size, config.units(spec)
    if spec.is_image:
        return ImageCritic(spec.event, classes, units, config.channels(spec), spectral=config.spectral)
    frequencies = config.frequencies if spec.data_kind == "points" else 0  # of many numbers they would tell nothing
    return Critic(spec.size, classes, units, frequencies, config.spread, spectral=config.spectral)


def _build(config: Config, spec: DataSpec, rng: Rng) -> Gan:
    with seeded(rng):
        latent, classes = config.latent_size(spec), spec.given_size
        generator = Generator(
            latent,
            classes,
            config.units(spec),
            spec.event,
            channels=config.channels(spec),
            waves=config.waves if spec.data_kind == "points" else 0,
        )
        critic = _critic(config, spec)
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
        return Recipe({"r1": 1.0, "r2": 1.0}, Training(batch=128, learning_rate=1e-3), steps=3000)
    return Recipe(training=Training(batch=256, learning_rate=1e-3), steps=3000)


FAMILY = Family(
    name="gan",
    title="GAN",
    summary="generator · critic",
    group="implicit",
    help="Generative adversarial network: a generator learns to fool a critic that learns to catch it; sharp samples in one "
    "pass, no density.",
    reference="Goodfellow et al. 2014 (arXiv:1406.2661); R3GAN: Huang et al. 2024 (arXiv:2501.05441); "
    "WGAN-GP: Gulrajani et al. 2017 (arXiv:1704.00028); spectral norm: Miyato et al. 2018 (arXiv:1802.05957)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    takes_context=True,
    kinds=("points", "images", "paths"),
    when_diverged="Training is a game, not a descent: the two gradients form a field that turns around its rest point, and "
    "with a steep critic the turns grow until the scores run away. Raise r1 and r2, which damp the turning (with wgan-gp the "
    "gradient penalty), or bound the critic by its spectral norm; a lower learning rate makes the turns smaller.",
    diverged_beyond=1e4,
)
