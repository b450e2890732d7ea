"""Densities of the plane that follow a curve: moons, spirals and rolls, blurred by a Gaussian.

A point is c(t) + noise with t random, so p(x) is an integral along the curve. It is taken by Gauss-Legendre quadrature,
whose nodes lie much closer than the noise is wide: the sum is then exact to rounding (the error falls as
exp(-2 pi^2 (sd / spacing)^2)). Definitions are those of FFJORD (Grathwohl et al. 2018, arXiv:1810.01367), with angles
drawn independently. Entropies H are in nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor

from dgm_studio.data.shared.density import PlaneDensity, normal, pick, source, uniform

LOG_2PI = math.log(2 * math.pi)

Curve = Callable[[Tensor], Tensor]
"""Parameter t (n,) to points (n, 2)."""


def _legendre(low: float, high: float, n: int) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights (n,) on an interval, in float64."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = (high - low) / 2
    return torch.from_numpy(nodes) * half + (low + high) / 2, torch.from_numpy(weights) * half


def _blurred_log_density(x: Tensor, nodes: Tensor, log_weights: Tensor, sd: float) -> Tensor:
    """log of sum_i w_i N(x; node_i, sd^2) for x (n, 2), nodes (k, 2), log_weights (k,); returns (n,)."""
    nodes, log_weights = nodes.to(x), log_weights.to(x)
    square = (x[:, :1] - nodes[:, 0]).square_().add_((x[:, 1:] - nodes[:, 1]).square_())
    return square.mul_(-0.5 / sd**2).add_(log_weights).logsumexp(-1) - LOG_2PI - 2 * math.log(sd)


def _along(
    arcs: list[tuple[Curve, float, float]], sd: float, nodes: int, entropy: float, classes: tuple[str, ...]
) -> PlaneDensity:
    """Equal parts of arcs ``(curve, low, high)`` with t uniform on [low, high], blurred by ``sd``.

    Each arc is a class if classes are named, else all together are one.
    """
    lows = torch.tensor([low for _, low, _ in arcs])
    highs = torch.tensor([high for _, _, high in arcs])
    rules = []
    for curve, low, high in arcs:
        t, weight = _legendre(low, high, nodes)
        rules.append((curve(t), (weight / (high - low) / len(arcs)).log()))

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        label = pick(n, len(arcs), rng)
        low, high = lows.to(rng.device)[label], highs.to(rng.device)[label]
        t = low + (high - low) * uniform(n, rng)[:, 0]
        points = torch.stack([curve(t) for curve, _, _ in arcs])
        return points[label, torch.arange(n, device=rng.device)] + sd * normal(n, rng), label

    def log_joint(x: Tensor) -> Tensor:
        columns = torch.stack([_blurred_log_density(x, points, log_w, sd) for points, log_w in rules], -1)
        return columns if classes else columns.logsumexp(-1, keepdim=True)

    return PlaneDensity(draw, log_joint, entropy, classes, width=2 * nodes)


@cache
def moons() -> PlaneDensity:
    """Two half circles of radius 2, around (-1, -0.2) and, turned over, (1, 0.8), with iid angles and noise of standard
    deviation 0.2; H = 2.3939.

    scikit-learn's ``make_moons`` spaces its angles evenly: such points are not independent and likelihoods of them are
    subtly off, hence iid angles.
    """

    def upper(t: Tensor) -> Tensor:
        return torch.stack([2 * t.cos() - 1, 2 * t.sin() - 0.2], -1)

    def lower(t: Tensor) -> Tensor:
        return torch.stack([1 - 2 * t.cos(), 0.8 - 2 * t.sin()], -1)

    arcs: list[tuple[Curve, float, float]] = [(upper, 0, math.pi), (lower, 0, math.pi)]
    return _along(arcs, 0.2, 96, 2.393879, ("upper moon", "lower moon"))


@cache
def swiss_roll() -> PlaneDensity:
    """t (cos t, sin t) / 5 with t uniform on [1.5 pi, 4.5 pi] and noise of standard deviation 0.2; H = 2.6696."""

    def roll(t: Tensor) -> Tensor:
        return torch.stack([t * t.cos(), t * t.sin()], -1) / 5

    return _along([(roll, 1.5 * math.pi, 4.5 * math.pi)], 0.2, 384, 2.669646, ())


@cache
def s_curve() -> PlaneDensity:
    """1.5 (sin t, sign(t) (cos t - 1)) with t uniform on [-1.5 pi, 1.5 pi] and noise of standard deviation 0.15;
    H = 2.1874."""

    def half(sign: float) -> Curve:
        return lambda t: torch.stack([1.5 * t.sin(), 1.5 * sign * (t.cos() - 1)], -1)

    return _along([(half(-1), -1.5 * math.pi, 0), (half(1), 0, 1.5 * math.pi)], 0.15, 160, 2.187368, ())


SPIRAL_END = 3 * math.pi
SPIRAL_BOX = 0.5 / 3
SPIRAL_SD = 0.1


def _spiral_rule(n: int) -> tuple[Tensor, Tensor]:
    """Points (n, 2) and log-weights (n,) along one spiral, evenly fine in arc length.

    The curve is a (-cos a, sin a) / 3 with a = 3 pi sqrt(u), u uniform; its arc length (a sqrt(1 + a^2) + asinh a) / 6
    is solved for a by Newton's method.
    """
    length, weight = _legendre(0, (SPIRAL_END * math.hypot(1, SPIRAL_END) + math.asinh(SPIRAL_END)) / 6, n)
    a = (6 * length).sqrt()
    for _ in range(30):
        speed = (1 + a.square()).sqrt() / 3
        a = (a - ((a * (1 + a.square()).sqrt() + a.asinh()) / 6 - length) / speed).clamp(min=0)
    speed = (1 + a.square()).sqrt() / 3
    points = torch.stack([-a * a.cos(), a * a.sin()], -1) / 3
    return points, (weight * 2 * a / SPIRAL_END**2 / speed).log()


BOX_STEPS = 256
"""Entries of the table per standard deviation: interpolating between them is off by less than 2e-6 nats."""
BOX_REACH = 64
"""The table's length in standard deviations; beyond, its slope is kept, as 1/64 is all that is left of it."""


@cache
def _box_table() -> Tensor:
    """What the edges add to the log-density of a blurred box, by distance from its middle; see `log_blurred_box`."""
    d = torch.arange(BOX_REACH * BOX_STEPS + 2, dtype=torch.float64) / BOX_STEPS
    half = SPIRAL_BOX / 2 / SPIRAL_SD
    root = math.sqrt(0.5)
    far = (-2 * half * d).exp() * torch.special.erfcx((d + half) * root)
    edges: Tensor = (torch.special.erfcx((d - half) * root) - far).log() - math.log(2 * SPIRAL_BOX)
    return edges


def log_blurred_box(x: Tensor) -> Tensor:
    """log-density of a uniform number on [0, SPIRAL_BOX] plus Gaussian noise at ``x``, safe far into the tails.

    With a and b the distances to the near and far edge in units of the noise, it is
    (Phi(b) - Phi(a)) / box = exp(-a^2 / 2) (erfcx(a / sqrt 2) - exp((a^2 - b^2) / 2) erfcx(b / sqrt 2)) / (2 box).
    The second factor is smooth and comes from a table: erfcx takes twenty times as long as all the rest.
    """
    table = _box_table().to(x)
    d = (x - SPIRAL_BOX / 2).abs() / SPIRAL_SD
    place = d * BOX_STEPS
    left = place.long().clamp_(max=len(table) - 2)
    edges = torch.lerp(table[left], table[left + 1], place.sub_(left))
    return edges.sub_(d.sub_(SPIRAL_BOX / 2 / SPIRAL_SD).square_().div_(2))


@cache
def two_spirals() -> PlaneDensity:
    """A spiral and its image under x -> -x, blurred by a small box and a Gaussian; H = 2.6455.

    The first is (-a cos a, a sin a) / 3 + b / 3 + 0.1 z with a = 3 pi sqrt(u), b uniform on [0, 0.5]^2, z normal.
    """
    nodes, log_weights = _spiral_rule(256)

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        label = pick(n, 2, rng)
        a = uniform(n, rng)[:, 0].sqrt() * SPIRAL_END
        spiral = torch.stack([-a * a.cos(), a * a.sin()], -1) / 3 + uniform(n, rng, 2) * SPIRAL_BOX
        return spiral * (1 - 2 * label[:, None]) + SPIRAL_SD * normal(n, rng), label

    def arm(x: Tensor) -> Tensor:
        points = nodes.to(x)
        log_kernel = log_blurred_box(x[:, :1] - points[:, 0]) + log_blurred_box(x[:, 1:] - points[:, 1])
        return (log_kernel + log_weights.to(x)).logsumexp(-1) - math.log(2)

    def log_joint(x: Tensor) -> Tensor:
        return torch.stack([arm(x), arm(-x)], -1)

    return PlaneDensity(draw, log_joint, 2.645450, ("first spiral", "second spiral"), width=6 * len(nodes))


LISTED = (
    ("moons", "Two moons", "Two interleaved half circles: the first thing to try.", moons),
    (
        "two-spirals",
        "Two spirals",
        "Two thin spirals wound into each other: long, curved and close together.",
        two_spirals,
    ),
    ("swiss-roll", "Swiss roll", "One rolled-up strip: a curve that a straight model cuts across.", swiss_roll),
    ("s-curve", "S-curve", "One strip in the shape of an S.", s_curve),
)
SOURCES = tuple(source(*entry) for entry in LISTED)
