"""Filling a mask with a flow: a Metropolis walk over the latents that ends up at the exact conditional.

Projected latent MCMC (Cannella, Soltani & Tarokh 2020, arXiv:2007.06140). The known values v are relaxed to free ones y
near them, ``N(y; v, s^2)``; a latent z stands for the pair (unknown u, y). Proposals ``z' = sqrt(1 - b^2) z + b e`` (pCN,
Cotter et al. 2013, arXiv:1202.0709) leave the flow's own p(u, y) alone, so a move is accepted with probability

    min(1, w(z') / w(z)),      w = p(u, v) N(y; v, s^2) / p(u, y).

Whatever s > 0, u then follows p(u | v) in the long run. While burning in, s shrinks and b is tuned for each chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask, compose
from dgm_studio.contract import DataSpec, Frame, Method, Rng, Settings, Steer, knob
from dgm_studio.families.flow.net import FlowNet
from dgm_studio.families.shared.classes import draw_classes, labels_for, one_hot
from dgm_studio.families.shared.known import known_part, mask_of
from dgm_studio.samplers.path import counted

_WANTED = 0.3
"""Share of moves to accept."""
_FRESH_EVERY = 4
"""Every so many moves in the plane the proposal forgets where it is: how a chain changes mode in a few dimensions."""


_STEPS = "Visible steps; the first half only burns in."
_MOVES = "Proposals per visible step: more come closer to the exact answer."


class LatentWalkKnobs(Settings):
    steps: int = knob(50, 2, 500, scale="log", help=_STEPS)
    moves: int = knob(8, 1, 50, scale="log", help=_MOVES)
    tolerance: float = knob(
        0.1,
        0.01,
        1.0,
        scale="log",
        help="How far latents may miss the known values; any value is right in the long run.",
    )


class ImageWalkKnobs(LatentWalkKnobs):
    """A proposal takes the whole flow twice: few in each visible step keep it short."""

    steps: int = knob(36, 2, 500, scale="log", help=_STEPS)
    moves: int = knob(2, 1, 50, scale="log", help=_MOVES)


class MeanWalkKnobs(LatentWalkKnobs):
    """Chains side by side cost little more than one."""

    steps: int = knob(150, 2, 500, scale="log", help=_STEPS)
    moves: int = knob(1, 1, 50, scale="log", help=_MOVES)
    walkers: int = knob(
        4,
        1,
        32,
        scale="log",
        help="Chains per answer, whose mean is shown: 1 is one picture, many the mean of all that fit.",
    )


@dataclass(frozen=True)
class LatentWalk:
    """Markov chains over the latents of the flow ``net`` that fill a mask: one for each sample, or several and their mean.

    A single chain's latent is under ``"latent"``; those of several (n * walkers, D), which made no one picture, under
    ``"latents"``.
    """

    net: FlowNet
    spec: DataSpec
    title: str = "Walk through the latents"
    help: str = "Proposes nearby latents and keeps those that explain the known part; starts from samples of the flow."
    Knobs: type[LatentWalkKnobs] = LatentWalkKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        k = self._walkers(steer)
        drawn = draw_classes(n, self.spec, rng)
        z = torch.randn(n * k, self.spec.size, generator=rng, device=rng.device)
        state = {
            "latent" if k == 1 else "latents": z,
            "steps": 0,
            "reach": z.new_full((n * k,), 0.5),
            "drawn_class": drawn,
        }
        frame = Frame(z, 0.0, state)
        u, _, _ = self._weigh(
            mask_of(steer, z).for_copies(k, 1 + len(self.spec.event)), z, self._given(frame, steer, k)
        )
        return frame.with_(x=self._shown(u, k, steer))

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        done = frame.state["steps"] + 1
        t = counted(done, knobs.steps, frame.t)
        width = knobs.tolerance * max(1.0, 10 ** (1 - 2 * t))
        name, reach = "latent" if "latent" in frame.state else "latents", frame.state["reach"]
        z: Tensor = frame.state[name]
        k = len(z) // len(frame.x)
        condition, given = mask_of(steer, z).for_copies(k, frame.x.dim()), self._given(frame, steer, k)
        x, ratio, miss = self._weigh(condition, z, given)
        for move in range(knobs.moves):
            turn = (frame.state["steps"] * knobs.moves + move) % _FRESH_EVERY
            fresh = turn == _FRESH_EVERY - 1 and not self.spec.is_image
            b = torch.ones_like(reach) if fresh else reach
            noise = torch.randn(z.shape, generator=rng, device=rng.device)
            z_new = (1 - b.square()).sqrt()[:, None] * z + b[:, None] * noise
            x_new, ratio_new, miss_new = self._weigh(condition, z_new, given)
            gain = (ratio_new - miss_new / width**2) - (ratio - miss / width**2)
            # a proposal that overflowed gives NaN and is refused
            taken = torch.rand(len(z), generator=rng, device=rng.device).log() < gain
            z = torch.where(taken[:, None], z_new, z)
            x = torch.where(taken.view(-1, *[1] * (x.dim() - 1)), x_new, x)
            ratio, miss = torch.where(taken, ratio_new, ratio), torch.where(taken, miss_new, miss)
            if t <= 0.5 and not fresh:
                reach = (reach * torch.exp(0.3 * (taken.to(reach) - _WANTED))).clamp(1e-3, 1.0)
        state = {**frame.state, name: z, "steps": done, "reach": reach}
        return Frame(self._shown(x, k, steer), t, state)

    def _walkers(self, steer: Steer) -> int:
        knobs = steer.read(self.Knobs)
        return knobs.walkers if isinstance(knobs, MeanWalkKnobs) else 1

    def _given(self, frame: Frame, steer: Steer, k: int) -> Tensor:
        """One-hot classes (n * k, C) of all chains."""
        drawn: Tensor = frame.state["drawn_class"]
        like = frame.state["reach"]
        return one_hot(labels_for(frame, steer), len(drawn), self.spec.given_size, like).repeat_interleave(k, 0)

    def _shown(self, x: Tensor, k: int, steer: Steer) -> Tensor:
        """Answers (n, *event) from what the chains (n * k, *event) stand at."""
        mean = x if k == 1 else x.view(-1, k, *x.shape[1:]).mean(1)
        return compose(mask_of(steer, mean), mean)

    def _weigh(self, condition: Mask, z: Tensor, given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the latents decode to (n, *event), ``log p(u, v) - log p(u, y)`` (n,), and ``|y - v|^2 / 2`` (n,)."""
        with torch.no_grad():
            flat, nats = self.net.decode_with_density(z, given)
            x = flat.view(len(z), *self.spec.event)
            value, known = known_part(condition, len(z), self.spec.size)
            put_back = compose(condition, x).flatten(1)
            ratio = self.net.log_density(put_back, given) - nats
            miss = 0.5 * (known * (flat - value).square()).sum(-1)
        return x, ratio, miss


def walks(net: FlowNet, spec: DataSpec) -> dict[str, Method]:
    """The ways of a flow to fill a mask: a walk, and for pictures the mean of several longer ones."""
    said = (
        "A Metropolis walk over the latents (projected latent MCMC, Cannella et al. 2020, arXiv:2007.06140) that forgets its "
        "start with time and is then exact for this flow."
    )
    walk = LatentWalk(net, spec, Knobs=ImageWalkKnobs if spec.is_image else LatentWalkKnobs)
    methods = {"latent-walk": Method("mask", walk.title, "asymptotic", said, walk, careful=not spec.is_image)}
    if spec.is_image:
        title = "Mean of several walks"
        mean = LatentWalk(
            net, spec, title, "Several walks over the latents for each answer, and their mean.", MeanWalkKnobs
        )
        said = (
            "Several long walks over the latents and their mean: with more and longer ones the mean of the conditional, "
            "smoother than any one of its pictures."
        )
        methods["mean-walk"] = Method("mask", title, "asymptotic", said, mean, careful=True)
    return methods
