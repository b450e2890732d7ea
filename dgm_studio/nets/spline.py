"""Monotone rational-quadratic splines: a flexible invertible function of one number, with its exact derivative.

Between knots ``(x_k, y_k)`` with derivatives ``d_k`` the curve is, with ``r = (x - x_k) / w``, ``s = h / w``,

    y = y_k + h (s r^2 + d_k r (1 - r)) / (s + (d_k + d_{k+1} - 2 s) r (1 - r))

and the identity outside ``[-bound, bound]`` (Gregory & Delbourgo 1982; Durkan et al. 2019, Neural Spline Flows,
arXiv:1906.04032). Its inverse is the root of a quadratic.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_SMALLEST_BIN = 1e-3
"""Share of the interval that every bin keeps."""
_SMALLEST_SLOPE = 1e-3
_SLOPE_ONE = math.log(math.expm1(1 - _SMALLEST_SLOPE))
"""Raw derivative that becomes 1: at the ends of the interval, and for an all-zero parameter vector."""


def spline_size(bins: int) -> int:
    """How many raw parameters one spline takes: widths, heights and inner derivatives."""
    return 3 * bins - 1


def knots_and_derivatives(raw: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """Raw parameters (..., 3 bins - 1) to the knots in x and y (..., 2, bins + 1) and raw derivatives there (..., bins + 1)."""
    bins = (raw.shape[-1] + 1) // 3
    share = raw[..., : 2 * bins].reshape(*raw.shape[:-1], 2, bins).softmax(-1)
    share = _SMALLEST_BIN + (1 - _SMALLEST_BIN * bins) * share
    # padding makes the first knot exact, the last is exact up to rounding
    knots = 2 * bound * F.pad(share.cumsum(-1), (1, 0)) - bound
    return knots, F.pad(raw[..., 2 * bins :] + _SLOPE_ONE, (1, 1), value=_SLOPE_ONE)


def derivative_of(raw: Tensor) -> Tensor:
    """Raw derivatives to positive ones."""
    return _SMALLEST_SLOPE + F.softplus(raw)


def spline(x: Tensor, raw: Tensor, bound: float, *, inverse: bool = False) -> tuple[Tensor, Tensor]:
    """Apply a spline to each number, or its inverse.

    ``x`` (...), ``raw`` (..., 3 bins - 1); all-zero parameters are the identity. Returns the values (...) and the
    logarithm of the derivative of the function that was applied (...).
    """
    knots, derivatives = knots_and_derivatives(raw, bound)
    inside = x.abs() < bound
    at = torch.where(inside, x, torch.zeros_like(x))
    searched = knots[..., 1 if inverse else 0, 1:-1]
    k = (at.unsqueeze(-1) >= searched).sum(-1, keepdim=True)
    pair = torch.cat([k, k + 1], -1)
    ends = knots.gather(-1, pair.unsqueeze(-2).expand(*pair.shape[:-1], 2, 2))
    (x0, x1), (y0, y1) = ends[..., 0, :].unbind(-1), ends[..., 1, :].unbind(-1)
    d0, d1 = derivative_of(derivatives.gather(-1, pair)).unbind(-1)
    w, h = x1 - x0, y1 - y0
    s = h / w
    curvature = d0 + d1 - 2 * s

    if inverse:
        rise = at - y0
        a = h * (s - d0) + rise * curvature
        b = h * d0 - rise * curvature
        c = -s * rise
        r = 2 * c / (-b - (b.square() - 4 * a * c).clamp_min(0).sqrt())
        value = x0 + r * w
    else:
        r = (at - x0) / w
        value = y0 + h * (s * r.square() + d0 * r * (1 - r)) / (s + curvature * r * (1 - r))
    rr = r * (1 - r)
    denominator = s + curvature * rr
    log_derivative = 2 * (s / denominator).log() + (d1 * r.square() + 2 * s * rr + d0 * (1 - r).square()).log()
    value = torch.where(inside, value, x)
    log_derivative = torch.where(inside, -log_derivative if inverse else log_derivative, torch.zeros_like(x))
    return value, log_derivative
