"""A picture as a density of the plane: each pixel is a small square of uniform density, as heavy as the pixel is dark.

With weights w_ij >= 0 of pixels of area h^2 the density inside pixel (i, j) is w_ij / (h^2 sum w), exactly, and
H = -sum p_ij log(p_ij / h^2) with p_ij = w_ij / sum w.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from dgm_studio.contract import DataError, DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data.reading.pictures import read_picture
from dgm_studio.data.shared.density import PlaneDensity, PointParams, data_set, preview
from dgm_studio.language import tr

LONGEST = 256
"""Pixels on the longer side; larger pictures are reduced."""
EXTENT = 8.0
"""Length of the longer side in the plane; the picture is centred."""


def pixel_density(weights: NDArray[np.float64]) -> PlaneDensity:
    """The density of pixel weights (rows, columns), top row first. Raises ValueError where all are zero."""
    rows, columns = weights.shape
    total = float(weights.sum())
    if not total > 0:
        raise ValueError("a picture without weight has no density")
    h = EXTENT / max(rows, columns)
    left, top = -columns * h / 2, rows * h / 2
    p = torch.from_numpy(np.ascontiguousarray(weights / total)).flatten()
    log_p = (p / h**2).log()
    cumulative = p.cumsum(0)
    cumulative[p.nonzero()[-1, 0] :] = 1.0

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = torch.rand(n, 3, generator=rng, device=rng.device, dtype=torch.float64)
        pixel = torch.searchsorted(cumulative.to(u), u[:, 0].contiguous(), right=True)
        # Stay clear of the pixel's edges by more than a rounding step of float32.
        inside = 1e-4 + (1 - 2e-4) * u[:, 1:]
        x = left + (pixel % columns + inside[:, 0]) * h
        y = top - (pixel // columns + inside[:, 1]) * h
        return torch.stack([x, y], -1).float(), torch.zeros(n, dtype=torch.long, device=rng.device)

    def log_joint(x: Tensor) -> Tensor:
        column = ((x[:, 0] - left) / h).floor()
        row = ((top - x[:, 1]) / h).floor()
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        index = (row * columns + column).where(inside, torch.zeros_like(row)).long()
        return torch.where(inside, log_p.to(x)[index], -math.inf)[:, None]

    some = p > 0
    return PlaneDensity(draw, log_joint, -float((p[some] * log_p[some]).sum()))


@cache
def galaxy() -> PlaneDensity:
    """The picture shown when none is chosen: a spiral galaxy with a bright core and two arms, computed; H = 2.8252."""
    side = (np.arange(192) + 0.5) / 96 - 1
    x, y = np.meshgrid(side, -side)
    tilted = y / 0.72
    r, angle = np.hypot(x, tilted), np.arctan2(tilted, x)
    arms = ((1 + np.cos(2 * (angle - 3.2 * np.log(r + 0.08)))) / 2) ** 3
    disc = np.exp(-3.2 * r) * (0.08 + arms) * (1 - np.exp(-((r / 0.18) ** 2)))
    core = 0.55 * np.exp(-((r / 0.12) ** 2))
    edge = np.clip((1 - r) / 0.15, 0, 1)
    return pixel_density((disc + core) * edge)


class PictureParams(PointParams):
    """Which picture, and what is heavy in it."""

    path: str = knob("", help="The picture to use as a density; empty shows a computed galaxy.", title="Picture")
    bright: bool = knob(False, help="Bright pixels are heavy instead of dark ones.", title="Bright is dense")


def _density(params: PictureParams) -> PlaneDensity:
    if not params.path:
        return galaxy()
    path = Path(params.path)
    image = Image.fromarray(read_picture(path, str(path)).pixels).convert("L")
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    grey = np.asarray(image, np.float64)
    weights = grey if params.bright else 255 - grey
    if not weights.any():
        what, cure = ("black", "off") if params.bright else ("white", "on")
        raise DataError(
            tr(
                "{path} is all {what}: nothing in it is dense; switch 'bright is dense' {cure}",
                path=params.path,
                what=what,
                cure=cure,
            )
        )
    return pixel_density(weights)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, PictureParams)
    yield Loading(0, 1, "reading the picture")
    return data_set("picture-density", _density(params), params.examples, rng)


SOURCES = (
    Source(
        "picture-density",
        "Picture",
        "Any picture as a density: the darker a pixel, the more points fall into it.",
        "points",
        PictureParams,
        _load,
        preview=preview("picture-density", galaxy),
    ),
)
