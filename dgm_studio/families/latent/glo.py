"""Generative latent optimisation: no encoder and no critic, only a latent for each training example and a decoder.

Latents z_i and decoder G learn together (Bojanowski, Joulin, Lopez-Paz & Szlam 2018, arXiv:1707.05776):

    min over G and z_i in the unit ball of   sum_i l(G(z_i), x_i),

where l is the squared error, or for pictures of 16 pixels and more the Laplacian pyramid distance. New examples are
decoded from a distribution fitted to the latents: without one, nothing says which latents mean anything. Endless data shows
no example twice: there a latent starts at the principal components of its example and takes a single step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from pydantic import model_validator
from torch import Tensor, nn

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Latent,
    Recipe,
    Rng,
    Settings,
    Training,
    knob,
    seeded,
)
from dgm_studio.families.latent.decoding import DecodeSampler, PriorKnobs
from dgm_studio.families.latent.glo_latents import LatentTable
from dgm_studio.families.latent.priors import PriorName
from dgm_studio.families.latent.pyramid import laplacian_distance
from dgm_studio.families.latent.search import LatentPrior, LatentSearch, StandardPrior, invert, search_methods
from dgm_studio.families.latent.traversals import traversals
from dgm_studio.families.latent.vae_net import ClassMLP
from dgm_studio.families.shared.classes import draw_classes, one_hot
from dgm_studio.families.shared.latents import Decoder
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner

_PYRAMID_FROM = 16
"""Pixels per side from which pictures are compared scale by scale."""


class Config(Settings):
    latent: int = knob(0, 0, 128, zero="auto", help="Latent numbers; 0 chooses 2 in 2D and 16 on images.")
    width: int = knob(
        0, 0, 1024, zero="auto", help="Units in the wider hidden layer; 0 chooses 128 in 2D and 400 on images."
    )
    latent_rate: float = knob(
        20.0,
        0.1,
        100.0,
        scale="log",
        title="latent rate",
        help="How much faster latents move than the decoder learns; too slow and all latents stay at their start.",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_files(cls, given: Any) -> Any:
        """Files of version 0.1 say ``code_rate``."""
        if not isinstance(given, dict) or "code_rate" not in given:
            return given
        return {"latent_rate" if name == "code_rate" else name: value for name, value in given.items()}

    def latent_size(self, spec: DataSpec) -> int:
        return self.latent or (16 if spec.is_image else 2)

    def hidden(self, spec: DataSpec) -> list[int]:
        width = self.width or (400 if spec.is_image else 128)
        return [max(8, width // 2) if spec.is_image else width, width]


class GloDecoder(nn.Module):
    """Latents (n, k) and one-hot classes (n, C) to examples (n, D), pixels in [-1, 1]."""

    def __init__(self, latent: int, classes: int, hidden: Sequence[int], size: int, *, image: bool) -> None:
        super().__init__()
        self.body = ClassMLP([latent, *hidden, size], classes)
        self.image = image
        # latents of length one are small numbers: as large as usual ones they use the whole first layer
        self.gain = latent**0.5

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        out: Tensor = self.body(self.gain * z, given)
        return torch.tanh(out) if self.image else out


class Glo(SingleLearner[Learner[GloDecoder]]):
    """A decoder and a table of the latents of training examples, learned together."""

    def __init__(self, config: Config, spec: DataSpec, learner: Learner[GloDecoder]) -> None:
        super().__init__(learner)
        self._config, self._spec = config, spec
        self._table = LatentTable(spec.event, config.latent_size(spec), len(spec.classes))

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        net = self.learner.net
        given = one_hot(batch.label, len(batch), len(self._spec.classes), batch.x)
        z = self._table.look_up(batch.x, batch.index, batch.label, rng).requires_grad_()
        off = net.decode(z, given).view_as(batch.x) - batch.x
        pyramid = self._spec.is_image and min(self._spec.event[1:]) >= _PYRAMID_FROM
        loss = laplacian_distance(off).mean() if pyramid else off.square().mean()
        rate = self._config.latent_rate * self.learner.learning_rate
        self.learner.learn(loss)
        assert z.grad is not None
        self._table.learn(batch.index, z.grad, rate)
        return {
            "loss": loss.detach(),
            "squared error": off.detach().square().mean(),
            "latent norm": z.detach().norm(dim=-1).mean(),
        }

    def parameters(self) -> Sequence[Tensor]:
        return [*super().parameters(), self._table.latents]

    def to(self, device: torch.device) -> None:
        super().to(device)
        self._table.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return {**super().state_dict(), **self._table.state_dict()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        self._table.load_state_dict(state)

    def abilities(self) -> Abilities:
        spec, net, table, classes = self._spec, self.learner.shown, self._table, len(self._spec.classes)
        size = self._config.latent_size(spec)

        def prior(n: int, rng: Rng) -> Tensor:
            return table.draw("gaussian", draw_classes(n, spec, rng), 1.0, rng)

        def fitted() -> LatentPrior:
            return table.mixture() if table.ready else StandardPrior(size)

        search = LatentSearch(net.decode, spec, size, fitted, unit=size**-0.5)
        return Abilities(
            samplers={"decode": DecodeSampler(net.decode, spec, size, _Knobs, prior=table.draw)},
            latent=Latent(
                size,
                prior,
                Decoder(net.decode, spec),
                gaussian=False,
                search=partial(invert, search),
                classes="mixed",
            ),
            inside=traversals(net, size, spec, unit=size**-0.5),
            methods=search_methods(
                search,
                "Finds latents, usual ones among those of the training examples, whose pictures agree with the known part; "
                "what it shows is likely, not a fair draw (Bora et al. 2017, arXiv:1703.03208).",
            ),
            uses_label=bool(classes),
            temperature="Multiplies the covariance of each part of the distribution fitted to the latents. The middles of the "
            "many parts of a mixture stay, so that the spread of the whole hardly changes; that of a single Gaussian does.",
        )


class _Knobs(PriorKnobs):
    prior: PriorName = knob(
        "mixture",
        help="Where latents come from: anywhere on the unit sphere (standard), or a Gaussian or a mixture fitted to the "
        "latents of training examples.",
    )


def _accepts(spec: DataSpec) -> str | None:
    return None if spec.kind == "real" else f"GLO compares real numbers and needs real data, not {spec.kind} data"


def _build(config: Config, spec: DataSpec, rng: Rng) -> Glo:
    with seeded(rng):
        net = GloDecoder(
            config.latent_size(spec), len(spec.classes), config.hidden(spec), spec.size, image=spec.is_image
        )
    model = Glo(config, spec, Learner(net))
    model.to(rng.device)
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.is_image:
        return Recipe(training=Training(batch=128, learning_rate=2e-3), steps=2000 if spec.size < 256 else 5000)
    return Recipe(training=Training(batch=256, learning_rate=4e-3), steps=2000)


FAMILY = Family(
    name="glo",
    title="GLO",
    summary="latents · decoder",
    group="latent variable",
    help="Generative latent optimisation: learns a latent for each training example along with a decoder, then a distribution "
    "of latents; no encoder, no critic.",
    reference="Bojanowski, Joulin, Lopez-Paz & Szlam 2018 (arXiv:1707.05776)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    when_diverged="The reconstruction error is a plain average that has no reason to grow: the decoder's steps are too long. "
    "Lower the learning rate, or the rate of the latents.",
)
