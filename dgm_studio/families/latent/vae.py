"""Variational autoencoder: a latent for every example, and a decoder that knows how sure it is.

Trained on the bound ``log p(x) >= E_q log p(x | z) - beta KL(q(z | x) || N(0, I))`` (Kingma & Welling 2013,
arXiv:1312.6114; beta: Higgins et al. 2017) or on the tighter importance-weighted one (IWAE, Burda et al. 2015,
arXiv:1509.00519), which with more latents also estimates its density:

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k | x),     z_k ~ q(z | x).

New latents come from the prior N(0, I) or from what was fitted to the latents of recent training examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Latent,
    Method,
    Recipe,
    Rng,
    Settings,
    Training,
    Work,
    knob,
    seeded,
)
from dgm_studio.families.latent.decoding import PRIOR_HELP, DecodeSampler, NoisyKnobs
from dgm_studio.families.latent.importance import Importance, log_mean
from dgm_studio.families.latent.imputation import Imputation
from dgm_studio.families.latent.observations import DecoderName, GaussianObservation, observation_for
from dgm_studio.families.latent.priors import LatentMemory, PriorName
from dgm_studio.families.latent.search import LatentSearch, search_methods
from dgm_studio.families.latent.traversals import traversals
from dgm_studio.families.latent.vae_net import VaeNet
from dgm_studio.families.shared.classes import class_or_first, one_hot, shown_to
from dgm_studio.families.shared.latents import Decoder, standard_normal
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner

_LATENT = {"points": 2, "paths": 8, "images": 16}
_REMEMBER_EVERY = 4
"""Training steps between batches whose latents are remembered: they cost another pass through the averaged encoder."""


class Config(Settings):
    latent: int = knob(
        0,
        0,
        128,
        zero="auto",
        help="Latent numbers; 0 chooses 2 in 2D, 8 on paths and 16 on images. With 2 the whole latent plane can be "
        "seen.",
    )
    width: int = knob(
        0, 0, 1024, zero="auto", help="Units in the wider hidden layer; 0 chooses 128 in 2D and 400 on images."
    )
    decoder: DecoderName = knob(
        "auto",
        kind="images",
        help="Images: what is said about a pixel given the latent: a Gaussian of learned width, black or white with a "
        "probability, or the probability of each grey level; auto follows the data.",
    )
    objective: Literal["elbo", "iwae"] = knob(
        "elbo",
        help="The bound that training climbs: the classic one, or the tighter importance-weighted one with more latents.",
    )
    importance: int = knob(
        10, 1, 64, scale="log", help="Latents per example in the importance-weighted bound; 1 is the classic bound."
    )
    beta: float = knob(
        1.0,
        0.01,
        20.0,
        scale="log",
        help="Weight of the KL to the prior: above 4 latents collapse to the prior, below 1 they spread out.",
    )
    draws: int = knob(
        64,
        1,
        1024,
        scale="log",
        advanced=True,
        help="Latents per point when estimating its density; 1 gives the classic bound.",
    )

    def latent_size(self, spec: DataSpec) -> int:
        return self.latent or _LATENT[spec.data_kind]

    def hidden(self, spec: DataSpec) -> list[int]:
        if self.width:
            return [self.width, max(8, self.width // 2)]
        return [400, 200] if spec.is_image else [128, 128]


class Vae(SingleLearner[Learner[VaeNet]]):
    def __init__(self, config: Config, spec: DataSpec, learner: Learner[VaeNet]) -> None:
        super().__init__(learner)
        self._config, self._spec = config, spec
        self._memory = LatentMemory(config.latent_size(spec), len(spec.classes))

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net, config = self.learner.net, self._config
        x = batch.x.flatten(1)
        given = one_hot(shown_to(batch, self._spec, rng), len(x), self._spec.given_size, x)
        q = net.posterior(x, given)
        divergence = q.divergence().mean(0)
        kl = divergence.sum()
        if config.objective == "elbo" or config.importance == 1:
            nll = -net.log_likelihood(x, q.sample(rng), given).mean()
            loss = nll + kl
            self.learner.learn(nll + config.beta * kl)
        else:
            noise = torch.randn(config.importance, *q.mean.shape, generator=rng, device=rng.device)
            likelihood, ratio = net.weigh(q, x, given, noise)
            nll = -likelihood.mean()
            loss = -(log_mean(likelihood + ratio)).mean()
            self.learner.learn(loss if config.beta == 1 else -log_mean(likelihood + config.beta * ratio).mean())
        self._remember(x, batch.label if self._spec.classes else None, given, rng)
        metrics = {
            "loss": loss.detach(),
            "reconstruction NLL": nll.detach(),
            "KL": kl.detach(),
            "active units": (divergence.detach() > 0.01).sum().to(kl),
        }
        if isinstance(net.observation, GaussianObservation):
            metrics["noise"] = net.observation.sigma.detach().clone()
        return metrics

    @torch.no_grad()
    def _remember(self, x: Tensor, label: Tensor | None, given: Tensor, rng: Rng) -> None:
        """Keep latents of some batches, as the averaged encoder that samples are made with sees them."""
        net = self.learner.shown
        if self.learner.step_count % _REMEMBER_EVERY == 1:
            self._memory.remember(net.posterior(x, given).sample(rng), label)

    def to(self, device: torch.device) -> None:
        super().to(device)
        self._memory.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return {**super().state_dict(), **self._memory.state_dict()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        self._memory.load_state_dict(state)

    @torch.no_grad()
    def _encode(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        flat = x.flatten(1)
        return self.learner.shown.posterior(flat, class_or_first(label, flat, self._spec)).mean

    def abilities(self) -> Abilities:
        spec, net = self._spec, self.learner.shown
        size, importance = net.latent, Importance(net, spec, self._config.draws)
        return Abilities(
            samplers={"decode": DecodeSampler(net.decode, spec, size, _knobs_for(spec), net.draw, self._memory.draw)},
            log_density=importance.density(),
            latent=Latent(size, standard_normal(size), Decoder(net.decode, spec), self._encode, classes="mixed"),
            classifier=importance.classifier(),
            inside=traversals(net, size, spec),
            methods=_methods(net, spec),
            uses_label=bool(spec.given_size),
            temperature="Multiplies the variance of the prior over latents (of each component of a fitted one), and of the "
            "decoder's noise.",
        )


def _methods(net: VaeNet, spec: DataSpec) -> dict[str, Method]:
    search = LatentSearch(net.decode, spec, net.latent)
    return {
        **search_methods(
            search,
            "Quick: finds usual latents whose pictures agree with the known part, from several starts; what it shows is "
            "likely, not a fair draw (Yeh et al. 2017, arXiv:1607.07539).",
            careful=False,
        ),
        "pseudo-gibbs": Method(
            "mask",
            "Pseudo-Gibbs",
            "heuristic",
            "As good as the encoder: it takes the encoder's guess for the true posterior "
            "(Rezende et al. 2014, arXiv:1401.4082).",
            Imputation(
                net,
                spec,
                search,
                False,
                "Pseudo-Gibbs",
                "Searches for a latent, then by turns guesses the missing part from it and the latent from the picture.",
            ),
        ),
        "metropolis": Method(
            "mask",
            "Metropolis within Gibbs",
            "asymptotic",
            "Corrects pseudo-Gibbs by acceptance; exact for this VAE in the long run "
            "(Mattei & Frellsen 2018, arXiv:1802.04826).",
            Imputation(
                net,
                spec,
                search,
                True,
                "Metropolis within Gibbs",
                "Pseudo-Gibbs that refuses guesses of the latent that fit worse.",
            ),
            careful=True,
        ),
    }


class _ImageKnobs(NoisyKnobs):
    """Of pictures the mean is shown: independent pixel noise only hides it. Their latents leave the widest holes."""

    prior: PriorName = knob("mixture", help=PRIOR_HELP)
    noise: float = knob(
        0.0,
        0.0,
        1.0,
        step=0.05,
        help="Share of the decoder's own pixel noise that is added at the end; 0 shows its mean.",
    )


def _knobs_for(spec: DataSpec) -> type[NoisyKnobs]:
    return _ImageKnobs if spec.is_image else NoisyKnobs


def _accepts(spec: DataSpec) -> str | None:
    if spec.kind == "real" or spec.is_image:
        return None
    return f"in 2D this VAE has a Gaussian decoder and needs real data, not {spec.kind} data"


def _build(config: Config, spec: DataSpec, rng: Rng) -> Vae:
    with seeded(rng):
        observation = observation_for(config.decoder, spec)
        net = VaeNet(spec.size, spec.given_size, config.hidden(spec), config.latent_size(spec), observation)
    model = Vae(config, spec, Learner(net))
    model.to(rng.device)
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.is_image:
        return Recipe(training=Training(batch=128, learning_rate=2e-3), steps=2000 if spec.size < 256 else 5000)
    return Recipe(training=Training(batch=256, learning_rate=4e-3), steps=3000)


FAMILY = Family(
    name="vae",
    title="VAE",
    summary="encoder · decoder",
    group="latent variable",
    help="Variational autoencoder: learns a few latent numbers for every example and a decoder for them; new ones make new "
    "examples.",
    reference="Kingma & Welling 2013 (arXiv:1312.6114); sigma-VAE: Rybkin et al. 2020 (arXiv:2006.13202); "
    "IWAE: Burda et al. 2015 (arXiv:1509.00519)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    takes_context=True,
    kinds=("points", "images", "paths"),
    when_diverged="The bound runs away when the decoder's noise shrinks faster than its mean improves, or when a latent's "
    "width overflows. Lower the learning rate, or raise beta.",
)
