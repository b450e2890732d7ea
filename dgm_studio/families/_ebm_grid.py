"""The normalising constant of an energy in the plane, by quadrature.

A coarse grid finds where the mass is; cells that hold a noticeable share of it are summed again over nine points each.
The midpoint rule is exact to many digits once a cell is no wider than the narrowest bump.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.contract import Work

REACH = 7.0
"""The grid covers [-7, 7]^2; the bowl of an energy leaves nothing beyond."""
_SIDE = 96
_PARTS = 3
_NOTICEABLE = 3e-4
_SLICE = 3072


def log_normaliser(negative_energy: Callable[[Tensor], Tensor], device: torch.device) -> Work[Tensor]:
    """``log of the integral of exp(-E)`` (C,) in slices; ``negative_energy`` maps points (n, 2) to -E (n, C)."""
    width = 2 * REACH / _SIDE
    axis = (torch.arange(_SIDE, device=device) + 0.5) * width - REACH
    centres = torch.cartesian_prod(axis, axis)
    coarse = yield from _values(negative_energy, centres)
    total = coarse.logsumexp(0)
    heavy = ((coarse - total).exp() > _NOTICEABLE).any(1)
    shift = (torch.arange(_PARTS, device=device) + 0.5) / _PARTS - 0.5
    offsets = torch.cartesian_prod(shift, shift) * width
    fine = yield from _values(negative_energy, (centres[heavy, None] + offsets).flatten(0, 1))
    parts = torch.cat((coarse[~heavy], fine - 2 * math.log(_PARTS)))
    return parts.logsumexp(0) + 2 * math.log(width)


def _values(function: Callable[[Tensor], Tensor], x: Tensor) -> Work[Tensor]:
    parts = []
    for part in x.split(_SLICE):
        with torch.no_grad():
            parts.append(function(part).double())
        yield
    return torch.cat(parts)
