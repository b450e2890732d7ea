"""Points of the plane that come with a context, every conditional of which is known in closed form.

* **Linear Gaussian**, ``x | c ~ N(A c, S)`` with standard normal ``c``: given some of its numbers the others widen the law,
  ``x | c_G ~ N(A_G c_G, S + A_F A_F^T)`` with G given and F free.
* **Two satellites**: one near and one far, on opposite sides of the origin, at an angle that may be given. What is free is
  averaged over: a blob at radius R seen from all angles is a ring, ``I0(R r / s^2) exp(-(r^2 + R^2) / 2 s^2) / 2 pi s^2``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot, Rng
from dgm_studio.contract.context import decoded, is_given
from dgm_studio.data.shared.conditional import ConditionalDensity, given_source
from dgm_studio.data.shared.density import normal, pick, uniform

MIX = torch.tensor([[0.9, -0.5], [0.4, 0.8]])
"""A of the linear Gaussian, (2, slots)."""
NOISE = torch.tensor([[0.25, 0.10], [0.10, 0.16]])
"""S of the linear Gaussian."""
NUMBERS = (
    ContextSlot("a", -3.0, 3.0, help="The first of two standard normal numbers that move the points."),
    ContextSlot("b", -3.0, 3.0, help="The second of two standard normal numbers that move the points."),
)


def linear_gaussian() -> ConditionalDensity:
    root = torch.linalg.cholesky(NOISE)

    def draw(n: int, rng: Rng) -> tuple[Tensor, Mapping[str, Tensor]]:
        c = normal(n, rng)
        x = c @ MIX.T.to(c) + normal(n, rng) @ root.T.to(c)
        return x, {slot.name: c[:, i] for i, slot in enumerate(NUMBERS)}

    def log_given(x: Tensor, context: Tensor) -> Tensor:
        there = is_given(NUMBERS, context).to(x)
        c = torch.stack(list(decoded(NUMBERS, context).values()), 1).to(x) * there
        free = MIX.to(x) * (1 - there)[:, None]
        covariance = NOISE.to(x) + free @ free.mT
        factor = torch.linalg.cholesky(covariance)
        away = torch.linalg.solve_triangular(factor, (x - c @ MIX.T.to(x))[..., None], upper=False)[..., 0]
        volume = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        nats: Tensor = -0.5 * away.square().sum(-1) - volume - math.log(2 * math.pi)
        return nats

    entropy = 1 + math.log(2 * math.pi) + 0.5 * float(torch.logdet(NOISE + MIX @ MIX.T))
    return ConditionalDensity(NUMBERS, draw, log_given, entropy)


RADII = (0.9, 2.0)
WIDTH = 0.22
"""Standard deviation of each satellite."""
SATELLITES = (
    ContextSlot(
        "angle", 0.0, 360.0, unit="°", periodic=True, help="The direction of the near satellite, seen from the origin."
    ),
    ContextSlot("which", values=("near", "far"), help="The near satellite, or the far one on the other side."),
)


def two_satellites() -> ConditionalDensity:
    radius = torch.tensor(RADII)
    opposite = torch.tensor([0.0, math.pi])

    def draw(n: int, rng: Rng) -> tuple[Tensor, Mapping[str, Tensor]]:
        angle, which = 360 * uniform(n, rng)[:, 0], pick(n, 2, rng)
        turn = angle.deg2rad() + opposite.to(angle)[which]
        centre = radius.to(angle)[which, None] * torch.stack([turn.cos(), turn.sin()], 1)
        return centre + WIDTH * normal(n, rng), {"angle": angle, "which": which}

    def log_given(x: Tensor, context: Tensor) -> Tensor:
        there, values = is_given(SATELLITES, context), decoded(SATELLITES, context)
        r, turn = radius.to(x), values["angle"].to(x).deg2rad()[:, None] + opposite.to(x)
        centre = r[:, None] * torch.stack([turn.cos(), turn.sin()], -1)
        blob = -0.5 * ((x[:, None] - centre) / WIDTH).square().sum(-1)
        far = x.norm(dim=1, keepdim=True)
        ring = -0.5 * ((far - r) / WIDTH).square() + torch.special.i0e(far * r / WIDTH**2).log()
        each = torch.where(there[:, :1], blob, ring)
        of_which = torch.nn.functional.one_hot(values["which"], 2).to(x).log()
        weight = torch.where(there[:, 1:], of_which, -math.log(2))
        return (each + weight).logsumexp(1) - math.log(2 * math.pi * WIDTH**2)

    def of_all() -> float:
        """By a sum over radii: the law of all points depends on nothing else."""
        far = (torch.arange(20_000, dtype=torch.double) + 0.5) / 20_000 * 4
        x = torch.stack([far, torch.zeros_like(far)], 1)
        log_p = log_given(x, torch.zeros(len(x), 6))
        return float(-(2 * math.pi * far * log_p.exp() * log_p).sum() * 4 / 20_000)

    return ConditionalDensity(SATELLITES, draw, log_given, of_all())


SOURCES = (
    given_source(
        "linear-gaussian",
        "Linear Gaussian",
        "Two numbers move a Gaussian; given either, both or none the law is a Gaussian known in closed form.",
        linear_gaussian,
    ),
    given_source(
        "two-satellites",
        "Two satellites",
        "A near and a far blob on opposite sides, at an angle: given the angle, which of them, both or none.",
        two_satellites,
    ),
)
