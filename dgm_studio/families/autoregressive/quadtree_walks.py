"""Walks down a quadtree: a point in the middle of the plane, then of a quarter of it, and so on to the last level.

With one coordinate known the other has a law in closed form: along the column of cells that the known one passes through, the
mass of each is the product of its shares, and what lies within a cell leans along a line,

    p(x2 | x1) ~ mass(cell of x1 and x2 | ...) (1 + a s) (1 + b t),     so that  p(x1) = sum over the cells of the column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer
from dgm_studio.families.autoregressive.pixels import pick, tempered
from dgm_studio.families.autoregressive.quadtree_cells import (
    CellNet,
    cell_of,
    leaning,
    middle_of,
    squeeze,
    stretch,
    within,
)
from dgm_studio.families.shared.classes import draw_classes, labels_for, log_shares, one_hot
from dgm_studio.families.shared.known import known_part, mask_of


@dataclass(frozen=True)
class CellWalk:
    """One level of the tree a step; the last draws the place within the cell."""

    begins: ClassVar[str] = "one cell"
    net: CellNet
    spec: DataSpec
    title: str = "Coarse to fine"
    help: str = (
        "Draws in which quarter of the plane a point lies, then in which quarter of that; last where in the cell."
    )
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        state = {
            "drawn_class": draw_classes(n, self.spec, rng),
            "cell": torch.zeros(n, 2, dtype=torch.long, device=rng.device),
            "level": 0,
        }
        return Frame(torch.zeros(n, 2, device=rng.device), 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        cell: Tensor = frame.state["cell"]
        level, levels = int(frame.state["level"]), self.net.levels
        given = one_hot(labels_for(frame, steer), len(cell), len(self.spec.classes), frame.x)
        cell, u = split(self.net, level, cell, given, steer.temperature, rng)
        state = {**frame.state, "cell": cell, "level": level + 1}
        return Frame(stretch(u), (level + 1) / (levels + 1), state)


def split(net: CellNet, level: int, cell: Tensor, given: Tensor, temperature: float, rng: Rng) -> tuple[Tensor, Tensor]:
    """A child of each cell (n, 2) and its middle (n, 2); beyond the last level the cell itself and a place in it."""
    n = len(cell)
    u = torch.rand(2, n, generator=rng, device=rng.device)
    if level < net.levels:
        child = pick(tempered(net.shares(level, cell, given), temperature), u[0])
        cell = 2 * cell + torch.stack((child // 2, child % 2), 1)
        return cell, middle_of(cell, level + 1)
    inside = leaning(net.lean(cell, given), u.T)
    return cell, middle_of(cell, net.levels) + inside / 2 ** (net.levels + 1)


@torch.no_grad()
def column(net: CellNet, known: Tensor, axis: int, given: Tensor) -> Tensor:
    """Log of the mass density (m, 2^levels) of the cells at ``known`` (m,) in (0, 1) along ``axis``, for classes (m, C).

    Its log-sum is the log-density of the known coordinate, in the square, up to a constant.
    """
    m, levels = len(known), net.levels
    log_p = known.new_zeros(m, 1)
    for level in range(levels):
        count = 2**level
        here = _cells(known, axis, level)
        children = net.shares(level, here.view(-1, 2), given.repeat_interleave(count, 0)).view(m, count, 2, 2)
        half = cell_of(known[:, None], level + 1) % 2
        along = children if axis == 0 else children.transpose(2, 3)  # (m, count, half of the known, half of the other)
        chosen = along.gather(2, half[:, :, None, None].expand(m, count, 1, 2))[:, :, 0]
        log_p = (log_p[:, :, None] + chosen).flatten(1)
    lean = net.lean(_cells(known, axis, levels).view(-1, 2), given.repeat_interleave(2**levels, 0)).view(m, -1, 2)
    return log_p + torch.log1p(lean[:, :, axis] * within(known[:, None], levels))


def _cells(known: Tensor, axis: int, level: int) -> Tensor:
    """The cells (m, 2^level, 2) of a level that lie at ``known`` (m,) along ``axis``."""
    m, count = len(known), 2**level
    fixed = cell_of(known[:, None], level).expand(m, count)
    free = torch.arange(count, device=known.device).expand(m, count)
    return torch.stack((fixed, free) if axis == 0 else (free, fixed), 2)


@dataclass(frozen=True)
class ColumnWalk:
    """The coordinate that is missing, drawn from its exact law along the known one, and shown coarse to fine."""

    begins: ClassVar[str] = "one cell"
    net: CellNet
    spec: DataSpec
    title: str = "Exact conditional"
    help: str = "Draws the coordinate that is missing along the cells that the known one passes through."
    Knobs: type[Settings] = Settings

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        x = torch.zeros(n, 2, device=rng.device)
        value, known = known_part(mask_of(steer, x), n, 2)
        # a strength between 0 and 1 is the share of the samples in which the coordinate is generated
        free = torch.rand(n, 2, generator=rng, device=rng.device) >= known
        drawn = draw_classes(n, self.spec, rng)
        frame = Frame(compose(mask_of(steer, x), x), 0.0, {"drawn_class": drawn, "level": 0})
        u, classes = squeeze(value), len(self.spec.classes)
        for axis in (0, 1):
            which = (~free[:, axis] & free[:, 1 - axis]).nonzero()[:, 0]
            if len(which):
                asked, at = torch.unique(u[which, axis], return_inverse=True)
                drawn = drawn.index_copy(0, which, self._fitting(drawn[which], asked, at, axis, rng))
                frame = frame.with_(state={**frame.state, "drawn_class": drawn})
                given = one_hot(labels_for(frame, steer)[which], len(which), classes, x)
                u[which, 1 - axis] = self._other(asked, at, axis, given, steer.temperature, rng)
        both = free.all(1).nonzero()[:, 0]
        if len(both):
            given = one_hot(labels_for(frame, steer)[both], len(both), classes, x)
            u[both] = whole(self.net, given, steer.temperature, rng)
        return frame.with_(state={**frame.state, "goal": torch.where(free, stretch(u), value)})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        level, levels = int(frame.state["level"]) + 1, self.net.levels
        x: Tensor = frame.state["goal"]
        if level <= levels:
            x = stretch(middle_of(cell_of(squeeze(x), level), level))
        return Frame(compose(mask_of(steer, x), x), level / (levels + 1), {**frame.state, "level": level})

    def _other(self, asked: Tensor, at: Tensor, axis: int, given: Tensor, temperature: float, rng: Rng) -> Tensor:
        """Draws (m,) in the square of the other coordinate, where the known one is ``asked[at]``, for classes (m, C)."""
        pairs, which = torch.unique(torch.cat((at[:, None].to(given), given), 1), dim=0, return_inverse=True)
        known, classes = asked[pairs[:, 0].long()], pairs[:, 1:]
        log_p = tempered(column(self.net, known, axis, classes), temperature)
        u = torch.rand(2, len(at), generator=rng, device=rng.device)
        cell = pick(log_p[which], u[0])
        here = torch.stack((cell_of(known[which], self.net.levels), cell), 1)
        lean = self.net.lean(here if axis == 0 else here.flip(1), given)[:, 1 - axis]
        found: Tensor = (cell + 0.5 + 0.5 * leaning(lean, u[1])) / 2.0**self.net.levels
        return found

    def _fitting(self, drawn: Tensor, asked: Tensor, at: Tensor, axis: int, rng: Rng) -> Tensor:
        """A class for each of the samples (m,), by Bayes' rule from the known coordinate."""
        classes = len(self.spec.classes)
        if not classes:
            return drawn
        every = torch.eye(classes, device=asked.device).repeat(len(asked), 1)
        log_p = column(self.net, asked.repeat_interleave(classes), axis, every).logsumexp(1).view(-1, classes)
        u = torch.rand(len(at), generator=rng, device=rng.device)
        return pick((log_p + log_shares(self.spec, log_p)).log_softmax(1)[at], u)


def whole(net: CellNet, given: Tensor, temperature: float, rng: Rng) -> Tensor:
    """Points (n, 2) of the square, for classes (n, C), drawn down to the last level."""
    cell = torch.zeros(len(given), 2, dtype=torch.long, device=given.device)
    u = middle_of(cell, 0)
    for level in range(net.levels + 1):
        cell, u = split(net, level, cell, given, temperature, rng)
    return u
