"""Filling a mask with a flow by the gradient of its density: only what is unknown moves.

Given the known values v the conditional is the density itself up to a factor, ``log p(u | v) = log p(u, v) + const``, so a
Langevin chain over u alone,

    u' = u + s^2/2 grad_u log p(u, v) + s n,

has it for its limit when its moves are corrected (MALA, Roberts & Tweedie 1996, doi:10.2307/3318418). A chain climbs to the
nearest heap of probability and seldom leaves it; it therefore begins at the one of several samples of the flow that comes
nearest to what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Frame, LogDensity, Method, Rng, Settings, Steer, knob
from dgm_studio.families.flow.net import FlowNet
from dgm_studio.families.shared.classes import draw_classes, filled_in, labels_for, one_hot
from dgm_studio.families.shared.gradients import value_and_grad
from dgm_studio.families.shared.known import known_part, mask_of, pinned
from dgm_studio.samplers.langevin import Langevin, LangevinKnobs, ValueAndGrad
from dgm_studio.samplers.path import Direct

_TRIALS = 32
_STEPS = "Visible steps of the chains; longer chains forget their start."
_SIZE = "Standard deviation of the noise in one move; larger moves travel faster and are refused more often."


class ClampedKnobs(LangevinKnobs):
    """Points: the density is as wide as the data."""

    steps: int = knob(30, 1, 500, scale="log", help=_STEPS)
    moves: int = knob(6, 1, 100, scale="log", help="Langevin moves in every visible step.")
    size: float = knob(0.2, 0.001, 1.0, scale="log", title="step size", help=_SIZE)


class ImageClampedKnobs(ClampedKnobs):
    """Pictures: the density is as narrow as the noise on their pixels."""

    steps: int = knob(15, 1, 500, scale="log", help=_STEPS)
    moves: int = knob(2, 1, 100, scale="log", help="Langevin moves in every visible step.")
    size: float = knob(0.03, 0.001, 1.0, scale="log", title="step size", help=_SIZE)


def energy_of(density: LogDensity) -> ValueAndGrad:
    """``-log p`` and its gradient."""

    def energy(x: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        nats, grad = value_and_grad(density, x, label)
        return -nats, -grad

    return energy


@dataclass(frozen=True)
class ClampedLangevin:
    """``walk`` from the nearest of several samples for each answer, whose class it keeps where none is asked for."""

    net: FlowNet
    spec: DataSpec
    walk: Langevin
    title: str = "Clamped Langevin"
    help: str = (
        "Moves only what is unknown, uphill on the density, with noise; begins at the nearest of several samples."
    )

    @property
    def Knobs(self) -> type[Settings]:
        return self.walk.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        x, label = self._nearest(n, steer, rng)
        frame = replace(self.walk, begin=lambda n, steer, rng: x).start(n, steer, rng)
        return frame.with_(state={**frame.state, "drawn_class": label})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        drawn: Tensor = frame.state["drawn_class"]
        of_class = replace(steer, label=labels_for(frame, steer)) if self.spec.given_size else steer
        frame = self.walk.step(frame, of_class, rng)
        return frame.with_(state={**frame.state, "drawn_class": drawn})

    @torch.no_grad()
    def _nearest(self, n: int, steer: Steer, rng: Rng) -> tuple[Tensor, Tensor]:
        """Of some samples for each answer the one (n, *event) that comes nearest to the known part, and its class (n,)."""
        label = draw_classes(n * _TRIALS, self.spec, rng)
        if steer.label is not None:
            asked = steer.label.to(label.device).repeat_interleave(_TRIALS, 0)
            label = filled_in(asked, label)
        z = torch.randn(n * _TRIALS, self.spec.size, generator=rng, device=rng.device)
        x = self.net.decode(z, one_hot(label, len(z), self.spec.given_size, z)).view(n, _TRIALS, self.spec.size)
        value, known = known_part(mask_of(steer, z), n, self.spec.size)
        miss = (known[:, None] * (x - value[:, None]).square()).sum(-1)
        best = miss.nan_to_num(nan=torch.inf).argmin(1)
        mine = torch.arange(n, device=best.device)
        return x[mine, best].view(n, *self.spec.event), label.unflatten(0, (n, _TRIALS))[mine, best]


def clamped(net: FlowNet, spec: DataSpec, density: LogDensity) -> Method:
    """Chains over the unknown part. In many dimensions they are far too short to be exact."""

    def noise(n: int, steer: Steer, rng: Rng) -> Tensor:
        return torch.randn(n, *spec.event, generator=rng, device=rng.device)

    knobs = ImageClampedKnobs if spec.is_image else ClampedKnobs
    walk = ClampedLangevin(net, spec, Langevin(energy_of(density), Direct(spec.event), noise, knobs, pinned, True))
    if not spec.is_image:
        said = (
            "Corrected Langevin moves with the known part held: exact in the long run given the class, but each chain stays on "
            "its heap."
        )
        return Method("mask", walk.title, "asymptotic", said, walk)
    said = (
        "Langevin moves on the unknown pixels from the nearest of several samples; too few to forget where they began."
    )
    return Method("mask", walk.title, "heuristic", said, walk)
