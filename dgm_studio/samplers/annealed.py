"""Annealed Langevin: chains on an energy that knows the noise level, from much noise to little.

At every level ``sigma`` a chain makes some Langevin moves of size ``s sigma`` (Song & Ermon 2019, arXiv:1907.05600). Before
them it is brought from the level above by a step of the reverse SDE (the predictor of Song et al. 2020, arXiv:2011.13456),
without which many more levels are needed. The last noise is taken away by the posterior mean ``x - sigma^2 grad E(x)``
(Jolicoeur-Martineau et al. 2020, arXiv:2009.05475).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Settings, Steer, knob
from dgm_studio.samplers.langevin import Pin
from dgm_studio.samplers.noise import noise_like, rho_schedule
from dgm_studio.samplers.path import Space, next_time

LevelGrad = Callable[[Tensor, float, Tensor | None], Tensor]
"""Noisy latents (n, *shape), their noise level sigma and classes (n,) or None to gradients dE/dx (n, *shape)."""


class AnnealedKnobs(Settings):
    """Levels, and moves at each."""

    steps: int = knob(30, 2, 250, scale="log", help="Noise levels from much to little; more are truer and slower.")
    moves: int = knob(2, 0, 50, help="Langevin moves at each level; they mend the errors of the way down.")
    size: float = knob(
        0.4,
        0.01,
        1.0,
        scale="log",
        title="step size",
        help="Standard deviation of the noise in one move, in units of the noise level.",
    )


@dataclass(frozen=True)
class AnnealedLangevin:
    """Frames show chains scaled to the spread of data; ``"chain"`` holds the noisy latents, ``"estimate"`` the clean ones."""

    grad: LevelGrad
    space: Space
    largest: float
    smallest: float
    device: torch.device
    pin: Pin | None = None
    title: str = "Annealed Langevin"
    help: str = "Chains roll downhill on energies of ever less noisy data, kicked by ever less noise."
    Knobs: type[AnnealedKnobs] = AnnealedKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        z = torch.randn(n, *self.space.shape, generator=rng, device=rng.device).to(self.device)
        z = self.largest * math.sqrt(steer.temperature) * z
        return Frame(self._shown(z, self.largest, steer, 0.0), 0.0, {"chain": z})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        t = next_time(frame.t, knobs.steps)
        warmth = math.sqrt(steer.temperature)
        label = None if steer.label is None else steer.label.to(self.device)
        above, sigma = self._level(frame.t), self._level(t)
        z = frame.state["chain"]
        gain = above**2 - sigma**2
        z = z - gain * self.grad(z, above, label) + math.sqrt(gain) * warmth * noise_like(z, rng)
        z = self._pinned(z, sigma, steer, t, rng)
        move = knobs.size * sigma
        for _ in range(knobs.moves):
            z = z - 0.5 * move**2 * self.grad(z, sigma, label) + move * warmth * noise_like(z, rng)
            z = self._pinned(z, sigma, steer, t, rng)
        clean = z - sigma**2 * self.grad(z, sigma, label)
        estimate = self._held(self.space.decode(clean), steer, t)
        x = estimate if t == 1 else self._shown(z, sigma, steer, t)
        return Frame(x, t, {"chain": z, "estimate": estimate})

    def _level(self, t: float) -> float:
        return rho_schedule(t, self.largest, self.smallest)

    def _shown(self, z: Tensor, sigma: float, steer: Steer, t: float) -> Tensor:
        return self.space.decode(z / math.hypot(1, sigma))

    def _held(self, x: Tensor, steer: Steer, t: float) -> Tensor:
        """Examples with the known values in their places."""
        if self.pin is None:
            return x
        value, held = self.pin(steer, x, t)
        return torch.where(held, value, x)

    def _pinned(self, z: Tensor, sigma: float, steer: Steer, t: float, rng: Rng) -> Tensor:
        """Latents with the known pixels put back, as noisy as the rest."""
        if self.pin is None:
            return z
        x = self.space.decode(z)
        value, held = self.pin(steer, x, t)
        known = self.space.encode(torch.broadcast_to(value, x.shape)) + sigma * noise_like(z, rng)
        return self.space.encode(torch.where(held, self.space.decode(known), x))
