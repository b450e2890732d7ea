"""Putting known pixels back without a seam: what the rest misses at their rim is carried on into the hole.

A decoder rarely makes the known pixels exactly. Their misses ``r = v - x`` are the boundary of a membrane ``u`` over the hole,

    (l - Laplacian) u = 0 in the hole,      u = r where pixels are known,

which is added to the picture: Poisson blending (Perez, Gangnet & Blake 2003; Yeh et al. 2017, arXiv:1607.07539), screened
by ``l`` so that it fades within a few pixels (Bhat et al. 2008).
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask, hold

FADING = 0.02
"""The screening ``l``: a miss fades to a third over seven pixels."""
_ROUNDS = 40
"""Of conjugate gradients: the condition number is about 8 over the fading."""


def settle_smoothly(condition: Mask, x: Tensor, t: float = 1.0) -> Tensor:
    """Pictures (n, C, H, W) with every pixel that is known at progress ``t`` put back, bit for bit, and the hole blended."""
    held = condition.held(t).to(x.device).expand_as(x)
    off = torch.where(held, condition.value.to(x) - x, 0.0)
    hole = (~held).to(x)
    return hold(condition, (x + membrane(off, hole)).clamp(-1.0, 1.0), condition.value, t)


def membrane(off: Tensor, hole: Tensor) -> Tensor:
    """What ``off`` (n, C, H, W), known where ``hole`` is 0, is carried on to where it is 1: 0 outside."""
    u = torch.zeros_like(off)
    r = hole * _neighbours(off)
    p, square = r, r.square().sum((1, 2, 3), keepdim=True)
    for _ in range(_ROUNDS):
        q = hole * _stiff(p)
        length = square / (p * q).sum((1, 2, 3), keepdim=True).clamp_min(1e-12)
        u, r = u + length * p, r - length * q
        before, square = square, r.square().sum((1, 2, 3), keepdim=True)
        p = r + square / before.clamp_min(1e-12) * p
    return u


def _neighbours(u: Tensor) -> Tensor:
    """The sum of the four pixels around each."""
    total = torch.zeros_like(u)
    total[..., 1:, :] += u[..., :-1, :]
    total[..., :-1, :] += u[..., 1:, :]
    total[..., 1:] += u[..., :-1]
    total[..., :-1] += u[..., 1:]
    return total


def _stiff(u: Tensor) -> Tensor:
    """``(l - Laplacian) u``; nothing flows over the edge of the picture."""
    return (FADING + _neighbours(torch.ones_like(u[:1, :1]))) * u - _neighbours(u)
