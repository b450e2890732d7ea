"""Flow matching: learn the velocity of a crowd that walks from noise to data along straight lines.

Pairs of noise ``x0`` and data ``x1`` move as ``x_t = (1 - t) x0 + t x1`` with velocity ``x1 - x0``; regressing a network on
it gives the mean velocity ``v(x, t) = E[x1 - x0 | x_t = x]``, whose ODE carries the noise to the data (Lipman et al. 2022,
arXiv:2210.02747; Liu et al. 2022, arXiv:2209.03003). Pairing noise and data by optimal transport inside a batch makes the
lines cross less, so that one or two steps suffice (Tong et al. 2023, arXiv:2302.00482); so does learning anew from the
pairs that the trained flow makes (`reflow`).

The network predicts what is left of the velocity after its best linear guess for data of unit variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.contract import Abilities, Batch, DataSpec, Family, LogDensity, PlaneField, Recipe, Rng, knob
from dgm_studio.families.diffusion.denoising_classifier import denoising_classifier
from dgm_studio.families.diffusion.image_density import image_density
from dgm_studio.families.diffusion.latent_density import latent_density
from dgm_studio.families.diffusion.noisy_net import LatentSettings, NoisyNet, accepts, stratified
from dgm_studio.families.diffusion.pairing import pair
from dgm_studio.families.diffusion.recipes import general_recipe
from dgm_studio.families.diffusion.reflow import Reflow
from dgm_studio.families.diffusion.straight import early_times, match, straight_velocity
from dgm_studio.families.shared.ode import ode_density, ode_latent
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.samplers.flow_samplers import flow_samplers
from dgm_studio.samplers.path import Path


class Config(LatentSettings):
    """The network, the pairs it learns from, and when it looks at them."""

    coupling: Literal["independent", "ot"] = knob(
        "independent",
        help="How noise and data are paired: at random, or by optimal transport, so that the lines are short and cross "
        "little, which straightens the flow.",
    )
    reflow: int = knob(
        0,
        0,
        20_000,
        step=500,
        zero="never",
        help="After so many steps it learns from pairs of noise and the sample that it makes of that noise, which straightens "
        "the flow until one step is enough.",
    )
    time_mean: float = knob(
        0.5,
        -3.0,
        3.0,
        step=0.1,
        advanced=True,
        help="Where along the way it trains most with independent pairs: below 0 near noise, above 0 near data.",
    )
    time_std: float = knob(
        1.5, 0.3, 3.0, step=0.1, advanced=True, help="How widely training times spread; 1.7 is nearly even."
    )


class FlowMatching(SingleLearner[Reflow]):
    """A trained velocity and what follows from it."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        super().__init__(Reflow(NoisyNet(config, spec, 1.0, rng)))
        self.config, self.spec, self.net = config, spec, self.learner.net

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        reflow = self.learner
        if reflow.teacher is None and 0 < self.config.reflow <= self.net.learner.step_count:
            reflow.begin()
        pairs = reflow.batch(batch, rng) if reflow.teacher is not None else None
        if pairs is not None:
            n, u, label = pairs
        else:
            u, label = self.net.latents(batch, rng)
            n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
            if self.config.coupling == "ot":
                n = pair(n, u * self.net.spread)
        t = early_times(len(u), rng, u.device) if self.straight else self.times(len(u), rng, u.device)
        return {"loss": match(self.net, n, u, t, label, None if self.straight else batch)}

    @property
    def straight(self) -> bool:
        """Whether noise and data come in pairs, so that given ``x_t`` the noise is no longer Gaussian."""
        return self.config.coupling == "ot" or self.learner.teacher is not None

    def times(self, n: int, rng: Rng, device: torch.device) -> Tensor:
        """Logit-normal times (n,)."""
        even = torch.special.ndtri(stratified(n, rng, device))
        return torch.sigmoid(self.config.time_mean + self.config.time_std * even)

    @property
    def velocity(self) -> PlaneField:
        """The mean velocity E[x1 - x0 | x_t = x], (n, *shape)."""
        return straight_velocity(lambda mix, t, label: self.net(mix, 2 * t - 1, label), self.net.spread)

    def score(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """Gradient of the log-density of ``x_t``; near t = 1 that of data with a last trace of noise.

        It follows from ``E[noise | x_t]`` only where the noise is independent of the data.
        """
        t = min(t, 0.99)
        return (t * self.velocity(x, t, label) - x) / (1 - t)

    def abilities(self) -> Abilities:
        points = self.spec.data_kind == "points"
        one = torch.ones((), device=self.net.device)
        path = Path(lambda t: (t, 1 - t), self.net.space, one, self.net.device, self.net.spread)
        samplers = flow_samplers(path, self.velocity, self.spec)
        return Abilities(
            samplers,
            log_density=self._density(),
            score=self.score if points and not self.straight else None,
            velocity=self.velocity if points else None,
            latent=ode_latent(self.velocity, self.net.space, 12 if self.spec.is_image else 16, one),
            classifier=denoising_classifier(self.denoise, self.net.space, self.net.classes)
            if self.net.classes > 1 and self.spec.is_image
            else None,
            methods=path_methods(samplers),
            uses_label=bool(self.spec.given_size),
            temperature=TEMPERATURE,
        )

    def denoise(self, x: Tensor, sigma: float, label: Tensor | None) -> Tensor:
        """The posterior mean E[u | u + sigma n = x], (n, *shape): where a straight line through this noise would end."""
        t = 1 / (1 + sigma)
        return t * x + (1 - t) * self.velocity(t * x, t, label)

    def _density(self) -> LogDensity | None:
        """Exact in few dimensions, estimated on pictures; none of paths, which lie near a surface of few dimensions."""
        if self.spec.data_kind == "paths":
            return None
        if self.spec.size <= 3:
            return ode_density(self.velocity, 16, 1.0, self.spec.size)
        one = torch.ones((), device=self.net.device)
        if self.net.learned is not None:
            return latent_density(self.velocity, self.spec, self.net.learned, one, 8)
        return image_density(self.velocity, self.spec, self.net.fitted, one, 8)


TEMPERATURE = (
    "Multiplies the variance of the noise the flow starts from; exact for a Gaussian, elsewhere it narrows every mode and "
    "changes their weights only in part."
)


def recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """What trained best per second on each kind of data and device."""
    return general_recipe(spec, device)


FAMILY = Family(
    name="flow-matching",
    title="Flow matching",
    summary="velocity · ODE",
    group="flow",
    help="Learns the mean velocity of points that walk in straight lines from noise to data. Following it turns noise into "
    "samples in a few steps, and back again.",
    reference="Lipman et al. 2022, arXiv:2210.02747; Liu et al. 2022, arXiv:2209.03003; "
    "Tong et al. 2023, arXiv:2302.00482",
    Config=Config,
    accepts=accepts,
    build=FlowMatching,
    recipe=recipe,
    takes_context=True,
    kinds=("points", "images", "sounds", "paths"),
    when_diverged="The loss is a mean square whose target, a difference of data and noise, is bounded, so it never grows by "
    "itself: the steps are too large for the network. Lower the learning rate, or take larger batches.",
)
