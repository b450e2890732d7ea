"""VQ-VAE: pictures as small grids of codes from a learned codebook, and a model of such grids.

The encoder gives each cell of a picture a vector, which is replaced by the nearest code e of K (van den Oord, Vinyals &
Kavukcuoglu 2017, arXiv:1711.00937). The gradient passes the replacement unchanged, and the encoder is held to the codes,

    -log p(x | e) + b |z - sg(e)|^2,       sg: no gradient;

the codes themselves follow by moving averages. A small autoregressive prior learns the grids that the averaged encoder
makes; with the codes c(x) of a picture, ``log p(x) >= log p(c(x)) + log p(x | c(x))``. While the codes move it learns from
a part of each batch, so that there are pictures to see; after ``book_steps`` they rest, as in the paper, and it alone
learns.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Inside,
    Method,
    Recipe,
    Rng,
    Settings,
    Training,
    Work,
    knob,
    seeded,
)
from dgm_studio.families.latent.observations import DecoderName, GaussianObservation, observation_for
from dgm_studio.families.latent.vq_candidates import CodeCandidates
from dgm_studio.families.latent.vq_grids import Grids
from dgm_studio.families.latent.vq_net import VqNet
from dgm_studio.families.latent.vq_prior import CodeChain
from dgm_studio.families.latent.vq_samplers import NextCode
from dgm_studio.families.shared.classes import one_hot
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.language import tr

_BOX_SHARE = 0.7
"""Share of the steps in which the prior reads around a box, as filling a mask asks for, instead of row by row."""
_PRIOR_PART = 4
"""One in so many examples of a batch teaches the prior while the codes move."""
_MOST_CELLS = 256
_LARGEST_SIDE = 128


class Config(Settings):
    codes: int = knob(
        64, 2, 512, scale="log", help="Codes in the book: more say more of a cell, and are harder to predict."
    )
    code_size: int = knob(8, 4, 64, scale="log", help="Numbers in the vector of a code.")
    cell: int = knob(
        0,
        0,
        16,
        zero="auto",
        help="Pixels along the side of a cell, which has one code; 0 takes the fewest that leave 8 cells a side. Cells grow "
        "where there would be more than 256.",
    )
    commitment: float = knob(
        0.5, 0.0, 10.0, help="Pull of the codes on the encoder: without it, its vectors wander off from the codes."
    )
    restart: bool = knob(
        True,
        help="Start the codes on vectors of the first batch and dead ones anew; without it, few codes of the book are used.",
    )
    book_steps: int = knob(
        400,
        1,
        20_000,
        scale="log",
        help="Training steps of encoder, codes and decoder; from then on they rest, and the prior learns codes that keep "
        "their meaning.",
    )
    decoder: DecoderName = knob(
        "auto",
        help="What is said about a pixel given the codes: a Gaussian of learned width, black or white with a probability, "
        "or the probability of each grey level; auto follows the data.",
    )
    width: int = knob(64, 8, 256, scale="log", help="Features of a cell inside encoder and decoder.")
    prior_width: int = knob(64, 8, 512, scale="log", help="Features of a code inside the prior.")
    prior_layers: int = knob(2, 1, 6, help="Layers of the transformer that is the prior.")

    def side(self, spec: DataSpec) -> int:
        """Pixels along a cell."""
        _, height, width = spec.event
        chosen = self.cell
        if not chosen:
            chosen = 2
            while -(-max(height, width) // chosen) > 8:
                chosen *= 2
        while -(-height // chosen) * -(-width // chosen) > _MOST_CELLS:
            chosen += 1
        return chosen


class VqVae(SingleLearner[Learner[VqNet]]):
    """Encoder, codebook, decoder and prior, trained together."""

    def __init__(self, config: Config, spec: DataSpec, learner: Learner[VqNet]) -> None:
        super().__init__(learner)
        self._config, self._spec = config, spec

    @property
    def _net(self) -> VqNet:
        return self.learner.net

    @property
    def _shown(self) -> VqNet:
        return self.learner.shown

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        if self.learner.step_count >= self._config.book_steps:
            return self._learn_prior(batch, rng)
        net, x, config = self._net, batch.x, self._config
        z = net.encode(x)
        # the averaged net keeps a codebook of its own, which fits its own vectors; the prior is of those codes
        with torch.no_grad():
            z_shown = self._shown.encode(x)
            if config.restart and self.learner.step_count == 0:
                net.codebook.begin(z.detach().flatten(0, 1), rng)
                self._shown.codebook.load_state_dict(net.codebook.state_dict())
            code, code_shown = net.codebook.nearest(z), self._shown.codebook.nearest(z_shown)
        e = net.codebook.vectors[code]
        commitment = (z - e).square().mean()
        nll = -net.observation.log_density(x.flatten(1), net.outputs(z + (e - z).detach())).mean()
        some = -(-len(x) // _PRIOR_PART)
        prior_nll = self._prior_nll(code_shown[:some], None if batch.label is None else batch.label[:some], rng)
        self.learner.learn(nll / self._spec.size + config.commitment * commitment + prior_nll / net.prior.size)
        for one, vectors, own in ((net, z.detach(), code), (self._shown, z_shown, code_shown)):
            vectors, own = vectors.flatten(0, 1), own.flatten()
            one.codebook.follow(vectors, own)
            if config.restart:
                one.codebook.restart(vectors, own, rng)
        return self._metrics(nll, prior_nll, commitment)

    def _learn_prior(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        """A step of the prior alone, on codes that stay what they are."""
        if self.learner.step_count == self._config.book_steps:
            for part in (self._net.encoder, self._net.decoder, self._net.observation):
                self.learner.rest(part)
        net, x = self._shown, batch.x
        with torch.no_grad():
            z = net.encode(x)
            code = net.codebook.nearest(z)
            e = net.codebook.vectors[code]
            nll = -net.observation.log_density(x.flatten(1), net.outputs(e)).mean()
        prior_nll = self._prior_nll(code, batch.label, rng)
        self.learner.learn(prior_nll / net.prior.size)
        return self._metrics(nll, prior_nll, (z - e).square().mean())

    def _prior_nll(self, code: Tensor, label: Tensor | None, rng: Rng) -> Tensor:
        """Nats of grids (n, D) of the averaged net's codes, in an order drawn for all."""
        for one in (self._net, self._shown):
            one.prior.vectors.copy_(self._shown.codebook.vectors)
        given = one_hot(label, len(code), len(self._spec.classes), self._shown.codebook.vectors)
        prior = self._net.prior
        return -prior.log_probability(code, given, self._order(rng), prior.garbled(code, rng)).sum(1).mean()

    def _metrics(self, nll: Tensor, prior_nll: Tensor, commitment: Tensor) -> Mapping[str, Tensor]:
        shown = self._shown
        metrics = {
            "loss": (nll + prior_nll).detach(),
            "reconstruction NLL": nll.detach(),
            "prior NLL": prior_nll.detach(),
            "commitment": commitment.detach(),
            "codebook perplexity": shown.codebook.perplexity(),
        }
        if isinstance(shown.observation, GaussianObservation):
            metrics["noise"] = shown.observation.sigma.detach().clone()
        return metrics

    def _order(self, rng: Rng) -> Tensor:
        around = float(torch.rand((), generator=rng, device=rng.device)) < _BOX_SHARE
        return self._net.prior.around_a_box(rng) if around else self._net.prior.row_by_row()

    def abilities(self) -> Abilities:
        spec, net = self._spec, self._shown
        sampler = NextCode(
            net, spec, "Next code", "Draws the grid row by row, each code given all those before it, and decodes it."
        )
        grids = Grids(net, spec, sampler)
        return Abilities(
            samplers={"ancestral": sampler},
            log_density=grids.density(),
            latent=grids.latent(),
            classifier=grids.classifier(),
            inside={"codebook": _codebook(net)},
            methods=_methods(net, spec),
            uses_label=bool(spec.classes),
            temperature="Divides the logits of every code in the prior; the decoder shows its mean at any temperature.",
        )


def _codebook(net: VqNet) -> Inside:
    def tiles() -> Work[Tensor]:
        yield
        with torch.no_grad():
            by_use = net.codebook.count.argsort(descending=True)
            return net.tiles(by_use, by_use[0])

    return Inside(
        "Codebook",
        "Each code decoded among copies of the commonest one, the commonest first; dead codes are the last.",
        tiles,
    )


def _methods(net: VqNet, spec: DataSpec) -> dict[str, Method]:
    return {
        "known-codes": Method(
            "mask",
            "Known codes first",
            "heuristic",
            "Keeps the encoder's codes where it sees nothing unknown and draws the others given all of them and the known "
            "pixels of their own cell, which they may still miss.",
            NextCode(
                net, spec, "Known codes first", "Reads the codes of the known cells first, then draws the others.", True
            ),
        ),
        "candidates": Method(
            "mask",
            "Weighted candidates",
            "heuristic",
            "Several candidates, known codes first, each weighted by how well its picture meets the known pixels at the "
            "rim (sequential Monte Carlo).",
            CodeCandidates(net, spec),
            careful=True,
        ),
    }


def _accepts(spec: DataSpec) -> str | None:
    if not spec.is_image:
        return tr("it takes pictures: its codes stand for the cells of a grid over them.")
    if max(spec.event[1:]) > _LARGEST_SIDE or min(spec.event[1:]) < 4:
        return f"it takes pictures with sides of 4 to {_LARGEST_SIDE} pixels, not {spec.event[1]} by {spec.event[2]}."
    return None


def _build(config: Config, spec: DataSpec, rng: Rng) -> VqVae:
    side = config.side(spec)
    grid = (-(-spec.event[1] // side), -(-spec.event[2] // side))
    with seeded(rng):
        prior = CodeChain(
            grid, config.codes, config.code_size, len(spec.classes), config.prior_width, config.prior_layers
        )
        observation = observation_for(config.decoder, spec)
        net = VqNet(spec.event, side, config.codes, config.code_size, config.width, observation, prior)
    model = VqVae(config, spec, Learner(net.to(rng.device)))
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.size <= 256:
        # the 1,400 digits are overfitted after that
        return Recipe({"book_steps": 400, "prior_width": 128}, Training(batch=64, learning_rate=3e-3), steps=900)
    return Recipe(
        {"codes": 128, "book_steps": 600, "prior_width": 96}, Training(batch=32, learning_rate=4e-3), steps=2400
    )


FAMILY = Family(
    name="vq-vae",
    title="VQ-VAE",
    summary="codebook · prior",
    group="latent variable",
    help="Writes a picture as a small grid of codes from a learned book, and learns which grids there are; new grids make "
    "new pictures.",
    reference="van den Oord, Vinyals & Kavukcuoglu 2017 (arXiv:1711.00937)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    when_diverged="The encoder's vectors and the codes have lost each other, so that the straight-through gradient, which is "
    "taken at the codes, leads nowhere: lower the learning rate or raise the commitment. Where the perplexity falls towards "
    "1 instead, the codebook has collapsed and all cells get the same few codes: let dead codes restart.",
)
