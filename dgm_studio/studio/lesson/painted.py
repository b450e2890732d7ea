r"""A painted prediction: where on the plane somebody expects the samples, and how far from there they came to lie.

Painted is an area: everything within a radius of some strokes. Its distance to samples is the sliced Wasserstein distance,
:math:`SW_2^2 = \mathbb{E}_\theta W_2^2(\theta^\top x, \theta^\top y)` (Rabin et al. 2011), of points spread evenly over it, in
standard deviations of the data; places are its connected parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dgm_studio.language import tr
from dgm_studio.lessons.progress import MOST_POINTS, MOST_STROKES, MadePrediction

_CELLS = 220
"""Along the longer side of the raster in which areas are counted."""
_PROJECTIONS = 64
_POINTS = 1000
_FEW = 0.01
"""Of the samples that a place needs to count as one that was met."""


@dataclass(frozen=True)
class PaintedPrediction:
    """Strokes as tuples of (x, y), and the ``radius`` of the brush, all in data units."""

    strokes: tuple[tuple[tuple[float, float], ...], ...]
    radius: float

    @classmethod
    def of(cls, made: MadePrediction) -> PaintedPrediction | None:
        """What was kept; None where nothing was painted."""
        if not made.points or made.radius <= 0 or sum(made.strokes) != len(made.points) or min(made.strokes) < 1:
            return None
        ends = np.cumsum(made.strokes)
        strokes = tuple(made.points[end - count : end] for end, count in zip(ends, made.strokes, strict=True))
        return cls(strokes, made.radius)

    @property
    def made(self) -> MadePrediction:
        """As it is kept, in coordinates of three decimals."""
        points = tuple((round(x, 3), round(y, 3)) for stroke in self.strokes for x, y in stroke)
        counts = tuple(len(stroke) for stroke in self.strokes)
        return MadePrediction(kind="draw", points=points, strokes=counts, radius=round(self.radius, 4))

    def with_stroke(self, stroke: Sequence[tuple[float, float]]) -> PaintedPrediction:
        """With one stroke more, unless it is full."""
        room = MOST_POINTS - sum(map(len, self.strokes))
        if room <= 0 or len(self.strokes) >= MOST_STROKES:
            return self
        return PaintedPrediction((*self.strokes, tuple(stroke)[:room]), self.radius)

    def area(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which cells of a raster are painted (rows, columns) bool, and the places of its columns and rows."""
        points = np.array([point for stroke in self.strokes for point in stroke])
        low, high = points.min(0) - 1.5 * self.radius, points.max(0) + 1.5 * self.radius
        step = max(float((high - low).max()) / _CELLS, 1e-9)
        xs, ys = (np.arange(low[axis], high[axis] + step, step) for axis in (0, 1))
        grid_x, grid_y = np.meshgrid(xs, ys)
        painted = np.zeros(grid_x.shape, bool)
        for stroke in self.strokes:
            for (ax, ay), (bx, by) in zip(stroke, stroke[1:] or stroke, strict=False):
                along = np.array([bx - ax, by - ay])
                length = float(along @ along)
                t = np.clip(((grid_x - ax) * along[0] + (grid_y - ay) * along[1]) / length, 0, 1) if length else 0.0
                near = (grid_x - ax - t * along[0]) ** 2 + (grid_y - ay - t * along[1]) ** 2
                painted |= near <= self.radius**2
        return painted, xs, ys

    def points(self) -> np.ndarray:
        """Points (n, 2) spread evenly over what is painted, in an order that follows from it alone."""
        painted, xs, ys = self.area()
        rows, columns = np.nonzero(painted)
        every = np.stack([xs[columns], ys[rows]], 1)
        chosen = np.random.default_rng(0).permutation(len(every))[:_POINTS]
        return every[chosen]


@dataclass(frozen=True)
class PaintedVerdict:
    """How samples lie to a painting: ``distance`` from it and from the data (sliced Wasserstein, standard deviations of the
    data), how many ``places`` were painted and how many were ``met``, and the ``share`` of samples within.
    """

    distance: float
    from_data: float
    places: int
    met: int
    share: float

    @property
    def said(self) -> str:
        """In words."""
        places = tr("one place") if self.places == 1 else tr("{places} places", places=self.places)
        met = (
            ""
            if self.places == 1
            else tr("; samples came to {word} of them", word="none" if not self.met else self.met)
        )
        return tr(
            "You painted {places}{met}. {share:.0%} of the samples lie in what you painted. They are "
            "{distance:.2f} from your painting and {from_data:.2f} from the data (sliced W₂, in "
            "standard deviations).",
            places=places,
            met=met,
            share=self.share,
            distance=self.distance,
            from_data=self.from_data,
        )


def compare(painted: PaintedPrediction, samples: np.ndarray, data: np.ndarray) -> PaintedVerdict:
    """Judge a painting by samples (n, 2) and data (m, 2)."""
    from scipy import ndimage

    scale = float(np.mean(np.std(data, axis=0))) or 1.0
    area, xs, ys = painted.area()
    places, count = ndimage.label(area, structure=np.ones((3, 3)))
    columns, rows = np.searchsorted(xs, samples[:, 0]), np.searchsorted(ys, samples[:, 1])
    inside = (columns > 0) & (columns < len(xs)) & (rows > 0) & (rows < len(ys))
    at = np.zeros(len(samples), int)
    at[inside] = places[rows[inside], columns[inside]]
    found = np.bincount(at, minlength=count + 1)[1:]
    return PaintedVerdict(
        sliced(painted.points() / scale, samples / scale),
        sliced(data / scale, samples / scale),
        int(count),
        int((found >= max(1.0, _FEW * len(samples))).sum()),
        float((at > 0).mean()) if len(samples) else 0.0,
    )


def sliced(x: np.ndarray, y: np.ndarray) -> float:
    """The sliced Wasserstein distance of two sets of points (n, 2) and (m, 2), along directions spread evenly."""
    angle = (np.arange(_PROJECTIONS) + 0.5) * np.pi / _PROJECTIONS
    directions = np.stack([np.cos(angle), np.sin(angle)])
    levels = (np.arange(512) + 0.5) / 512
    a, b = (np.quantile(points @ directions, levels, axis=0) for points in (x, y))
    return float(np.sqrt(np.mean((a - b) ** 2)))
