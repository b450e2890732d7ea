"""Langevin chains: downhill on an energy, with just enough noise to end in its density.

A move with step size ``s`` at temperature ``T`` is

    x' = x - s^2/2 grad E(x) + s sqrt(T) n,

whose stationary density is ``exp(-E / T)`` up to an error of order ``s^2`` (Roberts & Tweedie 1996,
doi:10.2307/3318418). Accepting each move with the probability of Metropolis & Hastings takes the error away (MALA). Where
values are pinned only the others move, which samples the conditional density given the pinned ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Settings, Steer, knob
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Space, next_time

ValueAndGrad = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]]
"""Latents (n, *shape) and classes (n,) or None to energies (n,) and their gradients dE/dx (n, *shape)."""

Pin = Callable[[Steer, Tensor, float], tuple[Tensor, Tensor]]
"""What is pinned in examples (n, *event) at a progress: values, and where (bool), both broadcasting to (n, *event)."""

Begin = Callable[[int, Steer, Rng], Tensor]
"""Where n chains begin: latents (n, *shape)."""


def langevin_move(
    grad: ValueAndGrad,
    x: Tensor,
    label: Tensor | None,
    size: float,
    temperature: float,
    rng: Rng,
    free: Tensor | None = None,
) -> Tensor:
    """One move of chains (n, *shape); ``free`` is 1 where values may move."""
    drift = -0.5 * size**2 * grad(x, label)[1] + size * math.sqrt(temperature) * noise_like(x, rng)
    return x + (drift if free is None else free * drift)


def tamed(grad: Tensor, size: float) -> Tensor:
    """The drift ``-size^2/2 grad`` of chains (n, *shape), no longer than the noise of a move is on average.

    On a steep slope an untamed drift leaps over the valley, farther each time. A cut one still proposes a move that can be
    corrected exactly (Roberts & Tweedie 1996, MALTA).
    """
    drift = -0.5 * size**2 * grad
    length = drift.flatten(1).norm(dim=1).view(-1, *[1] * (grad.dim() - 1))
    longest = size * math.sqrt(math.prod(grad.shape[1:]))
    share: Tensor = (longest / length.clamp_min(1e-12)).clamp(max=1)
    return drift * share


@dataclass(frozen=True)
class Standing:
    """Chains with their energies (n,) and gradients (n, *shape), so that a rejected move costs nothing."""

    x: Tensor
    energy: Tensor
    grad: Tensor

    @classmethod
    def at(cls, grad: ValueAndGrad, x: Tensor, label: Tensor | None) -> Standing:
        return cls(x, *grad(x, label))


def mala_move(
    grad: ValueAndGrad,
    here: Standing,
    label: Tensor | None,
    size: float,
    temperature: float,
    rng: Rng,
    free: Tensor | None = None,
) -> tuple[Standing, Tensor]:
    """One Langevin move that is accepted or refused; returns where the chains stand, and who moved (n,), a bool."""
    free = torch.ones_like(here.x) if free is None else free

    def misfit(to: Tensor, start: Standing) -> Tensor:
        """-log of the proposal density, up to a constant (n,)."""
        away = (to - start.x - tamed(start.grad, size)) * free
        return away.square().flatten(1).sum(1) / (2 * size**2 * temperature)

    drift = tamed(here.grad, size) + size * math.sqrt(temperature) * noise_like(here.x, rng)
    there = Standing.at(grad, here.x + free * drift, label)
    gain = (here.energy - there.energy) / temperature + misfit(there.x, here) - misfit(here.x, there)
    moved = torch.rand(len(gain), generator=rng, device=rng.device).to(gain).log() < gain
    wide = moved.view(-1, *[1] * (here.x.dim() - 1))
    chosen = Standing(
        torch.where(wide, there.x, here.x),
        torch.where(moved, there.energy, here.energy),
        torch.where(wide, there.grad, here.grad),
    )
    return chosen, moved


class LangevinKnobs(Settings):
    """How long and how boldly the chains walk."""

    steps: int = knob(60, 1, 500, scale="log", help="Visible steps of the chains; longer chains forget their start.")
    moves: int = knob(10, 1, 100, scale="log", help="Langevin moves in every visible step.")
    size: float = knob(
        0.15,
        0.001,
        1.0,
        scale="log",
        title="step size",
        help="Standard deviation of the noise in one move; larger moves travel faster, and settle on a wider density than "
        "the model's unless they are corrected.",
    )
    noise: float = knob(
        1.0,
        0.0,
        2.0,
        step=0.05,
        advanced=True,
        help="Factor on the noise of every move: below 1 chains settle in the valleys of the energy, at 0 they only slide "
        "downhill.",
    )
    heat: float = knob(
        1.0,
        1.0,
        20.0,
        step=0.5,
        help="Temperature at which chains begin; it falls to the one asked for in the first half of the way, so that "
        "chains can still change valleys early.",
    )


def cooling(t: float, heat: float) -> float:
    """Factor on the temperature at progress ``t``: from ``heat`` at 0, geometrically, to 1 at one half."""
    return float(heat ** max(0.0, 1 - 2 * t))


@dataclass(frozen=True)
class Langevin:
    """Chains as a sampler; ``corrected`` makes them MALA. ``space`` is where they walk.

    The frame keeps the chain's latent under ``"chain"`` and, corrected, the share of accepted moves under ``"accepted"``.
    """

    grad: ValueAndGrad
    space: Space
    begin: Begin
    Knobs: type[LangevinKnobs] = LangevinKnobs
    pin: Pin | None = None
    corrected: bool = False
    title: str = "Langevin"
    help: str = "Chains that roll downhill on the energy and are kicked by noise."

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return self._frame(self.begin(n, steer, rng), 0.0, steer, 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        t = next_time(frame.t, knobs.steps)
        temperature = steer.temperature * knobs.noise**2 * cooling(t, knobs.heat)
        z, accepted = frame.state["chain"], 0.0
        label = None if steer.label is None else steer.label.to(z.device)
        free = self._free(steer, z, t)
        if self.corrected and temperature > 0:
            here = Standing.at(self.grad, z, label)
            for _ in range(knobs.moves):
                here, moved = mala_move(self.grad, here, label, knobs.size, temperature, rng, free)
                accepted += float(moved.float().mean()) / knobs.moves
            z = here.x
        else:
            for _ in range(knobs.moves):
                z = langevin_move(self.grad, z, label, knobs.size, temperature, rng, free)
                if self.pin is not None and free is None:
                    z = self._pinned(steer, z, t)[0]
        return self._frame(z, t, steer, accepted)

    def _free(self, steer: Steer, z: Tensor, t: float) -> Tensor | None:
        """1 where a value may move; None where nothing is pinned or latents are not the values themselves."""
        if self.pin is None or self.space.shape != self._event(z):
            return None
        return (~self.pin(steer, z, t)[1]).to(z).expand_as(z)

    def _event(self, z: Tensor) -> tuple[int, ...]:
        return tuple(self.space.decode(z[:1]).shape[1:])

    def _pinned(self, steer: Steer, z: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Latents and examples with pinned values put back."""
        x = self.space.decode(z)
        if self.pin is None:
            return z, x
        value, held = self.pin(steer, x, t)
        x = torch.where(held, value, x)
        return self.space.encode(x), x

    def _frame(self, z: Tensor, t: float, steer: Steer, accepted: float) -> Frame:
        z, x = self._pinned(steer, z, t)
        return Frame(x, t, {"chain": z, "accepted": accepted} if self.corrected else {"chain": z})
