"""Quadrature of a density over a rectangle, where its mass is: from coarse cells to fine ones, the heaviest first.

A grid that is coarser than a mode shows it where no mass is, or not at all. Cells are therefore split into four as long as
they hold much mass that is not yet like that around them (adaptive mesh refinement; Berger & Oliger 1984). What a cell holds
is the larger of what the density in its middle says and of the share of known points in it: examples and samples lead to
modes that no middle of a coarse cell hits. The sum over the cells is the density's integral, by the midpoint rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dgm_studio.contract import Work

Extent = tuple[float, float, float, float]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Evaluate = Callable[[Floats], Work[Floats]]
"""Points (n, 2) in data units to their values (n, k); the first column is the log-density in nats that leads."""

ROOT = 16
"""Cells along the longer side to begin with."""
FINEST = 6
"""How often a cell may be split: the finest cells are 1 / 1024 of the longer side."""
ROUND = 128
"""Cells split at once; the next ones follow from what was found in them."""
BESIDE = 0.3
"""What share of a neighbour's density a cell is suspected to have: less finds narrow modes sooner, and rings too thin."""
EVEN = 2e-6
"""A cell that holds less uneven mass than this is left whole."""


@dataclass(frozen=True)
class Mesh:
    """Cells (n,) that cover ``extent`` (left, right, low, high) without overlap, and what was found in their middles.

    A cell of ``level`` l is ``row``, ``column`` of a grid of ``rows * 2**l`` by ``columns * 2**l`` cells, row 0 at the low
    end. ``values`` are (n, k).
    """

    extent: Extent
    rows: int
    columns: int
    level: Places
    row: Places
    column: Places
    values: Floats

    def __len__(self) -> int:
        return len(self.level)

    def log_area(self) -> Floats:
        """log of the area (n,) of each cell in squared data units."""
        left, right, low, high = self.extent
        whole = math.log(right - left) + math.log(high - low) - math.log(self.rows * self.columns)
        return np.asarray(whole - self.level * math.log(4), np.float64)

    def log_mass(self) -> float:
        """log of the integral of the density over the rectangle."""
        return log_sum(self.values[:, 0] + self.log_area())

    def middles(self) -> Floats:
        """The middle (n, 2) of each cell in data units."""
        left, right, low, high = self.extent
        x = left + (self.column + 0.5) * ((right - left) / self.columns) / 2.0**self.level
        y = low + (self.row + 0.5) * ((high - low) / self.rows) / 2.0**self.level
        return np.stack([x, y], 1)

    def split(self, which: Places) -> tuple[Mesh, Mesh]:
        """The quarters of the cells ``which``, their values still missing, and the mesh without these cells."""
        row = (2 * self.row[which, None] + np.array([0, 0, 1, 1])).ravel()
        column = (2 * self.column[which, None] + np.array([0, 1, 0, 1])).ravel()
        none = np.empty((len(row), self.values.shape[1]))
        quarters = Mesh(self.extent, self.rows, self.columns, (self.level[which] + 1).repeat(4), row, column, none)
        kept = np.ones(len(self), bool)
        kept[which] = False
        rest = Mesh(self.extent, self.rows, self.columns, self.level[kept], self.row[kept], self.column[kept],
                    self.values[kept])  # fmt: skip
        return quarters, rest

    def with_values(self, values: Floats) -> Mesh:
        return Mesh(self.extent, self.rows, self.columns, self.level, self.row, self.column, values)

    def joined(self, other: Mesh) -> Mesh:
        parts = [
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("level", "row", "column", "values")
        ]
        return Mesh(self.extent, self.rows, self.columns, *parts)


def root(extent: Extent, step: tuple[float, float] = (1.0, 1.0), cells: int = ROOT) -> Mesh:
    """An even mesh, ``cells`` along the longer side, that are square in units of ``step`` along x and y, without values."""
    left, right, low, high = extent
    width, height = (right - left) / step[0], (high - low) / step[1]
    rows, columns = (max(4, round(cells * side / max(width, height))) for side in (height, width))
    row, column = (a.ravel() for a in np.indices((rows, columns)))
    return Mesh(extent, rows, columns, np.zeros(len(row), np.int64), row, column, np.empty((len(row), 0)))


def refine(mesh: Mesh, evaluate: Evaluate, known: Floats, most: int, smooth: float = 0.0) -> Work[Mesh]:
    """An even mesh, refined with up to ``most`` evaluations, but evaluated once at least.

    ``known`` (m, 2) are points where the density, or what it is compared with, is known to have mass. Cells that differ from
    their neighbours by no more than ``smooth`` nats are left whole: a picture wants to see such
    differences, an integral does not, as the midpoint rule on an even grid sums them to many digits.
    """
    values = yield from evaluate(mesh.middles())
    mesh, spent = mesh.with_values(values), len(mesh)
    shares, around = _Shares(mesh, known), _Around(mesh)
    while spent + 4 <= most:
        uneven = _uneven(mesh, shares, around, smooth)
        heavy = np.flatnonzero((uneven > EVEN) & (mesh.level < FINEST))
        count = min(ROUND, (most - spent) // 4, len(heavy))
        if not count:
            break
        heavy = heavy[np.argpartition(-uneven[heavy], count - 1)[:count]]
        quarters, rest = mesh.split(heavy)
        values = yield from evaluate(quarters.middles())
        quarters = quarters.with_values(values)
        around.take(quarters)
        mesh, spent = rest.joined(quarters), spent + len(quarters)
    return mesh


def _uneven(mesh: Mesh, shares: _Shares, around: _Around, smooth: float) -> Floats:
    """The share of all mass in each cell (n,) that may lie elsewhere in it than at an even density."""
    log_mass = mesh.values[:, 0] + mesh.log_area()
    whole = max(log_sum(log_mass), -1e3)
    mass = np.exp(np.minimum(log_mass - whole, 0.0))
    share = shares.of(mesh)
    # where points are and no mass was found, the middle has missed it, whatever is around
    missed = share > 4 * mass + shares.least
    apart, densest = around.compared(mesh)
    unlike = np.where(missed, 1.0, 1 - np.exp(np.minimum(smooth - apart, 0.0)))
    # a cell beside a dense one is split with it: the middle of the one says too much, that of the other too little
    beside = BESIDE * np.exp(np.minimum(densest + mesh.log_area() - whole, 0.0))
    return np.maximum(np.maximum(mass, share), beside) * unlike


class _Shares:
    """Which share of known points lies in a cell."""

    def __init__(self, mesh: Mesh, known: Floats) -> None:
        left, right, low, high = mesh.extent
        place = np.stack([(known[:, 1] - low) / (high - low), (known[:, 0] - left) / (right - left)], 1)
        place = place[((place >= 0) & (place < 1)).all(1)]
        self.least = 2.0 / max(1, len(place))
        """Two points in a cell are no more than chance."""
        finest = (place * (mesh.rows << FINEST, mesh.columns << FINEST)).astype(np.int64)
        self._found: list[tuple[Places, Floats, int]] = []
        for level in range(FINEST + 1):
            columns = mesh.columns << level
            row, column = (finest >> (FINEST - level)).T
            cells, counts = np.unique(row * columns + column, return_counts=True)
            self._found.append((cells, counts / max(1, len(place)), columns))

    def of(self, mesh: Mesh) -> Floats:
        """Shares (n,) of its cells."""
        share = np.zeros(len(mesh))
        for level in range(int(mesh.level.max()) + 1):
            cells, shares, columns = self._found[level]
            which = np.flatnonzero(mesh.level == level)
            if len(cells) and len(which):
                at = mesh.row[which] * columns + mesh.column[which]
                near = np.minimum(np.searchsorted(cells, at), len(cells) - 1)
                share[which] = np.where(cells[near] == at, shares[near], 0.0)
        return share


class _Around:
    """The newest log-density at every place, by which a cell is compared with its four neighbours."""

    def __init__(self, mesh: Mesh) -> None:
        side = 1 << FINEST
        whole = _floored(mesh.values[:, 0]).reshape(mesh.rows, mesh.columns)
        self._log_p = whole.astype(np.float32).repeat(side, 0).repeat(side, 1)

    def take(self, cells: Mesh) -> None:
        """New values for the places of cells."""
        log_p = _floored(cells.values[:, 0])
        for level in np.unique(cells.level):
            which, side = cells.level == level, 1 << int(FINEST - level)
            offset = np.arange(side)
            rows = cells.row[which][:, None] * side + offset
            columns = cells.column[which][:, None] * side + offset
            self._log_p[rows[:, :, None], columns[:, None, :]] = log_p[which][:, None, None]

    def compared(self, mesh: Mesh) -> tuple[Floats, Floats]:
        """How far the log-density of cells (n,) is from a neighbour's at most, and the largest among their neighbours."""
        height, width = self._log_p.shape
        side = 1 << (FINEST - mesh.level)
        row, column = mesh.row * side + side // 2, mesh.column * side + side // 2
        own = _floored(mesh.values[:, 0])
        apart, densest = np.zeros(len(mesh)), np.full(len(mesh), -1e4)
        for down, across in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            there = self._log_p[
                np.clip(row + down * side, 0, height - 1), np.clip(column + across * side, 0, width - 1)
            ]
            apart, densest = np.maximum(apart, np.abs(there - own)), np.maximum(densest, there)
        return apart, densest


def _floored(log_p: Floats) -> Floats:
    """Finite numbers, so that they can be compared: what is minus infinity is far below anything else."""
    return np.nan_to_num(log_p, nan=-1e4, neginf=-1e4, posinf=1e4)


def log_sum(logs: Floats) -> float:
    """log of the sum of exponentials; minus infinity where all are."""
    most = float(logs.max())
    return most + math.log(float(np.exp(logs - most).sum())) if math.isfinite(most) else -math.inf
