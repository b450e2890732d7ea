"""Coupling layers: half of the numbers bend the other half, so that both directions and the volume change are cheap.

With ``a`` the passive and ``b`` the active half, ``b' = f(b; theta(a, class))`` and ``a' = a``; the Jacobian is
triangular and its log-determinant the sum of ``log f'`` (Dinh et al. 2016, RealNVP, arXiv:1605.08803). ``f`` is
affine or a rational-quadratic spline (Durkan et al. 2019, arXiv:1906.04032).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dgm_studio.families.flow.net import FlowLayer
from dgm_studio.nets.mlp import mlp
from dgm_studio.nets.spline import spline, spline_size

Bend = Literal["spline", "realnvp"]
BOUND = 5.0
"""Splines bend [-5, 5] and leave the rest as it is; data and noise have standard deviation 1."""
_LARGEST_LOG_SCALE = 3.0


class Coupling(FlowLayer):
    """One layer: the numbers at ``active`` (k,) are bent by those at ``passive``; all others stay."""

    active: Tensor
    passive: Tensor

    def __init__(self, kind: Bend, active: Tensor, passive: Tensor, classes: int, width: int, bins: int) -> None:
        super().__init__()
        self.kind = kind
        self.register_buffer("active", active, persistent=False)
        self.register_buffer("passive", passive, persistent=False)
        self.each = spline_size(bins) if kind == "spline" else 2
        self.conditioner = mlp([len(passive) + classes, width, width, len(active) * self.each])
        last = self.conditioner.last
        with torch.no_grad():
            # the flow starts near the identity
            last.weight.mul_(0.1)
            last.bias.zero_()

    def bend(self, x: Tensor, given: Tensor, *, inverse: bool) -> tuple[Tensor, Tensor]:
        passive, active = x[:, self.passive], x[:, self.active]
        raw = self.conditioner(torch.cat([passive, given], -1)).view(len(x), -1, self.each)
        if self.kind == "spline":
            active, log_derivative = spline(active, raw, BOUND, inverse=inverse)
        else:
            # bounded, so that one bad step cannot blow the inverse up
            log_derivative = _LARGEST_LOG_SCALE * torch.tanh(raw[..., 0] / _LARGEST_LOG_SCALE)
            shift = raw[..., 1]
            if inverse:
                active, log_derivative = (active - shift) * torch.exp(-log_derivative), -log_derivative
            else:
                active = active * torch.exp(log_derivative) + shift
        return x.index_copy(1, self.active, active), log_derivative.sum(-1)
