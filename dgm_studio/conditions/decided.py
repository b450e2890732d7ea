"""Soft masks for samplers that know only hard ones: every pixel of every sample is decided by chance, once.

A pixel of strength s is generated in the share s of the samples and known in the others,

    free = u < s,      u uniform, one number per pixel and sample.

The numbers come from the seed alone, whatever the mask: with more strength a pixel that was free stays free, so that the
effect grows with it, and a hard mask is what it is. They are kept in the frames, so that all steps, also after branching
with another mask, decide alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Frame, Rng, Sampler, Settings, Steer, rng_for

_STREAM = 41
_CHANCE = "chance"


@dataclass(frozen=True)
class Decided:
    """``sampler``, which is shown hard masks only, for examples of shape ``event``."""

    sampler: Sampler
    event: tuple[int, ...]

    @property
    def title(self) -> str:
        return self.sampler.title

    @property
    def help(self) -> str:
        return self.sampler.help

    @property
    def Knobs(self) -> type[Settings]:
        return self.sampler.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        # a stream of its own: the sampler draws what it would without
        own = rng_for(rng.initial_seed(), _STREAM, device=rng.device)
        # all channels of a pixel share its fate
        shape = (1, *self.event[1:]) if len(self.event) == 3 else self.event
        chance = torch.rand(n, *shape, generator=own, device=rng.device)
        return _with_chance(self.sampler.start(n, self._decided(steer, chance), rng), chance)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        chance: Tensor = frame.state[_CHANCE]
        return _with_chance(self.sampler.step(frame, self._decided(steer, chance), rng), chance)

    def _decided(self, steer: Steer, chance: Tensor) -> Steer:
        asked = steer.condition
        if not isinstance(asked, Mask) or bool(((asked.mask == 0) | (asked.mask == 1)).all()):
            return steer
        shape = (len(chance), *self.event)
        free = (chance < asked.mask.to(chance.device)).expand(shape)
        return replace(steer, condition=Mask(asked.value.expand(shape), free.to(asked.value.dtype)))


def _with_chance(frame: Frame, chance: Tensor) -> Frame:
    return frame.with_(state={**frame.state, _CHANCE: chance})
