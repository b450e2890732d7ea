"""Filling a mask with a VAE by turns: guess the latent from the picture, then the missing part from the latent.

Pseudo-Gibbs (Rezende et al. 2014, arXiv:1401.4082) draws the latent from the encoder, which is only near the posterior.
Metropolis-within-Gibbs (Mattei & Frellsen 2018, arXiv:1802.04826) takes the encoder as a proposal and accepts with

    min(1, p(x, z') q(z | x) / (p(x, z) q(z' | x))),

and so draws the missing part from the exact conditional in the long run, from wherever it sets out. The encoder guides
well only near the data, and what it proposes elsewhere is refused for ages: so the first steps are a search for a latent that
explains the known part, moved as far as it is in doubt, which is already much like a draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dgm_studio.conditions.mask import hold
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.latent.membrane import settle_smoothly
from dgm_studio.families.latent.search import LatentSearch, SearchKnobs
from dgm_studio.families.latent.vae_net import VaeNet
from dgm_studio.families.shared.classes import labels_for, one_hot
from dgm_studio.families.shared.known import mask_of
from dgm_studio.samplers.path import counted

_SEARCHING = 0.4
"""Share of the steps that search for a latent before the turns set out from it."""
_MOVES = 10
"""Of the search, per visible step: it has fewer of these than a search of its own."""


class ImputationKnobs(Settings):
    steps: int = knob(
        30, 2, 500, scale="log", help="Visible steps: more turns carry more of the known part into the rest."
    )
    turns: int = knob(10, 1, 50, scale="log", help="Guesses of latent and missing part per visible step.")


@dataclass(frozen=True)
class Imputation:
    """By turns; ``accept`` makes it Metropolis-within-Gibbs. Pictures with grey levels show the decoder's mean."""

    net: VaeNet
    spec: DataSpec
    search: LatentSearch
    accept: bool
    title: str
    help: str
    Knobs: type[Settings] = ImputationKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        frame = self.search.start(n, self._searching(steer), rng)
        return frame.with_(state={**frame.state, "done": 0})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        done, steps = frame.state["done"] + 1, steer.read(ImputationKnobs).steps
        t = counted(done, steps, frame.t)
        if t <= _SEARCHING:
            frame = self.search.step(frame, self._searching(steer), rng)
        else:
            frame = self._turn(frame, t, steer, rng)
        return Frame(frame.x, t, {**frame.state, "done": done})

    def _searching(self, steer: Steer) -> Steer:
        """What the search is asked for: a latent that explains what is known as closely as the decoder usually does."""
        steps = max(2, round(_SEARCHING * steer.read(ImputationKnobs).steps))
        reach = min(max(float(self.net.observation.reach), 0.1), 1.0)
        return replace(steer, knobs=SearchKnobs(steps=steps, moves=_MOVES, tolerance=reach))

    @torch.no_grad()
    def _turn(self, frame: Frame, t: float, steer: Steer, rng: Rng) -> Frame:
        z, given, condition = frame.state["latent"], self._given(frame, steer), mask_of(steer, frame.x)
        mean = x = frame.state.get("chain", frame.x)
        for _ in range(steer.read(ImputationKnobs).turns):
            flat = x.flatten(1)
            q = self.net.posterior(flat, given)
            guess = q.sample(rng)
            if self.accept:
                gain = self.net.log_joint(flat, guess, given) - q.log_density(guess)
                gain = gain - self.net.log_joint(flat, z, given) + q.log_density(z)
                taken = torch.rand(len(z), generator=rng, device=rng.device).log() < gain
                guess = torch.where(taken[:, None], guess, z)
            z = guess
            out = self.net.decoder(z, given)
            # a pixel between known and free follows the known picture until progress passes 1 - strength
            x = hold(condition, self.net.observation.draw(out, rng).view_as(x), condition.value, t)
            mean = self.net.observation.mean(out).view_as(x)
        if self.spec.is_image and self.spec.kind == "real":
            shown = settle_smoothly(condition, mean, t)
        else:
            shown = x
        return Frame(shown, t, {**frame.state, "chain": x, "latent": z})

    def _given(self, frame: Frame, steer: Steer) -> Tensor:
        z = frame.state["latent"]
        return one_hot(labels_for(frame, steer), len(z), self.spec.given_size, z)
