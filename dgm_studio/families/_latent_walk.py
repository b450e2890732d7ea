"""Filling a mask with a flow: a Metropolis walk over the codes that ends up at the exact conditional.

Projected latent MCMC (Cannella, Soltani & Tarokh 2020, arXiv:2007.06140). The known values v are relaxed to free ones y
near them, ``N(y; v, s^2)``; a code z stands for the pair (unknown u, y). Proposals ``z' = sqrt(1 - b^2) z + b e`` (pCN,
Cotter et al. 2013, arXiv:1202.0709) leave the flow's own p(u, y) alone, so a move is accepted with probability

    min(1, w(z') / w(z)),      w = p(u, v) N(y; v, s^2) / p(u, y).

Whatever s > 0, u then follows p(u | v) in the long run. While burning in, s shrinks and b is tuned for each chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask, compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families._classes import draw_classes, labels_for, one_hot
from dgm_studio.families._flow_net import FlowNet
from dgm_studio.families._known import known_part, mask_of

_WANTED = 0.3
"""Share of moves to accept."""
_FRESH_EVERY = 4
"""Every so many moves the proposal forgets where it is: how a chain changes mode in a few dimensions."""


class Knobs(Settings):
    steps: int = knob(50, 2, 500, scale="log", help="Visible steps; the first half only burns in.")
    moves: int = knob(8, 1, 50, scale="log", help="Proposals per visible step: more come closer to the exact answer.")
    tolerance: float = knob(
        0.1, 0.01, 1.0, scale="log", help="How far codes may miss the known values; any value is right in the long run."
    )


class PictureKnobs(Knobs):
    """A proposal takes the whole flow twice: few in each visible step keep it short."""

    steps: int = knob(100, 2, 500, scale="log", help="Visible steps; the first half only burns in.")
    moves: int = knob(3, 1, 50, scale="log", help="Proposals per visible step: more come closer to the exact answer.")


@dataclass(frozen=True)
class LatentWalk:
    """Markov chains over the codes of the flow ``net``, one for each sample, that fill a mask."""

    net: FlowNet
    spec: DataSpec
    title: str = "Walk through the codes"
    help: str = "Proposes nearby codes and keeps those that explain the known part; starts from samples of the flow."

    @property
    def Knobs(self) -> type[Settings]:
        return PictureKnobs if self.spec.is_image else Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        drawn = draw_classes(n, self.spec, rng)
        z = torch.randn(n, self.spec.size, generator=rng, device=rng.device)
        frame = Frame(z, 0.0, {"code": z, "steps": 0, "reach": z.new_full((n,), 0.5), "drawn_class": drawn})
        condition = mask_of(steer, z)
        u, _, _ = self._weigh(condition, z, self._given(frame, steer))
        return frame.with_(x=compose(condition, u))

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.knobs if isinstance(steer.knobs, Knobs) else (PictureKnobs() if self.spec.is_image else Knobs())
        done = frame.state["steps"] + 1
        t = 1.0 if done >= knobs.steps else max(done / knobs.steps, frame.t + 1e-6)
        width = knobs.tolerance * max(1.0, 10 ** (1 - 2 * t))
        z, reach = frame.state["code"], frame.state["reach"]
        condition, given = mask_of(steer, z), self._given(frame, steer)
        x, ratio, miss = self._weigh(condition, z, given)
        for move in range(knobs.moves):
            fresh = (frame.state["steps"] * knobs.moves + move) % _FRESH_EVERY == _FRESH_EVERY - 1
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
        state = {**frame.state, "code": z, "steps": done, "reach": reach}
        return Frame(compose(condition, x), t, state)

    def _given(self, frame: Frame, steer: Steer) -> Tensor:
        z = frame.state["code"]
        return one_hot(labels_for(frame, steer), len(z), len(self.spec.classes), z)

    def _weigh(self, condition: Mask, z: Tensor, given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the codes decode to (n, *event), ``log p(u, v) - log p(u, y)`` (n,), and ``|y - v|^2 / 2`` (n,)."""
        with torch.no_grad():
            flat, nats = self.net.decode_with_density(z, given)
            x = flat.view(len(z), *self.spec.event)
            value, known = known_part(condition, len(z), self.spec.size)
            put_back = compose(condition, x).flatten(1)
            ratio = self.net.log_density(put_back, given) - nats
            miss = 0.5 * (known * (flat - value).square()).sum(-1)
        return x, ratio, miss
