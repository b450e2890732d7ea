"""Normalizing flow: noise bent into data by invertible layers, so that every density is exact.

With ``z = f(x)`` and standard normal noise, ``log p(x) = log N(f(x); 0, I) + log |det df/dx|`` (Rezende & Mohamed 2015,
arXiv:1505.05770) is maximised. Layers are couplings with rational-quadratic splines (Durkan et al. 2019,
arXiv:1906.04032) or affine maps (Dinh et al. 2016, RealNVP, arXiv:1605.08803). Affine layers cannot tear space: between
the modes of a many-peaked density they leave filaments, which splines avoid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Frame,
    Latent,
    LogDensity,
    Recipe,
    Rng,
    Settings,
    Steer,
    Training,
    Way,
    Work,
    knob,
)
from dgm_studio.families._classes import draw_classes, labels_for, marginal, one_hot
from dgm_studio.families._couplings import Kind
from dgm_studio.families._flow_net import FlowNet
from dgm_studio.families._known import gradients
from dgm_studio.families._latent_walk import LatentWalk
from dgm_studio.families._learner import Learner
from dgm_studio.families._single import SingleLearner

_ROWS = 512
"""Examples per slice of work."""


class Config(Settings):
    kind: Kind = knob(
        "spline",
        help="How a layer bends each number: a flexible monotone spline, or a plain scale and shift (RealNVP).",
    )
    layers: int = knob(
        0, 0, 16, zero="auto", help="Coupling layers; 0 chooses 2 for splines in 2D, 6 on images and 8 for RealNVP."
    )
    width: int = knob(64, 8, 1024, scale="log", help="Units in each of the two hidden layers of a coupling's network.")
    bins: int = knob(32, 4, 64, scale="log", help="Pieces of each spline: more pieces follow sharper edges.")
    coarse: int = knob(
        128, 16, 1024, scale="log", advanced=True, help="Images: how many of the coarsest waves all layers work on."
    )
    noise: float = knob(
        7.0,
        0.0,
        64.0,
        unit="grey levels",
        help="Images: standard deviation of the noise on each pixel while training; without it the density of pixels, "
        "which are whole numbers, grows without limit.",
    )

    def depth(self, spec: DataSpec) -> int:
        if self.layers:
            return self.layers
        if self.kind == "realnvp":
            return 8
        return 6 if spec.is_image else 2


class ImageKnobs(Settings):
    clean: float = knob(
        1.0, 0.0, 1.0, step=0.05, help="How much of the pixel noise that was learned with the pictures is taken off."
    )


@dataclass(frozen=True)
class LayerByLayer:
    """Base noise goes out through one layer a step; space is seen bending."""

    net: FlowNet
    spec: DataSpec
    Knobs: type[Settings]
    sigma: float = 0.0
    """Standard deviation of the noise that was put on the pixels while training, in model units."""
    title: str = "Layer by layer"
    help: str = "Draws Gaussian noise and bends it by one layer of the flow at each step."

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        drawn = draw_classes(n, len(self.spec.classes), rng)
        z = torch.randn(n, self.spec.size, generator=rng, device=rng.device) * math.sqrt(steer.temperature)
        return Frame(self._view(z), 0.0, {"h": z, "code": z, "layers": 0, "drawn_class": drawn})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        done = frame.state["layers"] + 1
        h: Tensor = frame.state["h"]
        given = one_hot(labels_for(frame, steer), len(h), len(self.spec.classes), h)
        with torch.no_grad():
            h = self.net.outward(h, given, len(self.net) - done)
        x = self._view(h)
        if done == len(self.net) and isinstance(steer.knobs, ImageKnobs):
            x = x + steer.knobs.clean * self._correction(x, given)
        return Frame(x, done / len(self.net), {**frame.state, "h": h, "layers": done})

    def _correction(self, x: Tensor, given: Tensor) -> Tensor:
        """From a noisy picture to the mean clean one: ``sigma^2 grad log p(x)`` (Tweedie's formula)."""
        with gradients():
            at = x.flatten(1).clone().requires_grad_()
            (slope,) = torch.autograd.grad(self.net.log_density(at, given.clone()).sum(), at)
        # far from all data the slope means nothing: no pixel moves by more than three deviations
        return (self.sigma**2 * slope).clamp(-3 * self.sigma, 3 * self.sigma).view_as(x)

    @torch.no_grad()
    def _view(self, h: Tensor) -> Tensor:
        return self.net.leave(h).view(len(h), *self.spec.event)


class Flow(SingleLearner[Learner]):
    def __init__(self, config: Config, spec: DataSpec, learner: Learner) -> None:
        # affine layers on points, eight deep, bear less than half the step of two spline layers
        super().__init__(learner, 0.4 if config.kind == "realnvp" and not spec.is_image else 1.0)
        self._config, self._spec = config, spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net = self.learner.net
        assert isinstance(net, FlowNet)
        x = batch.x.flatten(1)
        if self._spec.is_image:
            x = x + self._config.noise / 127.5 * torch.randn(x.shape, generator=rng, device=rng.device)
        if not self.learner.step_count:
            net.standardise(x)
        loss = -net.log_density(x, self._given(batch.label, x)).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def _given(self, label: Tensor | None, x: Tensor) -> Tensor:
        return one_hot(label, len(x), len(self._spec.classes), x)

    def abilities(self) -> Abilities:
        spec, net = self._spec, self.learner.shown
        assert isinstance(net, FlowNet)

        def conditional(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            flat, parts = x.flatten(1), []
            for i in range(0, len(x), _ROWS):
                rows = flat[i : i + _ROWS]
                part = self._given(None if label is None else label[i : i + _ROWS], rows)
                parts.append(net.log_density(rows, part))
                yield
            return torch.cat(parts) if parts else flat.new_zeros(0)

        def log_density(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            return marginal(conditional, x, label, len(spec.classes))

        density = LogDensity("exact", log_density)

        def score(x: Tensor, t: float, label: Tensor | None) -> Tensor:
            with gradients():
                at = x.clone().requires_grad_()
                (slope,) = torch.autograd.grad(density(at, None if label is None else label.clone()).sum(), at)
            return slope

        def labels(label: Tensor | None, n: int, like: Tensor) -> Tensor:
            """No class asked for: the first, so that codes keep their meaning."""
            return torch.zeros(n, dtype=torch.long, device=like.device) if label is None else label.clamp_min(0)

        def decode(z: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            with torch.no_grad():
                return net.decode(z, self._given(labels(label, len(z), z), z)).view(len(z), *spec.event)

        def encode(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            with torch.no_grad():
                flat = x.flatten(1)
                return net.inward(flat, self._given(labels(label, len(x), x), flat))[0]

        def prior(n: int, rng: Rng) -> Tensor:
            return torch.randn(n, spec.size, generator=rng, device=rng.device)

        knobs, sigma = (ImageKnobs, self._config.noise / 127.5) if spec.is_image else (Settings, 0.0)
        return Abilities(
            samplers={"layers": LayerByLayer(net, spec, knobs, sigma)},
            log_density=density,
            score=score,
            latent=Latent(spec.size, prior, decode, encode, exact=True),
            ways={
                "latent-walk": Way(
                    "mask",
                    "Walk through the codes",
                    "asymptotic",
                    "A Metropolis walk over the codes (projected latent MCMC, Cannella et al. 2020, arXiv:2007.06140) "
                    "that forgets its start with time and is then exact for this flow.",
                    LatentWalk(net, spec),
                )
            },
            uses_label=bool(spec.classes),
            temperature="Multiplies the variance of the base noise.",
        )


def _accepts(spec: DataSpec) -> str | None:
    if spec.kind != "real":
        return f"a flow needs real-valued data, not {spec.kind} data"
    if spec.size < 2 or spec.size > 3072:
        return f"a flow takes examples of 2 to 3072 numbers, these have {spec.size}"
    return None


def _build(config: Config, spec: DataSpec, rng: Rng) -> Flow:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(rng.initial_seed())
        net = FlowNet(
            config.kind, spec.event, len(spec.classes), config.depth(spec), config.width, config.bins, config.coarse
        )
    model = Flow(config, spec, Learner(net.to(rng.device)))
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if not spec.is_image:
        return Recipe(training=Training(batch=256, learning_rate=1e-2), steps=3000)
    small = spec.size <= 256
    # the 1,400 digits are overfitted within seconds: a narrow network, much noise and few steps hold it off
    return Recipe(
        {"kind": "realnvp", "width": 128 if small else 256, "coarse": 64 if small else 128},
        Training(batch=128, learning_rate=1e-3 if small else 2e-3),
        steps=1500 if small else 3000,
    )


FAMILY = Family(
    name="flow",
    title="Normalizing flow",
    summary="exact density",
    group="flow",
    help="Bends Gaussian noise into data by invertible layers; every density is exact and every image has one code.",
    reference="Rezende & Mohamed 2015 (arXiv:1505.05770); RealNVP (arXiv:1605.08803); splines (arXiv:1906.04032)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
)
