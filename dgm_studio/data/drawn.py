"""Points drawn by hand. The truth is their kernel density, so that drawn data has an exact log-density like the rest.

p(x) = 1/N sum_i N(x; c_i, h^2) over at most 4,096 of the points c_i, evenly thinned, with a bandwidth h chosen by
hand. The entropy is an integral over a grid of spacing 0.75 h, where sums of smooth functions are exact to about 1e-10.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, field_validator
from torch import Tensor

from dgm_studio.contract import DataError, DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.density import PlaneDensity, data_set, normal, pick, preview
from dgm_studio.language import tr

MAX_POINTS = 20_000
MAX_CENTRES = 4_096
LIMIT = 20.0
"""Drawn coordinates lie within plus and minus this."""


def pack_points(points: ArrayLike) -> str:
    """Points (n, 2) as text: base64 of little-endian float32 pairs. Raises ValueError for anything else."""
    array = np.asarray(points, dtype="<f4").reshape(-1, 2) if np.size(points) else np.empty((0, 2), "<f4")
    return base64.b64encode(array.tobytes()).decode("ascii")


def unpack_points(text: str) -> NDArray[np.float32]:
    """The points (n, 2) float32 in a text made by `pack_points`. Raises ValueError when it is not one."""
    try:
        raw = base64.b64decode(text, validate=True)
        return np.frombuffer(raw, "<f4").reshape(-1, 2).astype(np.float32)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"drawn points are not base64 of float32 pairs ({error})") from error


class DrawnParams(Settings):
    """The drawing: points in data units and how far each spreads."""

    points: str = Field(
        "",
        title="Points",
        description="The drawn points, packed: a list of (x, y) pairs is taken too.",
        json_schema_extra={"hidden": True},
    )
    bandwidth: float = knob(
        0.15, 0.02, 2.0, scale="log", help="Standard deviation of the blur around each drawn point."
    )
    examples: int = knob(
        0,
        0,
        100_000,
        step=1,
        zero="∞",
        help="Number of training points; 0 draws fresh ones around the drawing for ever.",
    )

    @field_validator("points", mode="before")
    @classmethod
    def _packed(cls, value: Any) -> Any:
        return pack_points(value) if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else value

    @field_validator("points")
    @classmethod
    def _sound(cls, value: str) -> str:
        points = unpack_points(value)
        if len(points) > MAX_POINTS:
            raise ValueError(f"{len(points)} points are drawn; {MAX_POINTS} are the most: erase some")
        if not np.isfinite(points).all() or (len(points) and float(np.abs(points).max()) > LIMIT):
            raise ValueError(f"drawn points must lie within -{LIMIT:g} and {LIMIT:g}: zoom in before drawing")
        return value


def kernel_entropy(centres: Tensor, bandwidth: float) -> float:
    """Entropy in nats of the mean of round Gaussians around ``centres`` (n, 2), by quadrature.

    On a grid the density is a product of two matrices, one per axis, so a fine grid costs one matrix product.
    """
    points = centres.double()
    step, axes = 0.75 * bandwidth, []
    for column in points.T:
        low, high = float(column.min()) - 8 * bandwidth, float(column.max()) + 8 * bandwidth
        grid = torch.arange(low, high + step, step, dtype=torch.float64)
        axes.append((-((grid[:, None] - column) / bandwidth).square() / 2).exp() / (bandwidth * math.sqrt(2 * math.pi)))
    p = axes[0] @ axes[1].T / len(points)
    return -float(torch.special.xlogy(p, p).sum()) * step**2


def kernel_density(points: NDArray[np.float32], bandwidth: float) -> PlaneDensity:
    """The kernel density of points (n, 2), n > 0."""
    keep = np.linspace(0, len(points) - 1, min(len(points), MAX_CENTRES)).round().astype(int)
    centres = torch.from_numpy(np.ascontiguousarray(points[keep]))
    n_centres = len(centres)

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x = centres.to(rng.device)[pick(n, n_centres, rng)] + bandwidth * normal(n, rng)
        return x, torch.zeros(n, dtype=torch.long, device=rng.device)

    def log_joint(x: Tensor) -> Tensor:
        c = centres.to(x)
        square = (x[:, :1] - c[:, 0]).square_().add_((x[:, 1:] - c[:, 1]).square_())
        log_sum = square.mul_(-0.5 / bandwidth**2).logsumexp(-1, keepdim=True)
        return log_sum - math.log(2 * math.pi * bandwidth**2 * n_centres)

    return PlaneDensity(draw, log_joint, kernel_entropy(centres, bandwidth), width=2 * n_centres)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, DrawnParams)
    points = unpack_points(params.points)
    if not len(points):
        raise DataError(tr("nothing is drawn yet: draw on the plane, or choose another data set"))
    yield Loading(0, 1, "reading the drawing")
    return data_set("drawn", kernel_density(points, params.bandwidth), params.examples, rng)


def _example() -> PlaneDensity:
    """What the gallery shows: a stroke like a written letter."""
    t = np.linspace(0, 2 * math.pi, 200)
    return kernel_density(np.stack([3 * np.sin(t), 2 * np.sin(2 * t)], -1).astype(np.float32), 0.15)


SOURCES = (
    Source(
        "drawn",
        "Draw your own",
        "Paint points with a brush; their blur is the truth.",
        "points",
        DrawnParams,
        _load,
        preview=preview("drawn", _example),
    ),
)
