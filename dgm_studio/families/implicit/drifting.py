"""Drifting: a generator in one step whose samples drift towards the data while it learns, not while it samples.

Every training step asks where the samples ``x = f(z)`` of this very generator are drawn to (`drift_field`), and the network
learns to make them there,

    L = E |f(z) - stopgrad(f(z) + V(f(z)))|^2

(Deng et al. 2026, arXiv:2602.04770). There is no critic, no path and no teacher. At rest ``V = 0``, as where samples and data
are alike; repulsion keeps samples from gathering in a mode, and attraction fetches a generator from wherever it begins.

Distances are between points or between pixels: among features of a classifier samples agree in the features and are no
pictures (measured on 8x8 digits: thrice as far from all examples as held-out ones are).
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
    Training,
    extend,
    rng_for,
    seeded,
)
from dgm_studio.families.implicit.drift_field import drift
from dgm_studio.families.implicit.drifting_settings import Config
from dgm_studio.families.implicit.recent import Recent
from dgm_studio.families.latent.decoding import DecodeSampler, TruncationKnobs
from dgm_studio.families.latent.gan_nets import Generator
from dgm_studio.families.latent.search import LatentSearch, SearchKnobs, invert, search_methods
from dgm_studio.families.shared.classes import draw_classes, one_hot
from dgm_studio.families.shared.latents import Decoder, standard_normal
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner

_SHOWN = 512
"""Samples of the model that repel where the field is drawn."""
_PAIRS = 256
"""Examples on either side from which the mean distance is taken."""


class Drifting(SingleLearner[Learner[Generator]]):
    """A generator, and the latest examples that its samples drift towards."""

    def __init__(self, config: Config, spec: DataSpec, learner: Learner[Generator], device: torch.device) -> None:
        super().__init__(learner)
        self.config, self.spec = config, spec
        self.recent = Recent(config.examples, spec.size, device)

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        spec, recent = self.spec, self.recent
        recent.add(batch)
        z = torch.randn(len(batch), self.config.latent_size(spec), generator=rng, device=rng.device).to(recent.x)
        label = batch.label if spec.classes else None
        x = self.learner.net.decode(z, one_hot(label, len(z), len(spec.classes), z))
        with torch.no_grad():
            at = x.detach()
            labels = None if label is None else (label, recent.label, label)
            target = at + self._drift(at, at, self.config.both_axes, labels)
        loss = (x - target).square().sum(1).mean() / self._distance() ** 2
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def _distance(self) -> Tensor:
        """The mean distance between examples, in model units."""
        x = self.recent.x
        some = min(_PAIRS, len(x) // 2)
        return torch.cdist(x[:some], x[-some:]).mean().clamp_min(1e-6)

    def _drift(self, x: Tensor, own: Tensor, both_axes: bool, labels: tuple[Tensor, Tensor, Tensor] | None) -> Tensor:
        """The drift of x (n, d) among the latest examples and ``own`` samples, all scales added."""
        config, unit = self.config, self._distance()
        parts = [
            drift(x, self.recent.x, own, 3.0**k * config.radius * unit, repulsion=config.repulsion, both_axes=both_axes,
                  labels=labels)
            for k in range(config.scales)
        ]  # fmt: skip
        return torch.stack(parts).sum(0)

    @torch.no_grad()
    def field(self, x: Tensor, t: float, label: Tensor | None) -> Tensor:
        """The drift (n, *event) of places x, each by itself, among the latest examples and samples of the averaged network;
        under a class (n,), the same for all, among those of that class. Nothing before the first step."""
        spec, recent = self.spec, self.recent
        if not len(recent.x):
            return torch.zeros_like(x)
        rng = rng_for(0, device=x.device)
        z = torch.randn(_SHOWN, self.config.latent_size(spec), generator=rng, device=rng.device)
        of = draw_classes(_SHOWN, spec, rng)
        labels = None
        if label is not None and spec.classes:
            of = torch.full_like(of, int(label[0]))
            labels = label, recent.label, of
        own = self.learner.shown.decode(z, one_hot(of, _SHOWN, len(spec.classes), z))
        return self._drift(x.flatten(1), own, False, labels).view_as(x)

    def abilities(self) -> Abilities:
        spec, net = self.spec, self.learner.shown
        size = self.config.latent_size(spec)
        search = LatentSearch(net.decode, spec, size, Knobs=_SearchKnobs)
        return Abilities(
            samplers={"decode": DecodeSampler(net.decode, spec, size, TruncationKnobs)},
            drift=None if spec.is_image else self.field,
            latent=Latent(
                size,
                standard_normal(size),
                Decoder(net.decode, spec),
                search=partial(invert, search),
                classes="mixed",
            ),
            methods=search_methods(search, _SEARCH),
            uses_label=bool(spec.classes),
            temperature="Multiplies the variance of the prior over latents.",
        )

    def to(self, device: torch.device) -> None:
        super().to(device)
        self.recent.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return super().state_dict() | self.recent.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        self.recent.load_state_dict(state)


_SearchKnobs = extend(SearchKnobs, tolerance=0.3)
_SEARCH = (
    "Finds latents whose pictures agree with the known part (Yeh et al. 2017, arXiv:1607.07539); what it shows is likely, "
    "not a fair draw."
)
_SMALL = 0.02
"""How much narrower such a start is."""
_PLACES = {"collapsed": {False: 1.0, True: 0.5}, "far": {False: 8.0, True: 2.0}}
"""Where such a start is, in each number; of pictures before they are squashed."""


def _place(generator: Generator, begin: str) -> None:
    """Put all that a fresh generator makes into one point: on a mode of rings of unit deviation, or far outside."""
    if begin == "middle":
        return
    last = generator.layers[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        for weight in (last.weight, *(() if generator.cloud is None else (generator.cloud.weight,))):
            weight.mul_(_SMALL)
        last.bias.fill_(_PLACES[begin][generator.image])


def _accepts(spec: DataSpec) -> str | None:
    if spec.kind != "real":
        return f"samples drift along distances and need real-valued data, not {spec.kind} data"
    if spec.is_image and max(spec.event[1:]) > 64:
        return f"takes pictures of at most 64 x 64 pixels, not {spec.event[1]} x {spec.event[2]}; load them smaller"
    return None


def _build(config: Config, spec: DataSpec, rng: Rng) -> Drifting:
    with seeded(rng):
        generator = Generator(
            config.latent_size(spec),
            len(spec.classes),
            config.units(spec),
            spec.event,
            waves=0 if spec.is_image else config.waves,
        )
    _place(generator, config.begin)
    model = Drifting(config, spec, Learner(generator.to(rng.device), betas=(0.0, 0.99)), rng.device)
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.is_image:
        return Recipe({"radius": 0.05}, Training(batch=256, learning_rate=1e-3), steps=1500)
    return Recipe(training=Training(batch=256, learning_rate=3e-3), steps=2000)


FAMILY = Family(
    name="drifting",
    title="Drifting",
    summary="attract · repel",
    group="implicit",
    help="A generator in one step: while it learns, data attract its samples and samples repel each other, until both lie "
    "alike.",
    reference="Deng et al. 2026 (arXiv:2602.04770); mean shift: Fukunaga & Hostetler 1975 (doi:10.1109/TIT.1975.1055330)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    when_diverged="The target of each step is at most as far away as the farthest example, so the loss is bounded unless the "
    "network itself runs away: lower the learning rate.",
    diverged_beyond=1e4,
)
