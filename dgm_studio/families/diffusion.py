"""Diffusion: learn to remove noise of every strength, then turn noise into data by removing it little by little.

A network is trained to give the posterior mean ``D(x, sigma) = E[x0 | x0 + sigma n = x]`` in the preconditioning of
Karras et al. 2022 (EDM, arXiv:2206.00364): ``D = c_skip x + c_out F(c_in x, ln sigma)``, so that input and target of the
network have unit variance at every noise level. Everything else follows from ``D``: the score ``(D - x) / sigma^2``, the
probability-flow ODE and with it codes and exact densities (Song et al. 2020, arXiv:2011.13456), the reverse SDE.

What is shown is ``y = x / sqrt(1 + sigma^2 / sigma_data^2)``, whose spread is that of the data at every noise level; in
this view the ODE is simply ``dy = -sigma_data F d(theta)`` with ``tan(theta) = sigma / sigma_data``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from dgm_studio.conditions.path_ways import path_ways
from dgm_studio.contract import Abilities, Batch, DataSpec, Family, Recipe, Rng, knob
from dgm_studio.families._noisy import NetSettings, NoisyNet, accepts, across, posterior_means, stratified
from dgm_studio.families._noisy_recipes import picture_recipe, point_recipe
from dgm_studio.families._ode import ode_density, ode_latent
from dgm_studio.families._single import SingleLearner
from dgm_studio.samplers.denoising import rho_schedule
from dgm_studio.samplers.diffusion_samplers import diffusion_samplers
from dgm_studio.samplers.path import Path


class Config(NetSettings):
    """The network and its noise."""

    noise_mean: float = knob(
        -1.0, -4.0, 2.0, step=0.1, advanced=True, help="Mean of ln sigma while training: where the effort goes."
    )
    noise_std: float = knob(1.5, 0.2, 3.0, step=0.1, advanced=True, help="Spread of ln sigma while training.")
    sigma_data: float = knob(
        1.0, 0.1, 4.0, scale="log", advanced=True, help="Standard deviation of the data that the network is told."
    )
    sigma_min: float = knob(
        0.002, 1e-4, 0.05, scale="log", advanced=True, help="The least noise: finer detail is taken as given."
    )
    sigma_max: float = knob(
        20.0, 5.0, 100.0, scale="log", advanced=True, help="The most noise, under which all data look alike."
    )


class Diffusion(SingleLearner[NoisyNet]):
    """A trained denoiser and what follows from it."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        super().__init__(NoisyNet(config, spec, config.sigma_data, rng))
        self.config, self.spec, self.net = config, spec, self.learner

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        c = self.config
        u, label = self.net.codes(batch, rng)
        log_sigma = c.noise_mean + c.noise_std * torch.special.ndtri(stratified(len(u), rng, u.device))
        log_sigma = log_sigma.clamp(math.log(c.sigma_min), math.log(c.sigma_max))
        angle = (across(log_sigma.exp(), u) / self.net.spread).atan()
        cos, sin = angle.cos(), angle.sin()
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
        mix = cos * u + sin * n
        target = sin * u - cos * n
        if self.net.means:
            target += (posterior_means(u, mix, cos, sin, label, batch.label) - u) / sin
        return {"loss": self.net.learn(mix, sin, log_sigma / 4, label, target)}

    def sigma(self, t: float) -> float:
        """Noise level at progress ``t``, from sigma_max at 0 to sigma_min at 1."""
        return rho_schedule(t, self.config.sigma_max, self.config.sigma_min)

    def at(self, t: float) -> tuple[float, float]:
        """Signal and noise (a, b) of what is shown at progress ``t``; at 1 the last noise is gone."""
        if t >= 1:
            return 1.0, 0.0
        sigma = self.sigma(t)
        a = 1 / math.hypot(1, sigma / self.config.sigma_data)
        return a, a * sigma

    def slope(self, x: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """dx/dsigma of the probability-flow ODE, ``(x - D) / sigma``, without the difference."""
        s = self.net.spread
        q = (s * s + sigma**2).rsqrt()
        mix = q * x
        return (sigma * q) * mix - (s * q) * self.net(mix, math.log(sigma) / 4, label)

    def denoise(self, x: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """The posterior mean E[x0 | x0 + sigma n = x], (n, *shape)."""
        return x - sigma * self.slope(x, sigma, label)

    def velocity(self, y: Tensor, t: float, label: Tensor | None) -> Tensor:
        """Slope of the probability-flow ODE in what is shown, per unit of progress."""
        c = self.config
        sigma = self.sigma(t)
        high, low = c.sigma_max ** (1 / 7), c.sigma_min ** (1 / 7)
        rate = float(7 * sigma ** (6 / 7) * (low - high))  # d sigma / dt of the schedule
        a = 1 / math.hypot(1, sigma / c.sigma_data)
        return (rate * a) * self.slope(y / a, sigma, label) - (rate * sigma * (a / c.sigma_data) ** 2) * y

    def score(self, y: Tensor, t: float, label: Tensor | None) -> Tensor:
        """Slope of the log-density of what is shown."""
        sigma = self.sigma(t)
        a = 1 / math.hypot(1, sigma / self.config.sigma_data)
        return self.slope(y / a, sigma, label) / (-a * sigma)

    def abilities(self) -> Abilities:
        c, points = self.config, not self.spec.is_image
        a, b = self.at(0.0)
        spread = torch.hypot(a * self.net.spread, torch.tensor(b, device=self.net.device))
        path = Path(self.at, self.net.space, spread, self.net.device, self.net.spread)
        samplers = diffusion_samplers(path, self.sigma, self.denoise, bool(self.net.classes))
        return Abilities(
            samplers,
            log_density=ode_density(self.velocity, 16, c.sigma_data, self.spec.size)
            if points and self.spec.size <= 3
            else None,
            score=self.score if points else None,
            velocity=self.velocity if points else None,
            latent=ode_latent(self.velocity, self.net.space, 24 if points else 12, spread),
            ways=path_ways(samplers),
            uses_label=bool(self.net.classes),
            temperature=TEMPERATURE,
        )


TEMPERATURE = (
    "Multiplies the variance of the starting noise and of all noise drawn on the way; exact for a Gaussian, elsewhere it "
    "narrows every mode and changes their weights only in part."
)


def recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """What trained best per second on each kind of data and device."""
    if not spec.is_image:
        return point_recipe(device)
    general = picture_recipe(spec, device)
    config = {**general.config, "noise_mean": -0.5}  # pictures are decided at higher noise than points
    if config["net"] == "u-net":
        config["sigma_data"] = 0.5  # pixels in [-1, 1]; components find out for themselves
    return replace(general, config=config)


FAMILY = Family(
    name="diffusion",
    title="Diffusion",
    summary="score · noise levels",
    help="Learns to remove noise of every strength. Sampling starts from pure noise and removes it little by little: "
    "early steps choose where to go, late steps sharpen.",
    reference="Ho et al. 2020, arXiv:2006.11239; Song et al. 2020, arXiv:2011.13456; "
    "Karras et al. 2022, arXiv:2206.00364",
    Config=Config,
    accepts=accepts,
    build=Diffusion,
    recipe=recipe,
)
