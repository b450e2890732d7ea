"""The normalising constant of an energy in the plane, by quadrature that is fine where its mass is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Work
from dgm_studio.quadrature import Floats, log_sum, refine, root

REACH = 7.0
"""The square covers [-7, 7]^2; the bowl of an energy leaves nothing beyond."""
_SIDE = 48
"""Cells along a side to begin with: an energy may be low where no chain has been yet."""
_POINTS = 14_000
_SLICE = 3072


def log_normaliser(negative_energy: Callable[[Tensor], Tensor], known: Tensor) -> Work[Tensor]:
    """``log of the integral of exp(-E)`` (C,) in slices; ``negative_energy`` maps points (n, 2) to -E (n, C).

    ``known`` (m, 2) are points that lead to modes narrower than a cell: samples of the model, examples.
    """

    totals: list[Tensor] = []

    def evaluate(points: Floats) -> Work[Floats]:
        x, parts = torch.from_numpy(points).to(known), []
        for part in x.split(_SLICE):
            with torch.no_grad():
                parts.append(negative_energy(part).double())
            yield
        values = torch.cat(parts)
        totals.append(values.logsumexp(0))
        # all columns share the cells, and count alike however much mass they have
        lead = (values - totals[0]).amax(1, keepdim=True)
        return torch.cat([lead, values], 1).cpu().numpy()

    even = root((-REACH, REACH, -REACH, REACH), cells=_SIDE)
    mesh = yield from refine(even, evaluate, known.detach().double().cpu().numpy(), _POINTS, smooth=0.3)
    log_mass = mesh.values[:, 1:] + mesh.log_area()[:, None]
    return torch.from_numpy(np.array([log_sum(column) for column in log_mass.T])).to(known.device)
