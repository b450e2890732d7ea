"""Diffusion: learn to remove noise of every strength, then turn noise into data by removing it little by little.

A network is trained to give the posterior mean ``D(x, sigma) = E[x0 | x0 + sigma n = x]`` in the preconditioning of
Karras et al. 2022 (EDM, arXiv:2206.00364): ``D = c_skip x + c_out F(c_in x, ln sigma)``, so that input and target of the
network have unit variance at every noise level. Everything else follows from ``D``: the score ``(D - x) / sigma^2``, the
probability-flow ODE and with it latents and exact densities (Song et al. 2020, arXiv:2011.13456), the reverse SDE.

What is shown is ``y = x / sqrt(1 + sigma^2 / sigma_data^2)``, whose spread is that of the data at every noise level; in
this view the ODE is simply ``dy = -sigma_data F d(theta)`` with ``tan(theta) = sigma / sigma_data``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.contract import Abilities, Batch, DataSpec, Family, LogDensity, PlaneField, Recipe, Rng, knob
from dgm_studio.families.diffusion.denoiser import Denoiser
from dgm_studio.families.diffusion.denoising_classifier import denoising_classifier
from dgm_studio.families.diffusion.image_density import image_density
from dgm_studio.families.diffusion.latent_density import latent_density
from dgm_studio.families.diffusion.noise_levels import Cosine, Linear, LogNormal, NoiseLevels
from dgm_studio.families.diffusion.noisy_net import LatentSettings, accepts, stratified
from dgm_studio.families.diffusion.recipes import image_recipe, path_recipe, point_recipe, sound_recipe
from dgm_studio.families.diffusion.targets import Target
from dgm_studio.families.shared.ode import ode_density, ode_latent
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.samplers.diffusion_samplers import Guides, diffusion_samplers
from dgm_studio.samplers.guidance import WIDEST
from dgm_studio.samplers.path import Path


class Config(LatentSettings):
    """The network, what it is asked for, and its noise."""

    target: Target = knob(
        "edm",
        help="What the network predicts: the noise (epsilon), the example (x0), their difference (v), or v in units of the "
        "data's own spread (edm). All say the same, but err at different noise levels.",
    )
    schedule: Literal["edm", "linear", "cosine"] = knob(
        "edm",
        help="Which noise it trains on and how samplers space their steps: log-normal with most steps at little noise (edm), "
        "or one of the schedules of DDPM.",
    )
    classifier: bool = knob(
        False,
        help="Data with classes: train a classifier of noisy examples beside it, whose gradient can guide samples.",
    )
    noise_mean: float = knob(
        -1.0,
        -4.0,
        2.0,
        step=0.1,
        advanced=True,
        help="Mean of ln sigma while training with the schedule edm: where the effort goes.",
    )
    noise_std: float = knob(
        1.5, 0.2, 3.0, step=0.1, advanced=True, help="Spread of ln sigma while training with the schedule edm."
    )
    sigma_data: float = knob(
        1.0, 0.1, 4.0, scale="log", advanced=True, help="Standard deviation of the data that the network is told."
    )
    sigma_min: float = knob(
        0.002, 1e-4, 0.05, scale="log", advanced=True, help="The least noise: finer detail is taken as given."
    )
    sigma_max: float = knob(
        20.0, 5.0, WIDEST, scale="log", advanced=True, help="The most noise, under which all data look alike."
    )
    finest: float = knob(
        0.0,
        0.0,
        1.0,
        step=0.01,
        advanced=True,
        help="The finest detail to expect, as a share of the data's spread: below so much noise the network's answer fades "
        "with the noise (targets v and edm), as a finite score demands. With 0 it has to learn that.",
    )
    early: int = knob(
        120,
        1,
        10_000,
        scale="log",
        advanced=True,
        help="After so many steps a copy of the model is kept, away from which autoguidance leads.",
    )


class Diffusion(SingleLearner[Denoiser]):
    """A trained denoiser and what follows from it."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        c = config
        denoiser = Denoiser(
            c, spec, c.target, c.sigma_data, rng, finest=c.finest, early=c.early, classifier=c.classifier
        )
        super().__init__(denoiser)
        self.config, self.spec, self.net = config, spec, self.learner.net
        edm = LogNormal(c.sigma_max, c.sigma_min, c.noise_mean, c.noise_std)
        others: dict[str, type[Linear | Cosine]] = {"linear": Linear, "cosine": Cosine}
        self.even: NoiseLevels = edm
        """Levels along which few solver steps go far, for densities and latents under any schedule."""
        self.levels: NoiseLevels = others[c.schedule](c.sigma_max, c.sigma_min) if c.schedule in others else edm

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        log_sigma = self.levels.draw(stratified(len(batch), rng, batch.x.device))
        return self.learner.learn(batch, log_sigma, rng)

    def at(self, t: float) -> tuple[float, float]:
        """Signal and noise (a, b) of what is shown at progress ``t``; at 1 the last noise is gone."""
        if t >= 1:
            return 1.0, 0.0
        sigma = self.levels.sigma(t)
        a = self.shrink(sigma)
        return a, a * sigma

    def shrink(self, sigma: float) -> float:
        """How much smaller than ``x = u + sigma n`` the example is shown."""
        return 1 / math.hypot(1, sigma / self.config.sigma_data)

    def velocity(self, levels: NoiseLevels, y: Tensor, t: float, label: Tensor | None) -> Tensor:
        """Velocity of the probability-flow ODE in what is shown, per unit of progress along ``levels``."""
        sigma, rate = levels.sigma(t), levels.rate(t)
        a = self.shrink(sigma)
        return (rate * a) * self.learner.noise(y / a, sigma, label) - (
            rate * sigma * (a / self.config.sigma_data) ** 2
        ) * y

    def score(self, y: Tensor, t: float, label: Tensor | None) -> Tensor:
        """Gradient of the log-density of what is shown."""
        sigma = self.levels.sigma(t)
        a = self.shrink(sigma)
        return self.learner.noise(y / a, sigma, label) / (-a * sigma)

    def abilities(self) -> Abilities:
        points, classes = self.spec.data_kind == "points", len(self.spec.classes)
        a, b = self.at(0.0)
        spread = torch.hypot(a * self.net.spread, torch.tensor(b, device=self.net.device))
        path = Path(self.at, self.net.space, spread, self.net.device, self.net.spread)
        guides = Guides(self.learner.weaker, self.learner.class_grad if self.learner.classifier else None)
        samplers = diffusion_samplers(path, self.levels.sigma, self.learner.denoise, self.spec, guides)
        along = partial(self.velocity, self.even)
        exact = points and self.spec.size <= 3
        return Abilities(
            samplers,
            log_density=self._density(along, spread),
            score=self.score if points else None,
            velocity=partial(self.velocity, self.levels) if points else None,
            latent=ode_latent(along, self.net.space, 12 if self.spec.is_image else 24, spread),
            classifier=denoising_classifier(self.learner.denoise, self.net.space, classes)
            if classes > 1 and not exact
            else None,
            methods=path_methods(samplers),
            uses_label=bool(self.spec.given_size),
            temperature=TEMPERATURE,
        )

    def _density(self, along: PlaneField, spread: Tensor) -> LogDensity | None:
        """Exact in few dimensions, estimated on pictures; none of paths, which lie near a surface of few dimensions."""
        if self.spec.data_kind == "paths":
            return None
        if self.spec.size <= 3:
            return ode_density(along, 16, self.config.sigma_data, self.spec.size, partial(self.velocity, self.levels))
        if self.net.learned is not None:
            return latent_density(along, self.spec, self.net.learned, spread, 12)
        return image_density(along, self.spec, self.net.fitted, spread, 12)


TEMPERATURE = (
    "Multiplies the variance of the starting noise and of all noise drawn on the way; exact for a Gaussian, elsewhere it "
    "narrows every mode and changes their weights only in part."
)


GUIDED_WHERE_IT_PAYS = {"guidance_low": 0.1, "guidance_high": 1.5}
"""Guidance of pictures: most of the likeness, hardly any of the loss (Kynkäänniemi et al. 2024, arXiv:2404.07724)."""


def recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """What trained best per second on each kind of data and device."""
    if spec.data_kind == "paths":
        return path_recipe(device)
    if spec.is_sound:
        return replace(sound_recipe(), knobs=GUIDED_WHERE_IT_PAYS if spec.given_size else {})
    if not spec.is_image:
        general = point_recipe(device)
        return replace(general, config={"depth": 4, "finest": 0.05}, steps=max(6000, general.steps))
    general = image_recipe(spec, device)
    # pictures are decided at higher noise than points; the weaker self is what a sixteenth of the training makes
    config = {**general.config, "noise_mean": -0.5, "early": general.steps // 16}
    if config["net"] == "u-net":
        config["sigma_data"] = 0.5  # pixels in [-1, 1]; components find out for themselves
    knobs: dict[str, float] = {"steps": 12} if spec.size <= 100 else {}  # digits gain nothing from more
    return replace(general, config=config, knobs=knobs | GUIDED_WHERE_IT_PAYS if spec.given_size else knobs)


FAMILY = Family(
    name="diffusion",
    title="Diffusion",
    summary="score · noise levels",
    group="diffusion",
    help="Learns to remove noise of every strength. Sampling starts from pure noise and removes it little by little: "
    "early steps choose where to go, late steps sharpen.",
    reference="Ho et al. 2020, arXiv:2006.11239; Song et al. 2020, arXiv:2011.13456; "
    "Karras et al. 2022, arXiv:2206.00364",
    Config=Config,
    accepts=accepts,
    build=Diffusion,
    recipe=recipe,
    takes_context=True,
    kinds=("points", "images", "sounds", "paths"),
    when_diverged="The loss is a squared error that a silent network would keep at about 1, so it grows only where the steps "
    "are too large: lower the learning rate.",
)
