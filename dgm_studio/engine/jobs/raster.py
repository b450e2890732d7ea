"""From a mesh of large and small cells to a picture: the mean of every cell of an even grid.

Finer cells of the mesh are averaged. Between the middles of coarser ones it is interpolated, and each then moved so that its
mean is what the mesh says: a picture holds as much mass as the mesh, wherever it was evaluated.
"""

from __future__ import annotations

import math

import numpy as np

from dgm_studio.quadrature import Floats, Mesh, Places

_NOTHING = -1e4
"""Stands for minus infinity where values are interpolated, in nats."""


def levels_for(mesh: Mesh, cells: int) -> int:
    """The level at which the even grid has ``cells`` along its longer side, or a little more."""
    return max(0, math.ceil(math.log2(cells / max(mesh.rows, mesh.columns))))


def log_raster(mesh: Mesh, log_p: Floats, level: int) -> Floats:
    """log of the mean of exp(log_p), (n,) for the cells of the mesh, in the cells of the even grid of a level.

    Returns (rows * 2**level, columns * 2**level), row 0 at the low end.
    """
    values = np.where(np.isfinite(log_p), log_p, _NOTHING)
    image = _interpolated(mesh, values, level)
    for one in range(level):
        here, side = mesh.level == one, 1 << (level - one)
        row, column = mesh.row[here], mesh.column[here]
        if not len(row):
            continue
        mean = _log_mean(image.reshape(mesh.rows << one, side, mesh.columns << one, side)[row, :, column])
        move = np.zeros((mesh.rows << one, mesh.columns << one))
        move[row, column] = np.maximum(values[here] - mean, _NOTHING)
        image = image + move.repeat(side, 0).repeat(side, 1)
    at, share, order = _finer(mesh, level)
    if len(at):
        top = np.full(image.size, -np.inf)
        np.maximum.at(top, at, values[order])
        total = np.bincount(at, share * np.exp(values[order] - top[at]), image.size)
        covered = np.unique(at)
        image.ravel()[covered] = top[covered] + np.log(total[covered])
    return np.where(image < _NOTHING / 2, -np.inf, image)


def raster(mesh: Mesh, values: Floats, level: int) -> Floats:
    """As `log_raster` for the mean of the values (n,) themselves, which are finite."""
    image = _interpolated(mesh, values, level)
    at, share, order = _finer(mesh, level)
    if len(at):
        total = np.bincount(at, share * values[order], image.size)
        covered = np.unique(at)
        image.ravel()[covered] = total[covered]
    return image


def _finer(mesh: Mesh, level: int) -> tuple[Places, Floats, Places]:
    """Of the cells finer than a level: where they lie in its grid, which share of its cell they are, and which they are."""
    which = np.flatnonzero(mesh.level > level)
    down = mesh.level[which] - level
    at = (mesh.row[which] >> down) * (mesh.columns << level) + (mesh.column[which] >> down)
    return at.astype(np.int64), np.asarray(0.25**down, np.float64), which.astype(np.int64)


def _log_mean(blocks: Floats) -> Floats:
    """log of the mean of exp over the last two axes."""
    top = blocks.max((1, 2), keepdims=True)
    return np.asarray(top[:, 0, 0] + np.log(np.exp(blocks - top).mean((1, 2))))


def _interpolated(mesh: Mesh, values: Floats, level: int) -> Floats:
    """Values on the grid of a level, from the coarsest cells to its own; NaN where only finer ones are."""
    image = np.full((mesh.rows, mesh.columns), np.nan)
    for one in range(level + 1):
        if one:
            image = _doubled(image)
        here = mesh.level == one
        image[mesh.row[here], mesh.column[here]] = values[here]
    return image


def _doubled(image: Floats) -> Floats:
    """Twice as fine, bilinear between the middles of known cells; NaN stays where none is known."""
    known = np.isfinite(image)
    sums, weights = _smooth(np.where(known, image, 0.0)), _smooth(known.astype(np.float64))
    own = known.repeat(2, 0).repeat(2, 1)
    return np.where(own, sums / np.where(own, weights, 1.0), np.nan)


def _smooth(a: Floats) -> Floats:
    """Twice as fine along both axes: three quarters of a cell and a quarter of the nearer neighbour."""
    for _ in range(2):  # along the rows, then along what were the columns
        before, after = np.concatenate([a[:1], a[:-1]]), np.concatenate([a[1:], a[-1:]])
        a = np.stack([0.75 * a + 0.25 * before, 0.75 * a + 0.25 * after], 1).reshape(-1, a.shape[1]).T
    return np.ascontiguousarray(a)
