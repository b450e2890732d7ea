"""Contour lines of a grid by marching squares (Lorensen and Cline, 1987, in two dimensions), all cells at once."""

from __future__ import annotations

import numpy as np

MASSES = (0.5, 0.8, 0.95)
"""Contours of a density hold this much of its mass."""

# Edges of a cell that the line joins, by which corners are above: 1 lower left, 2 lower right, 4 upper right,
# 8 upper left; edges 0 bottom, 1 right, 2 top, 3 left. The two ambiguous cases are cut apart.
_CASES: tuple[tuple[tuple[int, int], ...], ...] = (
    (),
    ((3, 0),),
    ((0, 1),),
    ((3, 1),),
    ((1, 2),),
    ((3, 0), (1, 2)),
    ((0, 2),),
    ((3, 2),),
    ((2, 3),),
    ((2, 0),),
    ((0, 1), (2, 3)),
    ((2, 1),),
    ((1, 3),),
    ((1, 0),),
    ((0, 3),),
    (),
)


def mass_levels(log_density: np.ndarray, masses: tuple[float, ...] = MASSES) -> list[float]:
    """Log-density levels above which lie the given shares of the mass on the grid (rows, columns)."""
    flat = np.sort(log_density[np.isfinite(log_density)])[::-1]
    if not len(flat):
        return []
    mass = np.cumsum(np.exp(flat - flat[0]))
    return [float(flat[min(int(np.searchsorted(mass, share * mass[-1])), len(flat) - 1)]) for share in masses]


def segments(values: np.ndarray, level: float) -> np.ndarray:
    """Line segments (n, 2, 2) where ``values`` (rows, columns) cross ``level``, as (column, row) of cell centres."""
    above = values > level
    kind = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    parts = []
    for case, edges in enumerate(_CASES):
        if not edges:
            continue
        rows, columns = np.nonzero(kind == case)
        if not len(rows):
            continue
        for start, end in edges:
            ends = [_crossing(values, level, rows, columns, edge) for edge in (start, end)]
            parts.append(np.stack(ends, 1))
    return np.concatenate(parts) if parts else np.empty((0, 2, 2))


def _crossing(values: np.ndarray, level: float, rows: np.ndarray, columns: np.ndarray, edge: int) -> np.ndarray:
    """Where the level crosses an edge of each cell, by linear interpolation: (n, 2) as (column, row)."""
    r0, c0, r1, c1 = ((0, 0, 0, 1), (0, 1, 1, 1), (1, 0, 1, 1), (0, 0, 1, 0))[edge]
    a, b = values[rows + r0, columns + c0], values[rows + r1, columns + c1]
    share = np.clip((level - a) / np.where(b == a, 1.0, b - a), 0.0, 1.0)
    return np.stack([columns + c0 + share * (c1 - c0), rows + r0 + share * (r1 - r0)], -1)
