"""Average velocities: a network that jumps from any time straight to any later one along the paths of a trained flow.

Where the angle of the mix falls from ``a_t`` to ``a_s`` the path loses ``F`` per radian; its mean over the way is ``G``,

    m_s = m_t - (a_s - a_t) G(m_t, t, s) .

A jump must come out where a short step by the flow and a jump from there do. For r between t and s that is

    G(m_t, t, s) = w G(m_t, t, r) + (1 - w) G(m_r, r, s),      w = (a_r - a_t) / (a_s - a_t),

the first G by the flow, the second by the network itself, held fixed. As r nears t this becomes the MeanFlow identity
``G = F + (a_s - a_t) dG/da`` (Geng et al. 2025, arXiv:2505.13447); with s = 1 throughout it trains a consistency model
(Song et al. 2023, arXiv:2303.01469). The derivative itself diverged with Fourier features within 1500 steps. A fifth of the
way is stable, and nothing is lost because the flow's step is of second order.
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
