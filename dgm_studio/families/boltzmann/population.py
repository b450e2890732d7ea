"""Filling a mask with a deep belief network: a population of the states between its two machines.

Given the units h between the machines pixels are independent, so those that are unknown can be left out of

    p(h, y | known) ~ exp(-F(h, y)) prod_known p(v_i | h),

with the free energy F of the upper machine. Every answer has a population that begins among that machine's own dreams and
follows the power of the product from 0 to 1 (sequential Monte Carlo: Del Moral, Doucet & Jasra 2006,
doi:10.1111/j.1467-9868.2006.00553.x): states that explain the known pixels better are copied over others, and all move by
`flips`. Then one is drawn and walks on alone. A class y that is not asked for is drawn by turns with h.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.autoregressive.candidates import draw_candidates
from dgm_studio.families.boltzmann.deep import Deep, with_class
from dgm_studio.families.boltzmann.knobs import is_grey, whiteness
from dgm_studio.families.boltzmann.restricted import draw_class
from dgm_studio.families.boltzmann.samplers import averaged
from dgm_studio.families.shared.known import known_part, mask_of
from dgm_studio.samplers.flips import LogDensity, UnitStates, flip_move
from dgm_studio.samplers.path import next_time

_COLDEST = 1e-3
_SWEEPS = 3
"""Of Gibbs sampling in the upper machine, by which copies of one kept chain part before they begin."""
_ALONE = 2 / 3
"""At this progress the power is 1 and one of the population is drawn."""
_WANTED = 0.57
"""Share of moves to accept."""
_FEW = 0.5
"""The population is drawn afresh when its effective number falls below this share."""


class HiddenPopulationKnobs(Settings):
    steps: int = knob(
        45,
        3,
        500,
        scale="log",
        help="Visible steps: two thirds for the population, one for the state that is drawn from it.",
    )
    particles: int = knob(
        16, 1, 256, scale="log", help="States in the population of each answer; many come near the conditional."
    )
    moves: int = knob(
        1,
        1,
        50,
        scale="log",
        help="Moves of every state in each step; the one that is left makes as many as all together.",
    )


class MeanPopulationKnobs(HiddenPopulationKnobs):
    average: int = knob(
        160,
        1,
        2000,
        scale="log",
        help="Moves at the end whose pixel probabilities are averaged: 1 is one picture, many are the mean of all that fit.",
    )


@dataclass(frozen=True)
class HiddenPopulation:
    """Frames show the state of most weight; ``"units"`` (n, k, units) are all, ``"log_weight"`` (n, k) what they weigh."""

    deep: Deep
    spec: DataSpec
    chains: Tensor
    title: str = "Population of hidden states"
    help: str = (
        "Many dreams of the upper machine for each answer; those that explain the known pixels are copied and moved on."
    )

    @property
    def Knobs(self) -> type[HiddenPopulationKnobs]:
        return MeanPopulationKnobs if is_grey(self.spec) else HiddenPopulationKnobs

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        k, top = steer.read(self.Knobs).particles, self.deep.top
        label = None if steer.label is None else steer.label.repeat_interleave(k)
        u = self.chains[torch.randint(len(self.chains), (n * k,), generator=rng, device=rng.device)]
        for _ in range(_SWEEPS):
            u = with_class(top, top.sweep(with_class(top, u, label), rng)[0], label)
        state = {"units": u.view(n, k, -1), "log_weight": u.new_zeros(n, k), "size": 0.3, "mean": None}
        return self._frame(self._pixels(u.view(n, k, -1)[:, 0], 1.0), 0.0, steer, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs, beta = steer.read(self.Knobs), 1 / max(steer.temperature, _COLDEST)
        t = next_time(frame.t, knobs.steps)
        units, log_weight, size = (frame.state[name] for name in ("units", "log_weight", "size"))
        power, before = (min(1.0, at / _ALONE) ** 2 for at in (t, frame.t))
        if power > before:
            log_weight = log_weight + (power - before) * self._explained(units, steer, beta)
        moves = knobs.moves
        if t >= _ALONE and units.shape[1] > 1:
            units, log_weight = drawn_of(units, draw_candidates(log_weight, 1, rng)), log_weight[:, :1] * 0
        elif units.shape[1] > 1:
            units, log_weight = renewed(units, log_weight, rng)
        if t >= _ALONE:
            moves *= knobs.particles
        n, k, _ = units.shape
        u = self._class_drawn(units.flatten(0, 1), steer, beta, rng)
        y = u[:, self.deep.top.size :]
        f = self._target(steer, n, k, y, power, beta)
        here, smooth, accepted = UnitStates.at(f, u[:, : self.deep.top.size]), frame.state["mean"], 0.0
        window, ahead = self._window(knobs), round((1 - t) * knobs.steps + 1) * moves
        for _ in range(moves):
            here, moved = flip_move(f, here, size, rng)
            accepted, ahead = accepted + float(moved.float().mean()) / moves, ahead - 1
            if t >= _ALONE and ahead < window:
                smooth = averaged(smooth, self._pixels(here.h, beta), ahead, window)
        if power < 1:  # afterwards a size that follows the moves would bend the limit
            size = min(5.0, max(0.02, size * 2 ** (accepted - _WANTED)))
        units = torch.cat([here.h, y], 1).view(n, k, -1)
        best = drawn_of(units, log_weight.argmax(1, keepdim=True))[:, 0]
        mean = self._pixels(best, beta) if smooth is None else smooth
        if t == 1 and not is_grey(self.spec):
            mean = torch.bernoulli(mean, generator=rng)
        state = {"units": units, "log_weight": log_weight, "size": size, "mean": smooth}
        return self._frame(mean, t, steer, state)

    def _window(self, knobs: HiddenPopulationKnobs) -> int:
        """Over how many of the last moves pixels are averaged: those of the state that is left at most."""
        alone = knobs.steps - math.ceil(_ALONE * knobs.steps - 1e-9) + 1
        asked = knobs.average if isinstance(knobs, MeanPopulationKnobs) else 1
        return min(asked, alone * knobs.moves * knobs.particles)

    def _pixels(self, u: Tensor, beta: float) -> Tensor:
        """How likely each pixel is to be white (n, size) given units (n, units)."""
        bottom = self.deep.bottom
        return torch.sigmoid(beta * torch.addmm(bottom.bias, u[:, : self.deep.top.size], bottom.weight.T))

    def _frame(self, white: Tensor, t: float, steer: Steer, state: dict[str, object]) -> Frame:
        x = (2 * white - 1).view(-1, *self.spec.event)
        x = compose(mask_of(steer, x), x)
        return Frame(x, t, {**state, "estimate": x})

    def _known(self, steer: Steer, n: int, k: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """How white known pixels are, and how well pixels are known: each (n * k, size)."""
        value, weight = known_part(mask_of(steer, like), n, self.spec.size)
        return whiteness(value, self.spec).repeat_interleave(k, 0), weight.repeat_interleave(k, 0)

    def _explained(self, units: Tensor, steer: Steer, beta: float) -> Tensor:
        """Log-probabilities (n, k) of the known pixels given units (n, k, units)."""
        n, k, _ = units.shape
        white, weight = self._known(steer, n, k, units)
        field = beta * torch.addmm(self.deep.bottom.bias, units.flatten(0, 1)[:, : self.deep.top.size], self._down)
        return (weight * (white * field - F.softplus(field))).sum(1).view(n, k)

    @property
    def _down(self) -> Tensor:
        return self.deep.bottom.weight.T

    def _target(self, steer: Steer, n: int, k: int, y: Tensor, power: float, beta: float) -> LogDensity:
        """The log-density of units between the machines (n * k, H) given classes (n * k, C)."""
        top, bottom = self.deep.top, self.deep.bottom
        white, weight = self._known(steer, n, k, y)
        bias = top.bias[: top.size]

        def f(h: Tensor) -> tuple[Tensor, Tensor]:
            up = beta * top.hidden_field(torch.cat([h, y], 1))
            down = beta * torch.addmm(bottom.bias, h, self._down)
            value = beta * h @ bias + F.softplus(up).sum(1)
            value = value + power * (weight * (white * down - F.softplus(down))).sum(1)
            grad = bias + torch.sigmoid(up) @ top.weight[: top.size].T
            grad = grad + power * (weight * (white - torch.sigmoid(down))) @ bottom.weight
            return value, beta * grad

        return f

    def _class_drawn(self, u: Tensor, steer: Steer, beta: float, rng: Rng) -> Tensor:
        """Units (m, units) with their class drawn anew given the upper hidden units, or as it is asked for."""
        top = self.deep.top
        if not top.classes:
            return u
        hidden = torch.bernoulli(torch.sigmoid(beta * top.hidden_field(u)), generator=rng)
        field = beta * torch.addmm(top.bias[top.size :], hidden, top.weight[top.size :].T)
        label = None if steer.label is None else steer.label.repeat_interleave(len(u) // len(steer.label))
        return with_class(top, torch.cat([u[:, : top.size], draw_class(field, rng)[0]], 1), label)


def renewed(units: Tensor, log_weight: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
    """Units (n, k, units) and weights (n, k), drawn afresh by weight in those rows where few carry it."""
    k = log_weight.shape[1]
    poor = (1 / log_weight.softmax(1).square().sum(1) < _FEW * k)[:, None]
    which = torch.where(poor, draw_candidates(log_weight, k, rng), torch.arange(k, device=log_weight.device))
    return drawn_of(units, which), torch.where(poor, 0.0, log_weight)


def drawn_of(units: Tensor, which: Tensor) -> Tensor:
    """Of units (n, k, units) those numbered ``which`` (n, j), each by its row."""
    return units.gather(1, which[:, :, None].expand(-1, -1, units.shape[2]))
