"""Average velocities: a network that jumps from any time straight to any later one along the paths of a flow.

Where the angle of the mix falls from ``a_t`` to ``a_s`` the path loses ``F`` per radian; its mean over the way is ``G``,

    m_s = m_t - (a_s - a_t) G(m_t, t, s) .

A jump must come out where a short step by the flow and a jump from there do. For r between t and s that is

    G(m_t, t, s) = w G(m_t, t, r) + (1 - w) G(m_r, r, s),      w = (a_r - a_t) / (a_s - a_t),

the first G by the flow, the second by the network itself, held fixed. As r nears t this becomes the MeanFlow identity
``G = F + (a_s - a_t) dG/da`` (Geng et al. 2025, arXiv:2505.13447); with s = 1 throughout it trains a consistency model
(Song et al. 2023, arXiv:2303.01469). The derivative itself diverged with Fourier features within 1500 steps. A fifth of the
way is stable, and nothing is lost because the flow's step is of second order.

Improved MeanFlow (Geng et al. 2025, arXiv:2512.02012) needs no trained flow. Solved for F the identity says what velocity the
network's averages imply, and that is regressed on the velocity of single lines, whose target does not move:

    (G(m_t, t, s) - (1 - w) stopgrad G(m_r, r, s)) / w  =  sin u - cos n   on average,     m_r = m_t - (a_r - a_t) G(m_t, t, t).

With s = t it is flow matching itself, from which the ends of the jumps are led away step by step.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]
"""(mix (n, *shape), at t) -> F (n, *shape); times are shaped to go with the mix."""
AverageVelocity = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(mix (n, *shape), from t, to s) -> G (n, *shape)."""

_SHARE = 0.2
"""Of the way from t to s, that which the flow goes."""


def angle(t: Tensor, spread: Tensor) -> Tensor:
    """That of the mix at progress ``t``: a quarter turn at 0, nothing at 1."""
    return torch.atan2(1 - t, t * spread)


def leap(mix: Tensor, t: Tensor, s: Tensor, spread: Tensor, g: Tensor) -> Tensor:
    """The mix at ``s`` by the average velocity ``g`` from ``t`` to there."""
    return mix - (angle(s, spread) - angle(t, spread)) * g


def average_velocity_target(
    mean: AverageVelocity, velocity: Velocity, mix: Tensor, t: Tensor, s: Tensor, spread: Tensor
) -> Tensor:
    """What ``mean(mix, t, s)`` should be, (n, *shape), by a midpoint step along ``velocity`` and ``mean`` from there."""
    r = t + _SHARE * (s - t)
    half = t + 0.5 * _SHARE * (s - t)
    f = velocity(leap(mix, t, half, spread, velocity(mix, t)), half)
    a_t, a_r, a_s = (angle(when, spread) for when in (t, r, s))
    w = ((a_r - a_t) / (a_s - a_t)).clamp(0, 1)
    return w * f + (1 - w) * mean(leap(mix, t, r, spread, f), r, s)


def implied_velocity_target(
    mean: AverageVelocity, line: Tensor, mix: Tensor, t: Tensor, s: Tensor, spread: Tensor
) -> Tensor:
    """What ``mean(mix, t, s)`` should be, (n, *shape), for its implied velocity to be that of the ``line`` (n, *shape).

    The network itself, at s = t, leads along the way; where s is t the target is the line's velocity. Squared errors of the
    target are those of the implied velocity times w^2, so that short ways do not outweigh long ones.
    """
    r = t + _SHARE * (s - t)
    a_t, a_r, a_s = (angle(when, spread) for when in (t, r, s))
    ahead = leap(mix, t, r, spread, mean(mix, t, t))
    w = torch.where(s > t, (a_r - a_t) / torch.where(s > t, a_s - a_t, 1.0), 1.0).clamp(0, 1)
    return w * line + (1 - w) * mean(ahead, r, s)
