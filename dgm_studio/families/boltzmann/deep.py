"""Two restricted Boltzmann machines on top of each other: sampling, filling a mask, and a bound on the likelihood.

Of the lower machine only the way down ``p(v | h)`` is part of the model, the upper one is its prior for h (Hinton, Osindero
& Teh 2006, doi:10.1162/neco.2006.18.7.1527). Upwards ``q(h | v)`` of the lower machine stands in for the posterior, whence

    log p(v) >= E log 1/K sum_k p(v | h_k) p(h_k) / q(h_k | v),   h_k ~ q

(Salakhutdinov & Murray 2008; Burda et al. 2016, arXiv:1509.00519, for K > 1). With an estimate of the upper machine's Z this
is an estimate too, on average below the truth by what q misses.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Steer, Work, rng_for
from dgm_studio.families.boltzmann.knobs import GibbsKnobs, SweepKnobs, shows_chances, whiteness
from dgm_studio.families.boltzmann.partition import Partition, log_density
from dgm_studio.families.boltzmann.restricted import Restricted, draw_class
from dgm_studio.families.boltzmann.samplers import shown
from dgm_studio.families.shared.known import mask_of
from dgm_studio.samplers.path import counted

IMPORTANCE_SAMPLES = 32
_COLDEST = 1e-3


@dataclass(frozen=True)
class Deep:
    """The lower machine (pixels to hidden units) and the upper one (those and the class to further hidden units)."""

    bottom: Restricted
    top: Restricted

    def chance(self, v: Tensor) -> Tensor:
        """``q(h | v)`` (n, H): the chance of each unit between the machines to be on."""
        return torch.sigmoid(self.bottom.hidden_field(v))


def with_class(top: Restricted, u: Tensor, label: Tensor | None) -> Tensor:
    """Units (n, units) of the upper machine with the classes (n,) that are asked for; -1 asks for none."""
    if label is None or not top.classes:
        return u
    asked = label.to(u.device)
    y = F.one_hot(asked.clamp_min(0), top.classes).to(u.dtype)
    return torch.cat([u[:, : top.size], torch.where((asked >= 0)[:, None], y, u[:, top.size :])], 1)


@dataclass(frozen=True)
class Dream:
    """Gibbs sampling in the upper machine; every frame shows a way down from where it is.

    With ``fills`` each round goes up from the picture, through the upper machine and down again, and then the known pixels are
    put back.
    """

    deep: Deep
    spec: DataSpec
    chains: Tensor
    fills: bool = False
    title: str = "Dream"
    help: str = "Gibbs sampling in the upper machine, then one pass down to the pixels."
    Knobs: type[SweepKnobs] = field(default=GibbsKnobs)

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        top = self.deep.top
        h = (torch.rand(n, top.size, generator=rng, device=rng.device) < 0.5).to(top.level.dtype)
        u = torch.cat([h, draw_class(h.new_zeros(n, top.classes), rng)[0]], 1)
        if not self.fills and steer.read(GibbsKnobs).start == "chains":
            u = self.chains[torch.randint(len(self.chains), (n,), generator=rng, device=rng.device)]
        v = (torch.rand(n, self.spec.size, generator=rng, device=rng.device) < 0.5).to(u.dtype)
        v = self._held(v, steer, 0.0)
        state = {"units": with_class(top, u, steer.label), "pixels": v, "steps": 0}
        return Frame(shown(self.deep.bottom, self.spec, v), 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        done = frame.state["steps"] + 1
        t = counted(done, knobs.steps, frame.t)
        bottom, top, beta = self.deep.bottom, self.deep.top, 1 / max(steer.temperature, _COLDEST)
        u, v, mean = frame.state["units"], frame.state["pixels"], frame.state["pixels"]
        for k in range(knobs.sweeps):
            if self.fills:
                h = torch.bernoulli(self.deep.chance(v), generator=rng)
                u = torch.cat([h, u[:, top.size :]], 1)
            u = with_class(top, top.sweep(with_class(top, u, steer.label), rng, beta)[0], steer.label)
            if self.fills or k == knobs.sweeps - 1:
                v, mean = bottom.down(u[:, : top.size], rng, beta)
                v = self._held(v, steer, t)
        mean = self._held(mean, steer, t)
        x, estimate = shown(bottom, self.spec, mean if shows_chances(knobs) else v), shown(bottom, self.spec, mean)
        if self.fills:
            condition = mask_of(steer, x)
            estimate = compose(condition, estimate)
            x = compose(condition, x) if t == 1.0 else x
        return Frame(x, t, {"units": u, "pixels": v, "steps": done, "estimate": estimate})

    def _held(self, v: Tensor, steer: Steer, t: float) -> Tensor:
        """Pixels (n, size) with the known ones put back, each as white as it is."""
        if not self.fills:
            return v
        condition = mask_of(steer, v)
        known, ruled = torch.broadcast_tensors(condition.value, condition.held(t))
        return torch.where(ruled.reshape(-1, v.shape[1]), whiteness(known.reshape(-1, v.shape[1]), self.spec), v)


class Bound:
    """The importance-weighted bound of a deep machine as it is when it is first asked for."""

    def __init__(self, deep: Deep, base: Tensor) -> None:
        self._deep, self.partition = deep, Partition(deep.top, base)
        self._bottom: Restricted | None = None

    def work(self, v: Tensor, label: Tensor | None) -> Work[Tensor]:
        """Black and white pixels (n, size) to nats (n,), in slices."""
        if self._bottom is None:
            self._bottom = copy.deepcopy(self._deep.bottom)
        yield from self.partition.work()
        parts = []
        for i in range(0, len(v), 32):
            part = None if label is None else label[i : i + 32]
            parts.append((yield from self._some(self._bottom, v[i : i + 32], part)))
        return torch.cat(parts) if parts else v.new_zeros(0)

    @torch.no_grad()
    def _some(self, bottom: Restricted, v: Tensor, label: Tensor | None) -> Work[Tensor]:
        k, rng = IMPORTANCE_SAMPLES, rng_for(0, device=v.device)
        odds = bottom.hidden_field(v).repeat(k, 1)
        h = torch.bernoulli(torch.sigmoid(odds), generator=rng)
        log_q = -F.binary_cross_entropy_with_logits(odds, h, reduction="none").sum(1)
        yield
        down = torch.addmm(bottom.bias, h, bottom.weight.T)
        log_v = -F.binary_cross_entropy_with_logits(down, v.repeat(k, 1), reduction="none").sum(1)
        yield
        log_h = yield from log_density(self.partition, h, None if label is None else label.repeat(k))
        return (log_v + log_h - log_q).view(k, -1).logsumexp(0) - math.log(k)
