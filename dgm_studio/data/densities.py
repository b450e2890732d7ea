"""Densities of the plane in closed form: mixtures, warped Gaussians, rings.

Where a density has a history its usual definition is kept, at the scale of FFJORD (Grathwohl et al. 2018,
arXiv:1810.01367), so that numbers compare. Entropies H are in nats: closed forms where there is one, else quadrature to
all digits given; the tests derive each again.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from dgm_studio.data.shared.density import PlaneDensity, normal, pick, source, uniform

LOG_2PI = math.log(2 * math.pi)
LOG_2PIE = LOG_2PI + 1


def _isotropic(centres: Tensor, sd: float, entropy: float, word: str) -> PlaneDensity:
    """Equal parts of round Gaussians around ``centres`` (k, 2); each is a class and a mode."""
    k = len(centres)

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        label = pick(n, k, rng)
        return centres.to(rng.device)[label] + sd * normal(n, rng), label

    def log_joint(x: Tensor) -> Tensor:
        square = (x[:, None] - centres.to(x)).square().sum(-1)
        return -square / (2 * sd**2) - LOG_2PI - 2 * math.log(sd) - math.log(k)

    classes = tuple(f"{word} {i + 1}" for i in range(k))
    return PlaneDensity(draw, log_joint, entropy, classes, centres, width=3 * k)


@cache
def eight_gaussians() -> PlaneDensity:
    """Eight Gaussians on a circle of radius 4/1.414, standard deviation 0.5/1.414; H = 2.8319."""
    angle = torch.arange(8) * (math.pi / 4)
    centres = torch.stack([angle.cos(), angle.sin()], -1) * (4 / 1.414)
    return _isotropic(centres, 0.5 / 1.414, 2.831880, "blob")


@cache
def twenty_five_gaussians() -> PlaneDensity:
    """Gaussians of standard deviation 0.05 on the grid {-4, -2, ..., 4}^2; H = log 25 + log(2 pi e 0.05^2) = 0.0653."""
    side = torch.arange(-4.0, 5.0, 2.0)
    centres = torch.cartesian_prod(side, side)
    return _isotropic(centres, 0.05, math.log(25) + LOG_2PIE + 2 * math.log(0.05), "blob")


@cache
def checkerboard() -> PlaneDensity:
    """Uniform over the eight squares of side 2 of [-4, 4)^2 whose column and row numbers add up to an even number;
    H = log 32 = 3.4657."""
    cells = torch.tensor([(i, j) for j in range(4) for i in range(4) if (i + j) % 2 == 0])

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        label = pick(n, 8, rng)
        return (cells.to(rng.device)[label] + uniform(n, rng, 2)) * 2 - 4, label

    def log_joint(x: Tensor) -> Tensor:
        inside = ((x + 4).div(2).floor()[:, None] == cells.to(x)).all(-1)
        return torch.where(inside, -math.log(32), -math.inf).to(x.dtype)

    return PlaneDensity(draw, log_joint, math.log(32), tuple(f"square {i + 1}" for i in range(8)), width=24)


@cache
def pinwheel() -> PlaneDensity:
    """Five Gaussian arms, bent by a rotation that grows with the radius.

    Before bending arm k is a Gaussian around the point at radius 2 and angle 2 pi k / 5, of standard deviation 0.6
    along the radius and 0.2 across; then a point at radius r turns by exp(r / 2) / 4. A rotation that depends on the
    radius alone keeps areas, so the density is that of the straight arms; H = 2.3206.
    """
    angle = torch.arange(5) * (2 * math.pi / 5)
    along = torch.stack([angle.cos(), angle.sin()], -1)
    across = torch.stack([-angle.sin(), angle.cos()], -1)

    def turn(x: Tensor, sign: float) -> Tensor:
        phi = sign * 0.25 * (x.norm(dim=-1) / 2).exp()
        c, s = phi.cos(), phi.sin()
        return torch.stack([c * x[:, 0] - s * x[:, 1], s * x[:, 0] + c * x[:, 1]], -1)

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        label, z = pick(n, 5, rng), normal(n, rng)
        straight = (2 + 0.6 * z[:, :1]) * along.to(rng.device)[label] + 0.2 * z[:, 1:] * across.to(rng.device)[label]
        return turn(straight, 1), label

    def log_joint(x: Tensor) -> Tensor:
        straight = turn(x, -1)
        a, b = (straight @ along.to(x).T - 2) / 0.6, straight @ across.to(x).T / 0.2
        return -(a.square() + b.square()) / 2 - LOG_2PI - math.log(0.6 * 0.2 * 5)

    return PlaneDensity(draw, log_joint, 2.320588, tuple(f"arm {k + 1}" for k in range(5)), width=15)


def _rings(radii: tuple[float, ...], sd: float, entropy: float) -> PlaneDensity:
    """Equal parts of circles around the origin, uniform in angle, blurred by a round Gaussian.

    p(x | R) = exp(-(r - R)^2 / 2 s^2) i0e(r R / s^2) / (2 pi s^2) with the scaled Bessel function i0e(z) = e^-z I0(z).
    """
    all_radii = torch.tensor(radii)

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        label, angle = pick(n, len(radii), rng), uniform(n, rng)[:, 0] * (2 * math.pi)
        circle = torch.stack([angle.cos(), angle.sin()], -1) * all_radii.to(rng.device)[label, None]
        return circle + sd * normal(n, rng), label

    def log_joint(x: Tensor) -> Tensor:
        r, big = x.norm(dim=-1, keepdim=True), all_radii.to(x)
        bessel = torch.special.i0e(r * big / sd**2).log()
        log_p: Tensor = bessel - (r - big).square() / (2 * sd**2) - LOG_2PI - 2 * math.log(sd) - math.log(len(radii))
        return log_p

    return PlaneDensity(
        draw, log_joint, entropy, tuple(f"ring {i + 1}" for i in range(len(radii))), width=4 * len(radii)
    )


@cache
def rings() -> PlaneDensity:
    """Four rings of radius 0.75, 1.5, 2.25 and 3, standard deviation 0.08; H = 2.6232."""
    return _rings((0.75, 1.5, 2.25, 3.0), 0.08, 2.623183)


@cache
def circles() -> PlaneDensity:
    """Two rings of radius 1.5 and 3, standard deviation 0.24; H = 3.2681."""
    return _rings((1.5, 3.0), 0.24, 3.268136)


@cache
def banana() -> PlaneDensity:
    """x1 ~ N(0, 1.4^2), x2 ~ N((x1^2 - 1.4^2) / 2, 0.4^2) (Haario et al. 1999); H = log(2 pi e 1.4 0.4) = 2.2581."""

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        z = normal(n, rng)
        x1 = 1.4 * z[:, 0]
        return torch.stack([x1, (x1.square() - 1.4**2) / 2 + 0.4 * z[:, 1]], -1), z.new_zeros(n, dtype=torch.long)

    def log_joint(x: Tensor) -> Tensor:
        a, b = x[:, 0] / 1.4, (x[:, 1] - (x[:, 0].square() - 1.4**2) / 2) / 0.4
        return (-(a.square() + b.square()) / 2 - LOG_2PI - math.log(1.4 * 0.4))[:, None]

    return PlaneDensity(draw, log_joint, LOG_2PIE + math.log(1.4 * 0.4))


@cache
def funnel() -> PlaneDensity:
    """x2 ~ N(0, 1.2^2), x1 ~ N(0, exp(x2)), after Neal 2003; H = log(2 pi e 1.2) = 3.0202 (the mean of x2 is 0)."""

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        z = normal(n, rng)
        x2 = 1.2 * z[:, 1]
        return torch.stack([z[:, 0] * (x2 / 2).exp(), x2], -1), z.new_zeros(n, dtype=torch.long)

    def log_joint(x: Tensor) -> Tensor:
        x1, x2 = x[:, 0], x[:, 1]
        square = x1.square() * (-x2).exp() + (x2 / 1.2).square()
        return (-square / 2 - x2 / 2 - LOG_2PI - math.log(1.2))[:, None]

    return PlaneDensity(draw, log_joint, LOG_2PIE + math.log(1.2))


@cache
def cosine() -> PlaneDensity:
    """x1 ~ U[-4, 4), x2 ~ N(2 cos(pi x1 / 2), 0.25^2); H = log 8 + log(2 pi e 0.25^2) / 2 = 2.1121."""

    def draw(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x1 = uniform(n, rng)[:, 0] * 8 - 4
        x2 = 2 * (x1 * (math.pi / 2)).cos() + 0.25 * normal(n, rng, 1)[:, 0]
        return torch.stack([x1, x2], -1), torch.zeros(n, dtype=torch.long, device=rng.device)

    def log_joint(x: Tensor) -> Tensor:
        z = (x[:, 1] - 2 * (x[:, 0] * (math.pi / 2)).cos()) / 0.25
        log_p = -z.square() / 2 - LOG_2PI / 2 - math.log(0.25 * 8)
        return torch.where((x[:, 0] >= -4) & (x[:, 0] < 4), log_p, -math.inf)[:, None]

    return PlaneDensity(draw, log_joint, math.log(8) + LOG_2PIE / 2 + math.log(0.25))


LISTED = (
    (
        "8-gaussians",
        "8 Gaussians",
        "Eight round blobs on a circle: does a model keep all of them apart?",
        eight_gaussians,
    ),
    (
        "25-gaussians",
        "25 Gaussians",
        "Twenty-five tiny blobs on a grid: the classic test for lost modes.",
        twenty_five_gaussians,
    ),
    (
        "checkerboard",
        "Checkerboard",
        "Eight uniform squares: hard edges, flat insides and corners that meet in a point.",
        checkerboard,
    ),
    ("pinwheel", "Pinwheel", "Five bent arms that almost touch in the middle.", pinwheel),
    ("rings", "Rings", "Four thin rings inside each other: holes and connected supports.", rings),
    ("circles", "Circles", "Two soft rings, one inside the other.", circles),
    ("banana", "Banana", "One Gaussian bent along a parabola: a single easy mode with a curve.", banana),
    ("funnel", "Funnel", "A neck that narrows without end: one scale does not fit all of it.", funnel),
    ("cosine", "Cosine", "A wave of constant thickness: x2 follows x1.", cosine),
)
SOURCES = tuple(source(*entry) for entry in LISTED)
