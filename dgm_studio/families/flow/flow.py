"""Normalizing flow: noise bent into data by invertible layers, so that every density is exact.

With ``z = f(x)`` and standard normal noise, ``log p(x) = log N(f(x); 0, I) + log |det df/dx|`` (Rezende & Mohamed 2015,
arXiv:1505.05770) is maximised. Layers are couplings or autoregressive layers with rational-quadratic splines (Durkan et
al. 2019, arXiv:1906.04032; MAF: Papamakarios et al. 2017, arXiv:1705.07057) or affine maps (Dinh et al. 2016, RealNVP,
arXiv:1605.08803). Affine layers cannot tear space: between the modes of a many-peaked density they leave filaments, which
splines avoid.

Pictures have whole numbers as pixels, on which a density could grow without limit: each is first given noise that is
uniform over the width of its grey level (Uria et al. 2013, arXiv:1306.0186). Glow steps at several scales (Kingma &
Dhariwal 2018, arXiv:1807.03039) then model what is next to what; layers over waves model whole shapes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Frame,
    LogDensity,
    Method,
    Recipe,
    Rng,
    Settings,
    Steer,
    Training,
    knob,
    seeded,
)
from dgm_studio.families.flow.invertible import ExactDensity, ExactLatent
from dgm_studio.families.flow.langevin import clamped
from dgm_studio.families.flow.latent_walk import walks
from dgm_studio.families.flow.layouts import Kind, multi_scale_flow, plain_flow
from dgm_studio.families.flow.net import FlowNet
from dgm_studio.families.shared.classes import draw_classes, labels_for, one_hot, shown_to
from dgm_studio.families.shared.gradients import score, value_and_grad
from dgm_studio.families.shared.learner import ON_POINTS, Learner
from dgm_studio.families.shared.levels import level_width, nearest_level
from dgm_studio.families.shared.single import SingleLearner


class Config(Settings):
    kind: Kind = knob(
        "spline",
        help="How a layer bends each number: by a flexible monotone spline that half of the numbers set, by one that all "
        "earlier numbers set (slow to sample), or by a plain scale and shift (RealNVP).",
    )
    layers: int = knob(
        0,
        0,
        16,
        zero="auto",
        help="Layers, on pictures of several scales those of each scale; 0 chooses 3 for splines in 2D, 8 for RealNVP, 4 at "
        "each scale, and 6 over waves.",
    )
    width: int = knob(64, 8, 1024, scale="log", help="Units in each of the two hidden layers of a layer's network.")
    bins: int = knob(32, 4, 64, scale="log", help="Pieces of each spline: more pieces follow sharper edges.")
    picture: Literal["multi-scale", "waves"] = knob(
        "multi-scale",
        kind="images",
        help="Images: affine layers over neighbouring pixels, near and far (multi-scale; heights and widths must be even), "
        "or layers of the chosen kind over waves that cross the whole picture.",
    )
    coarse: int = knob(
        128,
        16,
        1024,
        scale="log",
        advanced=True,
        kind="images",
        help="Images, waves: how many of the coarsest all layers work on.",
    )
    noise: float = knob(
        0.0,
        0.0,
        64.0,
        unit="grey levels",
        kind="images",
        help="Images: standard deviation of noise on each pixel while training, beyond the width of its grey level: it "
        "blunts the density, and is taken off samples again.",
    )
    decay: float = knob(
        0.0,
        0.0,
        1.0,
        advanced=True,
        help="Pull of the weights towards 0, by this share times the learning rate in each step: holds off learning few "
        "examples by heart.",
    )

    def scales(self, spec: DataSpec) -> bool:
        """Whether layers are those of pictures at several scales."""
        return spec.is_image and self.picture == "multi-scale" and not any(side % 2 for side in spec.event[1:])

    def depth(self, spec: DataSpec) -> int:
        if self.layers:
            return self.layers
        if self.scales(spec):
            return 4
        if spec.is_image:
            return 6
        return 8 if self.kind == "realnvp" else 3


class ImageKnobs(Settings):
    clean: float = knob(
        1.0,
        0.0,
        1.0,
        step=0.05,
        help="How much of the pixel noise that was learned with the pictures is taken off, down to whole grey levels.",
    )


@dataclass(frozen=True)
class Dequantisation:
    """The noise that makes densities of pictures of ``levels`` grey levels possible, in model units."""

    levels: int
    sigma: float

    def __call__(self, x: Tensor, rng: Rng) -> Tensor:
        """Pictures (n, ...) with fresh noise."""
        x = x + level_width(self.levels) * (torch.rand(x.shape, generator=rng, device=x.device) - 0.5)
        return x + self.sigma * torch.randn(x.shape, generator=rng, device=x.device) if self.sigma else x


@dataclass(frozen=True)
class LayerByLayer:
    """Base noise goes out through one layer a step; space is seen bending."""

    net: FlowNet
    spec: DataSpec
    Knobs: type[Settings]
    noise: Dequantisation | None = None
    """What was put on the pixels while training."""
    title: str = "Layer by layer"
    help: str = "Draws Gaussian noise and bends it by one layer of the flow at each step."

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        drawn = draw_classes(n, self.spec, rng)
        z = torch.randn(n, self.spec.size, generator=rng, device=rng.device) * math.sqrt(steer.temperature)
        return Frame(self._view(z), 0.0, {"h": z, "latent": z, "layers": 0, "drawn_class": drawn})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        done = frame.state["layers"] + 1
        h: Tensor = frame.state["h"]
        given = one_hot(labels_for(frame, steer), len(h), self.spec.given_size, h)
        with torch.no_grad():
            h = self.net.outward(h, given, len(self.net) - done)
        x = self._view(h)
        if done == len(self.net) and self.noise is not None:
            clean = steer.read(ImageKnobs).clean
            x = x + clean * (nearest_level(self._denoised(x, given, self.noise.sigma), self.noise.levels) - x)
        return Frame(x, done / len(self.net), {**frame.state, "h": h, "layers": done})

    def _denoised(self, x: Tensor, given: Tensor, sigma: float) -> Tensor:
        """From a noisy picture to the mean clean one: ``x + sigma^2 grad log p(x)`` (Tweedie's formula)."""
        if not sigma:
            return x
        _, grad = value_and_grad(self.net.log_density, x.flatten(1), given)
        # far from all data the gradient means nothing: no pixel moves by more than three deviations
        return x + (sigma**2 * grad).clamp(-3 * sigma, 3 * sigma).view_as(x)

    @torch.no_grad()
    def _view(self, h: Tensor) -> Tensor:
        return self.net.leave(h).view(len(h), *self.spec.event)


class NormalizingFlow(SingleLearner[Learner[FlowNet]]):
    """Trained on the exact likelihood; pictures by that of pictures with noise on them."""

    def __init__(self, config: Config, spec: DataSpec, learner: Learner[FlowNet]) -> None:
        # affine layers on points, eight deep, bear less than half the step of two spline layers
        super().__init__(learner, 0.4 if config.kind == "realnvp" and not spec.is_image else 1.0)
        self._spec = spec
        self._noise = Dequantisation(spec.levels, config.noise / 127.5) if spec.is_image else None

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net = self.learner.net
        x = batch.x.flatten(1)
        if self._noise is not None:
            x = self._noise(x, rng)
        given = one_hot(shown_to(batch, self._spec, rng), len(x), self._spec.given_size, x)
        if not self.learner.step_count:
            net.prepare(x, given)
        loss = -net.log_density(x, given).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def abilities(self) -> Abilities:
        spec, net, noise = self._spec, self.learner.shown, self._noise
        density = LogDensity("exact", ExactDensity(net, spec))
        return Abilities(
            samplers={"layers": LayerByLayer(net, spec, Settings if noise is None else ImageKnobs, noise)},
            log_density=density,
            score=partial(score, density) if spec.data_kind == "points" or spec.is_image else None,
            latent=ExactLatent(net, spec).latent(),
            methods=self._methods(net, density),
            uses_label=bool(spec.given_size),
            temperature="Multiplies the variance of the base noise.",
        )

    def _methods(self, net: FlowNet, density: LogDensity) -> dict[str, Method]:
        """Langevin is the quick one on pictures; in the plane the walk is as quick and finds all heaps."""
        langevin = {"clamped": clamped(net, self._spec, density)}
        return langevin | walks(net, self._spec) if self._spec.is_image else walks(net, self._spec) | langevin


def _accepts(spec: DataSpec) -> str | None:
    if spec.kind != "real":
        return f"a flow needs real-valued data, not {spec.kind} data"
    if spec.size < 2 or spec.size > 3072:
        return f"a flow takes examples of 2 to 3072 numbers, these have {spec.size}"
    return None


def _build(config: Config, spec: DataSpec, rng: Rng) -> NormalizingFlow:
    classes, depth = spec.given_size, config.depth(spec)
    with seeded(rng):
        if config.scales(spec):
            reach = 1 + 1 / (spec.levels - 1) + 3 * config.noise / 127.5
            net = multi_scale_flow(spec.event, classes, depth, config.width, reach)
        else:
            net = plain_flow(config.kind, spec.event, classes, depth, config.width, config.bins, config.coarse)
    learner = Learner(
        net.to(rng.device),
        weight_decay=config.decay,
        decay_power=0.5 if spec.is_image else ON_POINTS,
        # measured on points: splines gain where clipping seldom sets in, affine layers where it often does
        clip=5.0 if spec.is_image or config.kind == "realnvp" else 20.0,
    )
    model = NormalizingFlow(config, spec, learner)
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.data_kind == "paths":
        # splines over 32 numbers take four times as long a step
        return Recipe({"kind": "realnvp"}, Training(batch=256, learning_rate=1e-2), steps=3000)
    if not spec.is_image:
        return Recipe(training=Training(batch=256, learning_rate=1e-2), steps=3000)
    if spec.size <= 256:
        return Recipe({"width": 32}, Training(batch=64, learning_rate=2e-3), steps=1500)
    return Recipe(
        {"picture": "waves", "kind": "realnvp", "width": 256, "noise": 7.0},
        Training(batch=128, learning_rate=2e-3),
        steps=3000,
    )


FAMILY = Family(
    name="flow",
    title="Normalizing flow",
    summary="exact density",
    group="flow",
    help="Bends Gaussian noise into data by invertible layers; every density is exact and every image has one latent.",
    reference="Rezende & Mohamed 2015 (arXiv:1505.05770); RealNVP (arXiv:1605.08803); splines (arXiv:1906.04032); "
    "MAF (arXiv:1705.07057); Glow (arXiv:1807.03039)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    takes_context=True,
    kinds=("points", "images", "paths"),
    when_diverged="Some layer's scale ran away: it piles density on a point that it took for data, and its inverse overflows. "
    "Lower the learning rate or the number of layers; on pictures add noise.",
)
