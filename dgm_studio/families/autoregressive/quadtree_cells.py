"""Cells of a quadtree over the plane, and the density that a network gives them.

The plane is squeezed into the unit square, ``u = N(x / reach)`` in each coordinate, N the normal distribution function. A cell
of level l is one of 4^l squares; the network says with which probability a point of it lies in each of its four children, and
how the density leans within a cell of the last level:

    log p(x) = sum_l log p(child_l | cell_l) + log (1 + a s)(1 + b t) + L log 4 + log |du/dx|,

s and t from -1 to 1 within the cell.
Children share their parent's mass and ``(1 + a s)(1 + b t)`` has mean one over a cell, so that the density integrates to one
whatever the network says. Next-scale prediction: Tian et al. 2024, arXiv:2404.02905; densities on dyadic trees: Ferguson 1974,
doi:10.1214/aos/1176342752.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from dgm_studio.nets.mlp import mlp

_REACH = 1.5
"""Standard deviation of the normal law by which the plane is squeezed, in model units: wider than the data, which have 1."""
_EDGE = 1e-6
"""Least distance of a point of the square from its border: the normal quantile of 0 is infinite."""
_LEAN = 0.98
"""The steepest lean within a cell: at 1 the density would vanish on a side."""


def squeeze(x: Tensor) -> Tensor:
    """Numbers of the plane (...) into (0, 1)."""
    u: Tensor = torch.special.ndtr(x / _REACH)
    return u.clamp(_EDGE, 1 - _EDGE)


def stretch(u: Tensor) -> Tensor:
    """Back from (0, 1)."""
    x: Tensor = _REACH * torch.special.ndtri(u)
    return x


def log_volume(x: Tensor) -> Tensor:
    """log |du/dx| (n,) of points (n, 2)."""
    return -0.5 * (x / _REACH).square().sum(1) - math.log(2 * math.pi * _REACH**2)


def cell_of(u: Tensor, level: int) -> Tensor:
    """Which column and row (n, 2) of the 2^level the points (n, 2) of the square are in."""
    return (u * 2.0**level).long().clamp_max(int(2**level) - 1)


def middle_of(cell: Tensor, level: int) -> Tensor:
    """The middle (n, 2) of cells (n, 2), in the square."""
    u: Tensor = (cell + 0.5) / 2.0**level
    return u


def within(u: Tensor, level: int) -> Tensor:
    """Where points (n, 2) are in their cells, from -1 to 1 in each direction."""
    return 2 * (u * 2.0**level - cell_of(u, level)) - 1


def leaning(lean: Tensor, share: Tensor) -> Tensor:
    """Where in [-1, 1] the density ``(1 + lean s) / 2`` has this share (0 to 1) of its mass to the left; all shapes alike.

    The root of ``lean s^2 + 2 s + (2 - lean - 4 share) = 0``, written so that nothing cancels for a small lean.
    """
    rest = 2 - lean - 4 * share
    return -rest / (1 + (1 - lean * rest).clamp_min(0).sqrt())


class CellNet(nn.Module):
    """Cells of any level, and one-hot classes, to what their children get.

    ``shares(level, cell, given)`` maps cells (n, 2) and classes (n, C) to log-probabilities (n, 4), child ``2 b1 + b2`` being
    the half b1 along x1 and b2 along x2; ``lean`` to (a, b), (n, 2), of cells of the last level.
    """

    def __init__(self, levels: int, classes: int, width: int, layers: int) -> None:
        super().__init__()
        self.levels = levels
        self.body = mlp([2 + 4 * (levels + 1) + levels + 1 + classes, *[width] * layers, 6])
        with torch.no_grad():
            self.body.last.weight.mul_(0.1)  # even at first
            self.body.last.bias.zero_()

    def _seen(self, level: int, cell: Tensor, given: Tensor) -> Tensor:
        """What the network sees of cells (n, 2) of a level and of classes (n, C): where they are, and how large."""
        middle = middle_of(cell, level)
        # cosines and sines of the middle, each octave of which tells cells of one level apart
        phase = (middle[:, :, None] * (math.pi * 2.0 ** torch.arange(self.levels + 1, device=cell.device))).flatten(1)
        which = given.new_zeros(len(cell), self.levels + 1)
        which[:, level] = 1.0
        return torch.cat(((2 * middle - 1).to(given), phase.cos().to(given), phase.sin().to(given), which, given), 1)

    def shares(self, level: int, cell: Tensor, given: Tensor) -> Tensor:
        out: Tensor = self.body(self._seen(level, cell, given))
        return out[:, :4].log_softmax(1)

    def lean(self, cell: Tensor, given: Tensor) -> Tensor:
        out: Tensor = self.body(self._seen(self.levels, cell, given))
        return _LEAN * torch.tanh(out[:, 4:])

    def log_density(self, x: Tensor, given: Tensor) -> Tensor:
        """Nats (n,) of points (n, 2) under classes (n, C), in one pass over the cells of all levels."""
        u = squeeze(x)
        cells = [cell_of(u, level) for level in range(self.levels + 1)]
        seen: list[Tensor] = []
        at: list[Tensor | None] = []
        for level, cell in enumerate(cells):
            side = 2**level
            if given.shape[1] or side**2 > len(x) or level == self.levels:
                seen.append(self._seen(level, cell, given))
                at.append(None)
            else:  # fewer cells than points: each is looked at once
                every = torch.cartesian_prod(*[torch.arange(side, device=x.device)] * 2).view(-1, 2)
                seen.append(self._seen(level, every, given.new_zeros(len(every), 0)))
                at.append(cell[:, 0] * side + cell[:, 1])
        *shares, lean = self.body(torch.cat(seen)).split([len(part) for part in seen])
        nats = log_volume(x) + self.levels * math.log(4)
        for level, (out, where) in enumerate(zip(shares, at, strict=False)):
            log_p = out[:, :4].log_softmax(1)
            child = (cells[level + 1] - 2 * cells[level]) @ torch.tensor([2, 1], device=x.device)
            log_p = log_p if where is None else log_p[where]
            nats = nats + log_p.gather(1, child[:, None])[:, 0]
        return nats + torch.log1p(_LEAN * torch.tanh(lean[:, 4:]) * within(u, self.levels)).sum(1)
