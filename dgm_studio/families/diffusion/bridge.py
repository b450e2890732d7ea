"""Bridge: flow matching from one data set to another, by pairs of examples of either.

A pair moves as ``x_t = (1 - t) x0 + t x1 + g(t) n`` with noise ``g(t) = 4 s t (1 - t)`` in the middle of its way, and the
network learns the mean velocity

    v(x, t) = E[x1 - x0 + g'(t) n | x_t = x],

whose ODE carries the source to the data and, time reversed, the data to the source (stochastic interpolants: Albergo et al.
2023, arXiv:2303.08797; Liu et al. 2022, arXiv:2209.03003). Any coupling of the two sets leads to the right set; which example
becomes which is decided by the coupling alone. Independent pairs forget where they came from; pairs by optimal transport
inside a batch keep near what was near (Tong et al. 2023, arXiv:2302.00482), and noise smooths what few examples leave open.

Without a source the flow starts from Gaussian noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.conditions.translate import StrokesTranslated
from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    LogDensity,
    Method,
    Recipe,
    Rng,
    Translation,
    Work,
    knob,
)
from dgm_studio.families.diffusion.noisy_net import NetSettings, NoisyNet, accepts, across, stratified
from dgm_studio.families.diffusion.pairing import pair
from dgm_studio.families.diffusion.recipes import image_recipe, point_recipe
from dgm_studio.families.diffusion.straight import clock
from dgm_studio.families.shared.ode import RK4, labelled, ode_density, times
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.samplers import ode
from dgm_studio.samplers.between import Ends, between_samplers
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Path

_STEPS = 16
"""Of the ODE, where an example is carried from one end to the other."""


class Config(NetSettings):
    """The network, and the pairs it learns from."""

    coupling: Literal["independent", "ot"] = knob(
        "ot",
        help="Which example of the source goes with which of the data: any, or by optimal transport within each batch, so "
        "that near ones belong together.",
    )
    source_noise: float = knob(
        0.0,
        0.0,
        2.0,
        step=0.05,
        help="Standard deviation of noise added to the source, so that one example has many images.",
    )
    path_noise: float = knob(
        0.0, 0.0, 2.0, step=0.05, help="Standard deviation of noise halfway between the two; none at either end."
    )


class Bridge(SingleLearner[NoisyNet]):
    """A trained velocity between two data sets, and what follows from it. Latents are of the data's own scale."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        super().__init__(NoisyNet(config, spec, 1.0, rng))
        self.config, self.spec, self.net = config, spec, self.learner

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net, config = self.net, self.config
        a, b = self._couple(*self._ends(batch, rng, learns=True))
        t = stratified(len(b), rng, b.device)
        s, n = across(t, b), noise_like(b, rng) * config.path_noise
        mix = torch.lerp(a, b, s) + 4 * s * (1 - s) * n
        target = b - a + 4 * (1 - 2 * s) * n
        even = torch.ones_like(s)  # an error weighs as much as it is in the picture, at all times alike
        return {"loss": net.learn(mix / net.spread, even, clock(t), None, target / net.spread)}

    def _ends(self, batch: Batch, rng: Rng, *, learns: bool = False) -> tuple[Tensor, Tensor]:
        """Latents (B, *shape) of as many examples of the source and of the batch, in no order."""
        net, source, n = self.net, self.spec.source, len(batch)
        begin = None if source is None else source.draw(n, rng).x.to(batch.x)
        if net.fitted is not None and learns:
            net.fitted.observe(batch.x if begin is None else torch.cat([batch.x, begin]), rng)
        b = net.space.encode(batch.x)
        a = noise_like(b, rng) if begin is None else net.space.encode(begin)
        return a + self.config.source_noise * noise_like(a, rng), b

    def _couple(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return (pair(a, b), b) if self.config.coupling == "ot" else (a, b)

    def velocity(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """The mean velocity of latents (n, *shape) at t."""
        spread = self.net.spread
        return spread * self.net(x / spread, 2 * t - 1, None)

    def _carried(self, t: float, s: float, x: Tensor) -> Work[Tensor]:
        """Examples x (n, *event) at t to where they are at s."""
        space, velocity = self.net.space, partial(labelled, self.velocity, None)
        z = yield from ode.integrate(RK4, velocity, space.encode(x), times(t, s, _STEPS))
        return space.decode(z)

    def pairs(self, n: int, rng: Rng) -> tuple[Tensor, Tensor]:
        """Examples of the source and of the data (n, *event) as training couples them, in one batch."""
        net, target = self.net, self.spec.target
        assert target is not None  # there is one wherever there is a source
        a, b = self._couple(*self._ends(target.draw(n, rng).to(net.device), rng))
        return net.space.decode(a), net.space.decode(b)

    def abilities(self) -> Abilities:
        net, spec, config = self.net, self.spec, self.config
        points = not spec.is_image
        one = torch.ones((), device=net.device)
        noise = (1 + config.source_noise**2) ** 0.5
        path = Path(lambda t: (t, 1 - t), net.space, noise * one, net.device, net.spread)
        samplers = between_samplers(Ends(path, spec.source, spec.target, config.source_noise), self.velocity)
        translate = StrokesTranslated(next(iter(samplers.values())))
        return Abilities(
            samplers,
            log_density=self._density(noise) if points else None,
            velocity=self.velocity if points else None,
            methods={}
            if points or spec.source is None
            else {"translate": Method("strokes", translate.title, "heuristic", translate.help, translate)},
            translation=None
            if spec.source is None
            else Translation(partial(self._carried, 0.0, 1.0), partial(self._carried, 1.0, 0.0), self.pairs),
            temperature=TEMPERATURE if spec.source is None or config.source_noise else "",
        )

    def _density(self, noise: float) -> LogDensity | None:
        """Exact where that of the source is known, as of noise; else there is none."""
        source, size = self.spec.source, self.spec.size
        if source is None:
            return ode_density(self.velocity, _STEPS, noise, size)
        if source.log_density is None or self.config.source_noise:
            return None
        return ode_density(self.velocity, _STEPS, 1.0, size, base=source.log_density)


TEMPERATURE = "Multiplies the variance of the noise that samples start with."


def takes(spec: DataSpec) -> str | None:
    """What `accepts` does, without classes."""
    return "it knows no classes; turn them off." if spec.given_size else accepts(spec)


def recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """As for flow matching from noise, in smaller batches: the time of an assignment grows with their cube.

    Measured on one core: from thick digits to thin ones of 8x8 pixels 90 % keep their class after 7 s (11 ms a step).
    """
    found = image_recipe(spec, device, learned=False) if spec.is_image else point_recipe(device)
    smaller = found.training.model_copy(update={"batch": min(128, found.training.batch)})
    return replace(found, training=smaller, steps=min(found.steps, 1000) if spec.size <= 100 else found.steps)


FAMILY = Family(
    name="bridge",
    title="Bridge",
    summary="data → data",
    group="flow",
    help="Flow matching from one data set to another, and back: choose its source. Which example becomes which is up to the "
    "coupling.",
    reference="Albergo et al. 2023, arXiv:2303.08797; Liu et al. 2022, arXiv:2209.03003; Tong et al. 2023, arXiv:2302.00482",
    Config=Config,
    accepts=takes,
    build=Bridge,
    recipe=recipe,
    takes_source=True,
    when_diverged="The loss is a mean square whose target is bounded, so it never grows by itself: the steps are too large "
    "for the network. Lower the learning rate, or take larger batches.",
)
