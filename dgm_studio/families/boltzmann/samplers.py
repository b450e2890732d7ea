"""Sampling a Boltzmann machine: sweeps of Gibbs sampling, or for a small one a draw from all its hidden states at once.

Both fill a mask as well. Gibbs sampling with the known units held has the conditional distribution as its limit; with all
hidden states at hand it can be drawn from directly,

    p(h | known) ~ exp(b.h) prod_known exp(v_i (a_i + W_i h)) prod_unknown (1 + exp(a_i + W_i h)).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.conditions.mask import Mask, compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer
from dgm_studio.families.boltzmann.fully_visible import FullyVisible
from dgm_studio.families.boltzmann.knobs import GibbsKnobs, MeanGibbsKnobs, SweepKnobs, shows_chances, whiteness
from dgm_studio.families.boltzmann.partition import Machine, hidden_states, log_masses
from dgm_studio.families.boltzmann.restricted import Restricted, draw_class
from dgm_studio.families.shared.known import known_part, mask_of
from dgm_studio.samplers.path import counted

_START_WIDTH = 1.5
"""Standard deviation of real units at the start: somewhat wider than the data."""
_COLDEST = 1e-3
"""Temperature 0 stands for this: the most likely state, as far as single precision tells."""


def shown(machine: Machine, spec: DataSpec, u: Tensor) -> Tensor:
    """Units (n, units), or their means, to model units (n, *event)."""
    v = u[:, : machine.size].reshape(len(u), *spec.event)
    return v if machine.gaussian else 2 * v - 1


def averaged(before: Tensor | None, mean: Tensor, ahead: int, window: int) -> Tensor:
    """The running mean over the last ``window`` sweeps, of which ``ahead`` are still to come; until then the last alone."""
    return mean if before is None else torch.lerp(before, mean, 1 / max(1, window - ahead))


@dataclass(frozen=True)
class Gibbs:
    """Block Gibbs sampling; with ``fills`` the known part of a mask is held."""

    machine: Machine
    spec: DataSpec
    chains: Tensor
    mean: Tensor
    """How often each unit is on in the data (units,): from there a chain finds its way that is lost in even noise."""
    fills: bool = False
    title: str = "Gibbs sampling"
    help: str = (
        "Draws all hidden units given the visible ones, then all visible units given the hidden ones, and again."
    )
    Knobs: type[SweepKnobs] = field(default=GibbsKnobs)

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        machine, like = self.machine, self.machine.bias
        noise = torch.randn if machine.gaussian else torch.rand
        v = noise((n, machine.size), generator=rng, device=rng.device)
        v = _START_WIDTH * v if machine.gaussian else (v < self.mean[: machine.size]).to(like.dtype)
        y, _ = draw_class(like.new_zeros(n, machine.classes), rng)
        u = torch.cat([v, y], 1)
        if not self.fills and steer.read(GibbsKnobs).start == "chains":
            u = self.chains[self._chosen(n, steer, rng)]
        value, held = self._clamped(u, steer, 0.0)
        u = torch.where(held, value, u)
        return Frame(shown(self.machine, self.spec, u), 0.0, {"units": u, "steps": 0})

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        done = frame.state["steps"] + 1
        t = counted(done, knobs.steps, frame.t)
        u: Tensor = frame.state["units"]
        value, held = self._clamped(u, steer, t)
        u, mean, beta = torch.where(held, value, u), u, 1 / max(steer.temperature, _COLDEST)
        total, smooth = knobs.steps * knobs.sweeps, frame.state.get("mean")
        window = min(total, knobs.average) if isinstance(knobs, MeanGibbsKnobs) else 1
        for k in range(knobs.sweeps):
            if isinstance(self.machine, FullyVisible):
                u, mean = self.machine.sweep(u, rng, beta, held=held)
            else:
                u, mean = self.machine.sweep(u, rng, beta)
                u = torch.where(held, value, u)
            smooth = averaged(smooth, mean, total - (done - 1) * knobs.sweeps - k - 1, window)
        mean = torch.where(held, value, mean if smooth is None else smooth)
        seen = mean if shows_chances(knobs) else u
        x, estimate = shown(self.machine, self.spec, seen), shown(self.machine, self.spec, mean)
        if self.fills:
            condition = mask_of(steer, x)
            estimate = compose(condition, estimate)
            x = compose(condition, x) if t == 1.0 else x
        return Frame(x, t, {"units": u, "steps": done, "estimate": estimate, "mean": smooth})

    def _chosen(self, n: int, steer: Steer, rng: Rng) -> Tensor:
        """Which kept chain each sample goes on from (n,): one of its class, if there is any."""
        chance = torch.ones(n, len(self.chains), device=self.chains.device)
        if self.machine.classes and steer.label is not None:
            asked = steer.label.to(self.chains.device)[:, None]
            of_class = self.chains[:, self.machine.size :].argmax(1) == asked
            chance = torch.where((asked < 0) | ~of_class.any(1, keepdim=True), chance, of_class.to(chance))
        return torch.multinomial(chance, 1, generator=rng)[:, 0]

    def _clamped(self, u: Tensor, steer: Steer, t: float) -> tuple[Tensor, Tensor]:
        """Values (n, units) of the units that are held at progress t, and which (n, units)."""
        value, held = u.clone(), torch.zeros_like(u, dtype=torch.bool)
        size = self.machine.size
        if self.fills:
            condition = mask_of(steer, u)
            known, ruled = torch.broadcast_tensors(condition.value, condition.held(t))
            known = known.reshape(-1, size)
            value[:, :size] = known if self.machine.gaussian else whiteness(known, self.spec)
            held[:, :size] = ruled.reshape(-1, size)
        if self.machine.classes and steer.label is not None:
            asked = steer.label.to(u.device)
            value[:, size:] = F.one_hot(asked.clamp_min(0), self.machine.classes).to(u.dtype)
            held[:, size:] = (asked >= 0)[:, None]
        return value, held


@dataclass(frozen=True)
class DrawHidden:
    """Two frames: all hidden states weighed and one drawn for each sample, then its visible units; exact."""

    machine: Restricted
    spec: DataSpec
    fills: bool = False
    title: str = "Draw a hidden state"
    help: str = (
        "Weighs every one of the hidden states, draws one, and then the visible units given it: no chain is needed."
    )
    Knobs: type[Settings] = Settings

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        noise = _START_WIDTH * torch.randn(n, *self.spec.event, generator=rng, device=rng.device)
        return Frame(noise if self.machine.gaussian else noise.sign(), 0.0)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        machine, n = self.machine, len(frame.x)
        beta = 1 / max(steer.temperature, _COLDEST)
        h = hidden_states(machine.hidden, 0, 2**machine.hidden, machine.bias)
        by_class = log_masses(machine, h, beta)
        logits = by_class.logsumexp(-1).expand(n, -1)
        if machine.classes and steer.label is not None:
            asked = steer.label.to(h.device)
            logits = torch.where((asked >= 0)[:, None], by_class.T[asked.clamp_min(0)], logits)
        condition = mask_of(steer, machine.bias) if self.fills else None
        if condition is not None:
            logits = logits + self._evidence(condition, h, beta, n)
        drawn = torch.multinomial(logits.softmax(-1), 1, generator=rng)[:, 0]
        u, mean = machine.down(h[drawn], rng, beta)
        if condition is None:
            return Frame(shown(self.machine, self.spec, u), 1.0, {"estimate": shown(self.machine, self.spec, mean)})
        return Frame(
            compose(condition, shown(self.machine, self.spec, u)),
            1.0,
            {"estimate": compose(condition, shown(self.machine, self.spec, mean))},
        )

    def _evidence(self, condition: Mask, h: Tensor, beta: float, n: int) -> Tensor:
        """What the known part says about each hidden state (n, 2^H): log p(known | h) up to a constant."""
        machine = self.machine
        value, weight = known_part(condition, n, machine.size)
        field = (machine.bias + h @ machine.weight.T)[:, : machine.size]
        if machine.gaussian:
            # log of known / all: N(known; mean, s^2) up to a constant, since the masses hold the whole integral
            mean, precision = field * machine.sigma.square(), weight / machine.sigma.square()
            return (precision * value) @ mean.T - 0.5 * precision @ mean.square().T
        on = whiteness(value, self.spec)
        return (weight * on) @ (beta * field).T - weight @ F.softplus(beta * field).T
