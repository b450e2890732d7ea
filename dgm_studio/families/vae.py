"""Variational autoencoder: a code for every example, and a decoder that knows how sure it is.

Trained on the bound ``log p(x) >= E_q log p(x | z) - beta KL(q(z | x) || N(0, I))`` (Kingma & Welling 2013,
arXiv:1312.6114; beta: Higgins et al. 2017) with a Gaussian decoder whose noise level is learned (Rybkin et al. 2020,
arXiv:2006.13202). Its density is estimated by importance sampling (Burda et al. 2015, arXiv:1509.00519):

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k | x),     z_k ~ q(z | x).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Latent,
    LogDensity,
    Recipe,
    Rng,
    Settings,
    Training,
    Way,
    Work,
    knob,
    rng_for,
)
from dgm_studio.families._classes import marginal, one_hot
from dgm_studio.families._decoding import DecodeSampler, NoisyKnobs
from dgm_studio.families._imputation import Imputation
from dgm_studio.families._learner import Learner
from dgm_studio.families._single import SingleLearner
from dgm_studio.families._vae_net import VaeNet

_PASSES_PER_SLICE = 16384
_BOUND_DRAWS = 16


class Config(Settings):
    latent: int = knob(
        0,
        0,
        128,
        zero="auto",
        help="Numbers in a code; 0 chooses 2 in 2D and 16 on images. With 2 the whole code plane can be seen.",
    )
    width: int = knob(
        0, 0, 1024, zero="auto", help="Units in the wider hidden layer; 0 chooses 128 in 2D and 400 on images."
    )
    beta: float = knob(
        1.0,
        0.01,
        20.0,
        scale="log",
        help="Weight of the price for using the code: above 4 codes collapse to the prior, below 1 they spread out.",
    )
    importance: int = knob(
        64,
        1,
        1024,
        scale="log",
        advanced=True,
        help="Codes per point when estimating its density; 1 gives the bound that training climbs.",
    )

    def code_size(self, spec: DataSpec) -> int:
        return self.latent or (16 if spec.is_image else 2)

    def hidden(self, spec: DataSpec) -> list[int]:
        if self.width:
            return [self.width, max(8, self.width // 2)]
        return [400, 200] if spec.is_image else [128, 128]


class Vae(SingleLearner[Learner]):
    def __init__(self, config: Config, spec: DataSpec, learner: Learner) -> None:
        super().__init__(learner)
        self._config, self._spec = config, spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net = self.learner.net
        assert isinstance(net, VaeNet)
        x = batch.x.flatten(1)
        given = one_hot(batch.label, len(x), len(self._spec.classes), x)
        q = net.posterior(x, given)
        misfit = -net.log_likelihood(x, q.sample(rng), given).mean()
        price = q.divergence().sum(-1).mean()
        self.learner.learn(misfit + self._config.beta * price)
        return {
            "loss": (misfit + price).detach(),
            "misfit": misfit.detach(),
            "price of the code": price.detach(),
            "noise": net.sigma.detach().clone(),
        }

    def abilities(self) -> Abilities:
        spec, net, classes = self._spec, self.learner.shown, len(self._spec.classes)
        assert isinstance(net, VaeNet)
        size = net.latent

        def given(label: Tensor | None, like: Tensor) -> Tensor:
            """No class asked for: the first, so that codes keep their meaning."""
            n = len(like)
            label = torch.zeros(n, dtype=torch.long, device=like.device) if label is None else label.clamp_min(0)
            return one_hot(label, n, classes, like)

        def decode(z: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            with torch.no_grad():
                return net.decode(z, given(label, z)).view(len(z), *spec.event)

        def encode(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            with torch.no_grad():
                return net.posterior(x.flatten(1), given(label, x)).mean

        def conditional(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            draws = self._config.importance if self._config.importance > 1 else _BOUND_DRAWS
            rows = max(1, _PASSES_PER_SLICE // draws // max(1, spec.size // 16))
            # the same codes' noise for every point and every call: a smooth surface that does not flicker
            rng = rng_for(0, size, draws, device=x.device)
            noise = torch.randn(draws, 1, size, generator=rng, device=x.device)
            parts = []
            for i in range(0, len(x), rows):
                with torch.no_grad():
                    flat = x[i : i + rows].flatten(1)
                    y = one_hot(None if label is None else label[i : i + rows], len(flat), classes, flat)
                    q = net.posterior(flat, y)
                    z = (q.mean + q.log_sigma.exp() * noise).flatten(0, 1)
                    log_q = q.log_density(z.view(draws, len(flat), size)).flatten()
                    log_w = net.log_joint(flat.repeat(draws, 1), z, y.repeat(draws, 1)) - log_q
                    log_w = log_w.view(draws, len(flat))
                    bound = self._config.importance == 1
                    parts.append(log_w.mean(0) if bound else log_w.logsumexp(0) - math.log(draws))
                yield
            return torch.cat(parts) if parts else x.new_zeros(0)

        def log_density(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            return marginal(conditional, x, label, classes)

        def prior(n: int, rng: Rng) -> Tensor:
            return torch.randn(n, size, generator=rng, device=rng.device)

        knobs = _MeanKnobs if spec.is_image else NoisyKnobs
        pseudo = Imputation(
            net, spec, False, "Pseudo-Gibbs", "Guesses the code from the picture, then the missing part from the code."
        )
        metropolis = Imputation(
            net, spec, True, "Metropolis within Gibbs", "Pseudo-Gibbs that refuses guesses of the code that fit worse."
        )
        return Abilities(
            samplers={"decode": DecodeSampler(net.decode, spec, size, knobs, net.sigma.detach())},
            log_density=LogDensity(
                "estimate" if self._config.importance > 1 else "lower bound",
                log_density,
                passes=self._config.importance,
            ),
            latent=Latent(size, prior, decode, encode),
            ways={
                "pseudo-gibbs": Way(
                    "mask",
                    "Pseudo-Gibbs",
                    "heuristic",
                    "Quick, and as good as the encoder: it takes the encoder's guess for the true posterior "
                    "(Rezende et al. 2014, arXiv:1401.4082).",
                    pseudo,
                ),
                "metropolis": Way(
                    "mask",
                    "Metropolis within Gibbs",
                    "asymptotic",
                    "Corrects pseudo-Gibbs by acceptance; exact for this VAE in the long run "
                    "(Mattei & Frellsen 2018, arXiv:1802.04826).",
                    metropolis,
                ),
            },
            uses_label=bool(classes),
            temperature="Multiplies the variance of the prior over codes, and of the decoder's noise.",
        )


class _MeanKnobs(NoisyKnobs):
    """On images the mean is shown: independent pixel noise only hides it."""

    noise: float = knob(
        0.0,
        0.0,
        1.0,
        step=0.05,
        help="Share of the decoder's own pixel noise that is added at the end; 0 shows its mean.",
    )


def _accepts(spec: DataSpec) -> str | None:
    return None if spec.kind == "real" else f"this VAE has a Gaussian decoder and needs real data, not {spec.kind} data"


def _build(config: Config, spec: DataSpec, rng: Rng) -> Vae:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(rng.initial_seed())
        net = VaeNet(spec.size, len(spec.classes), config.hidden(spec), config.code_size(spec))
    learner = Learner(net.to(rng.device))
    learner.retune(_recipe(spec, rng.device).training)
    return Vae(config, spec, learner)


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.is_image:
        return Recipe(training=Training(batch=128, learning_rate=2e-3), steps=3000)
    return Recipe(training=Training(batch=256, learning_rate=4e-3), steps=3000)


FAMILY = Family(
    name="vae",
    title="Variational autoencoder",
    summary="encoder · decoder",
    help="Learns a short code for every example and a decoder for codes; new codes make new examples.",
    reference="Kingma & Welling 2013 (arXiv:1312.6114); sigma-VAE: Rybkin et al. 2020 (arXiv:2006.13202)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
)
