"""Filling a mask with a flow by the slope of its density: only what is unknown moves.

Given the known values v the conditional is the density itself up to a factor, ``log p(u | v) = log p(u, v) + const``, so a
Langevin chain over u alone,

    u' = u + s^2/2 grad_u log p(u, v) + s n,

has it for its limit when its moves are corrected (MALA, Roberts & Tweedie 1996, doi:10.2307/3318418). A chain climbs to the
nearest heap of probability and seldom leaves it; it therefore begins at the one of several samples of the flow that comes
nearest to what is known.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, LogDensity, Rng, Steer, Way, knob
from dgm_studio.families._classes import draw_classes, one_hot
from dgm_studio.families._flow_net import FlowNet
from dgm_studio.families._known import known_part, mask_of, pinned
from dgm_studio.families._slopes import slope
from dgm_studio.samplers.langevin import Begin, Langevin, LangevinKnobs, Slope
from dgm_studio.samplers.path import Direct

_TRIALS = 32
_STEPS = "Visible steps of the chains; longer chains forget their start."
_SIZE = "Standard deviation of the noise in one move; larger moves travel faster and are refused more often."


class Knobs(LangevinKnobs):
    """Points: the density is as wide as the data."""

    steps: int = knob(30, 1, 500, scale="log", help=_STEPS)
    moves: int = knob(6, 1, 100, scale="log", help="Langevin moves in every visible step.")
    size: float = knob(0.2, 0.001, 1.0, scale="log", title="step size", help=_SIZE)


class PictureKnobs(Knobs):
    """Pictures: the density is as narrow as the noise on their pixels."""

    steps: int = knob(20, 1, 500, scale="log", help=_STEPS)
    moves: int = knob(3, 1, 100, scale="log", help="Langevin moves in every visible step.")
    size: float = knob(0.03, 0.001, 1.0, scale="log", title="step size", help=_SIZE)


def energy_of(density: LogDensity) -> Slope:
    """``-log p`` and its slope."""

    def energy(x: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        nats, rise = slope(density, x, label)
        return -nats, -rise

    return energy


def nearest_samples(net: FlowNet, spec: DataSpec) -> Begin:
    """Of some samples for each answer the one that comes nearest to the known part."""

    @torch.no_grad()
    def begin(n: int, steer: Steer, rng: Rng) -> Tensor:
        drawn = draw_classes(n * _TRIALS, spec, rng)
        if steer.label is not None:
            asked = steer.label.to(drawn.device).repeat_interleave(_TRIALS)
            drawn = torch.where(asked >= 0, asked, drawn)
        z = torch.randn(n * _TRIALS, spec.size, generator=rng, device=rng.device)
        x = net.decode(z, one_hot(drawn, len(z), len(spec.classes), z)).view(n, _TRIALS, spec.size)
        value, known = known_part(mask_of(steer, z), n, spec.size)
        miss = (known[:, None] * (x - value[:, None]).square()).sum(-1)
        best = miss.nan_to_num(nan=torch.inf).argmin(1)
        return x[torch.arange(n, device=best.device), best].view(n, *spec.event)

    return begin


def clamped(net: FlowNet, spec: DataSpec, density: LogDensity) -> Way:
    """Chains over the unknown part. In many dimensions they are far too short to be exact."""
    help = "Moves only what is unknown, uphill on the density, with noise; begins at the nearest of several samples."
    walk = Langevin(
        energy_of(density),
        Direct(spec.event),
        nearest_samples(net, spec),
        Knobs,
        pinned,
        True,
        "Clamped Langevin",
        help,
    )
    if not spec.is_image:
        said = "Corrected Langevin moves with the known part held: exact in the long run, but each chain stays on its heap."
        return Way("mask", walk.title, "asymptotic", said, walk)
    said = (
        "Langevin moves on the unknown pixels from the nearest of several samples; too few to forget where they began."
    )
    return Way("mask", walk.title, "heuristic", said, replace(walk, Knobs=PictureKnobs))
