"""Downhill on one landscape: along its gradient without noise while far from the data, then as Langevin chains among them.

x' = x - dt eps grad E(x)                       for the first time unit (transport),
x' = x - s^2/2 grad E(x) + s sqrt(T) n          from then on (equilibrium in exp(-E / T)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Steer, knob
from dgm_studio.samplers.langevin import Standing, ValueAndGrad, mala_move
from dgm_studio.samplers.path import Space, StepKnobs, next_time


class DescentKnobs(StepKnobs):
    steps: int = knob(40, 2, 250, scale="log", help="Visible steps; a share of them descends, the rest are chains.")
    descent: float = knob(
        0.5,
        0.0,
        1.0,
        step=0.05,
        help="Share of the steps that descend without noise, from noise to where the data are; at 1 nothing is mended after.",
    )
    moves: int = knob(10, 1, 100, scale="log", help="Moves of the chains in every visible step.")
    size: float = knob(
        0.15,
        0.001,
        1.0,
        scale="log",
        title="step size",
        help="Standard deviation of the noise in one move of the chains.",
    )


@dataclass(frozen=True)
class Descent:
    """From standard normal latents; ``pace`` is eps, what a gradient is multiplied by to be a velocity."""

    grad: ValueAndGrad
    space: Space
    pace: float
    device: torch.device
    title: str = "Descent"
    help: str = "Slides downhill from noise to the data, then walks among them as a Langevin chain that is corrected."
    Knobs: type[DescentKnobs] = DescentKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        z = torch.randn(n, *self.space.shape, generator=rng, device=rng.device).to(self.device)
        z = z * math.sqrt(steer.temperature)
        return Frame(self.space.decode(z), 0.0, {"chain": z})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        t = next_time(frame.t, knobs.steps)
        z: Tensor = frame.state["chain"]
        label = None if steer.label is None else steer.label.to(z.device)
        if t <= knobs.descent + 1e-9:
            z = z - self.pace / max(1.0, knobs.descent * knobs.steps) * self.grad(z, label)[1]
        else:
            here = Standing.at(self.grad, z, label)
            for _ in range(knobs.moves):
                here, _ = mala_move(self.grad, here, label, knobs.size, max(steer.temperature, 1e-6), rng)
            z = here.x
        return Frame(self.space.decode(z), t, {"chain": z})


def descended(grad: ValueAndGrad, z: Tensor, label: Tensor | None, pace: float, steps: int) -> Tensor:
    """Latents (n, *shape) after one time unit of descent in so many steps."""
    for _ in range(steps):
        z = z - pace / steps * grad(z, label)[1]
    return z
