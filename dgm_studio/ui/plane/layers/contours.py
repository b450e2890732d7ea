"""Contour lines of a grid, joined from cell to cell, and the levels that hold given shares of a density's mass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from contourpy import LineType, contour_generator
from PySide6.QtGui import QPainterPath

MASSES = (0.5, 0.8, 0.95)
"""Contours of a density hold this much of its mass."""
CROSSED = 1.5
"""A line that crosses as many cells as this for each one within shows cells, not a density."""


def mass_levels(log_density: np.ndarray, masses: tuple[float, ...] = MASSES) -> list[float]:
    """Log-density levels above which lie the given shares of the mass on the grid (rows, columns)."""
    flat = np.sort(log_density[np.isfinite(log_density)])[::-1]
    if not len(flat):
        return []
    mass = np.cumsum(np.exp(flat - flat[0]))
    return [float(flat[min(int(np.searchsorted(mass, share * mass[-1])), len(flat) - 1)]) for share in masses]


def resolved(values: np.ndarray, level: float) -> bool:
    """Whether the cells are fine enough for a line at ``level``: what it encloses is more than two or three of them across."""
    above = values > level
    corners = above[:-1, :-1].astype(np.uint8) + above[:-1, 1:] + above[1:, :-1] + above[1:, 1:]
    crossed = np.count_nonzero((corners > 0) & (corners < 4))
    return bool(crossed < CROSSED * np.count_nonzero(above))


def contours(values: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """Where ``values`` (rows, columns) cross levels: points (n, 2) as (column, row) of cell centres, NaN after each level and
    between its lines.
    """
    found = contour_generator(z=values, line_type=LineType.ChunkCombinedNan).multi_lines(levels)
    ends = np.full((1, 2), np.nan)
    drawn = [points for chunks in found for points in chunks[0] if points is not None]
    return np.concatenate([np.empty((0, 2)), *(part for points in drawn for part in (points, ends))])


def path_of(lines: np.ndarray, shape: Sequence[int], extent: Sequence[float]) -> QPainterPath:
    """Contours of a grid of a shape (rows, columns, ...) as a path in the coordinates of its extent.

    Piece by piece: Qt paints a long joined line that is wider than a pixel ten times as slowly.
    """
    left, right, low, high = extent
    pieces = np.concatenate([lines[:-1], lines[1:]], 1)
    ends = pieces[np.isfinite(pieces).all(1)].reshape(-1, 2)
    x = left + (ends[:, 0] + 0.5) * (right - left) / shape[1]
    y = low + (ends[:, 1] + 0.5) * (high - low) / shape[0]
    path: QPainterPath = pg.arrayToQPath(x, y, connect="pairs")
    return path
