"""Flow matching: learn the velocity of a crowd that walks from noise to data along straight lines.

Pairs of noise ``x0`` and data ``x1`` move as ``x_t = (1 - t) x0 + t x1`` with velocity ``x1 - x0``; regressing a network on
it gives the mean velocity ``v(x, t) = E[x1 - x0 | x_t = x]``, whose ODE carries the noise to the data (Lipman et al. 2022,
arXiv:2210.02747; Liu et al. 2022, arXiv:2209.03003). Pairing noise and data by optimal transport inside a batch makes the
lines cross less, so that one or two steps suffice (Tong et al. 2023, arXiv:2302.00482).

The network predicts what is left of the velocity after its best linear guess for data of unit variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.conditions.path_ways import path_ways
from dgm_studio.contract import Abilities, Batch, DataSpec, Family, Recipe, Rng, knob
from dgm_studio.families._noisy import NetSettings, NoisyNet, accepts, across, posterior_means, stratified
from dgm_studio.families._noisy_recipes import picture_recipe, point_recipe
from dgm_studio.families._ode import ode_density, ode_latent
from dgm_studio.families._single import SingleLearner
from dgm_studio.samplers.flow_samplers import flow_samplers
from dgm_studio.samplers.path import Path

_BLOCK = 64  # the cost of an assignment grows with the cube of its size, and pairs in blocks cross hardly more


class Config(NetSettings):
    """The network, the pairs it learns from, and when it looks at them."""

    coupling: Literal["independent", "optimal transport"] = knob(
        "independent",
        help="How noise and data are paired: at random, or so that the lines are short and cross little, which "
        "straightens the flow.",
    )
    time_mean: float = knob(
        0.5,
        -3.0,
        3.0,
        step=0.1,
        advanced=True,
        help="Where along the way it trains most: below 0 near noise, above 0 near data.",
    )
    time_std: float = knob(
        1.5, 0.3, 3.0, step=0.1, advanced=True, help="How widely training times spread; 1.7 is nearly even."
    )


def pair(noise: Tensor, data: Tensor) -> Tensor:
    """The rows of ``noise`` (n, ...) reordered to be near their rows of ``data``: exact assignment in blocks of 64."""
    from scipy.optimize import linear_sum_assignment  # a second and 50 MB that only this coupling should cost

    order = []
    for first in range(0, len(data), _BLOCK):
        a, b = noise[first : first + _BLOCK].flatten(1), data[first : first + _BLOCK].flatten(1)
        cost = torch.cdist(b, a).square().cpu().numpy()
        order.append(torch.from_numpy(linear_sum_assignment(cost)[1]) + first)
    return noise[torch.cat(order).to(noise.device)]


class FlowMatching(SingleLearner[NoisyNet]):
    """A trained velocity and what follows from it."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        super().__init__(NoisyNet(config, spec, 1.0, rng))
        self.config, self.spec, self.net = config, spec, self.learner
        self.straight = config.coupling == "optimal transport"

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        u, label = self.net.codes(batch, rng)
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
        if self.straight:
            n = pair(n, u * self.net.spread)
        even = torch.special.ndtri(stratified(len(u), rng, u.device))
        t = torch.sigmoid(self.config.time_mean + self.config.time_std * even)
        cos, sin, _ = self.angle(across(t, u))
        mix = cos * u + sin * n
        target = sin * u - cos * n
        if self.net.means and not self.straight:
            target += (posterior_means(u, mix, cos, sin, label, batch.label) - u) / sin
        return {"loss": self.net.learn(mix, sin, 2 * t - 1, label, target)}

    def angle(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Shares of unit-variance data and noise in ``x_t``, and the standard deviation of ``x_t``."""
        data = t * self.net.spread
        norm = torch.hypot(data, 1 - t)
        return data / norm, (1 - t) / norm, norm

    def velocity(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """The mean velocity E[x1 - x0 | x_t = x], (n, *shape)."""
        cos, sin, norm = self.angle(torch.tensor(t, dtype=x.dtype, device=x.device))
        s = self.net.spread
        mix = x / norm
        return (s * cos - sin) * mix + (s * sin + cos) * self.net(mix, 2 * t - 1, label)

    def score(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """Slope of the log-density of ``x_t``; near t = 1 that of data with a last trace of noise."""
        t = min(t, 0.99)
        return (t * self.velocity(x, t, label) - x) / (1 - t)

    def abilities(self) -> Abilities:
        points = not self.spec.is_image
        one = torch.ones((), device=self.net.device)
        path = Path(lambda t: (t, 1 - t), self.net.space, one, self.net.device, self.net.spread)
        samplers = flow_samplers(path, self.velocity, bool(self.net.classes))
        return Abilities(
            samplers,
            log_density=ode_density(self.velocity, 16, 1.0, self.spec.size) if points and self.spec.size <= 3 else None,
            score=self.score if points else None,
            velocity=self.velocity if points else None,
            latent=ode_latent(self.velocity, self.net.space, 16 if points else 12, one),
            ways=path_ways(samplers),
            uses_label=bool(self.net.classes),
            temperature=TEMPERATURE,
        )


TEMPERATURE = (
    "Multiplies the variance of the noise the flow starts from; exact for a Gaussian, elsewhere it narrows every mode and "
    "changes their weights only in part."
)


def recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """What trained best per second on each kind of data and device."""
    return picture_recipe(spec, device) if spec.is_image else point_recipe(device)


FAMILY = Family(
    name="flow-matching",
    title="Flow matching",
    summary="velocity · ODE",
    help="Learns the mean velocity of points that walk in straight lines from noise to data. Following it turns noise into "
    "samples in a few steps, and back again.",
    reference="Lipman et al. 2022, arXiv:2210.02747; Liu et al. 2022, arXiv:2209.03003; "
    "Tong et al. 2023, arXiv:2302.00482",
    Config=Config,
    accepts=accepts,
    build=FlowMatching,
    recipe=recipe,
)
