"""In the plane the conditional law of one coordinate given the other is known to any accuracy.

``p(x2 | x1 = c) = p(c, x2) / integral p(c, u) du``, on a grid. The distance of samples from it is Wasserstein's W1, the area
between the two distribution functions: how far, on average, samples must be carried to become exact ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Conditional:
    """The law of one coordinate on a grid: places ``at`` (cells,) and their probabilities ``weight`` (cells,)."""

    at: Tensor
    weight: Tensor


def exact_conditional(
    log_density: Callable[[Tensor], Tensor],
    given: int,
    low: float,
    high: float,
    reach: tuple[float, float] = (-4.0, 4.0),
    cells: int = 2000,
) -> Conditional:
    """The law of the other coordinate where coordinate ``given`` (0 or 1) lies in the band from ``low`` to ``high``.

    ``log_density`` maps points (n, 2) to nats (n,). A band of no width is a line. Raises ValueError where the density
    vanishes on all of the band within ``reach``.
    """

    def middles(first: float, last: float, count: int) -> Tensor:
        return first + (torch.arange(count, dtype=torch.float64) + 0.5) * ((last - first) / count)

    at = middles(*reach, cells)
    across = middles(low, high, 33 if high > low else 1)
    held, free = torch.meshgrid(across, at, indexing="ij")
    pair = (held, free) if given == 0 else (free, held)
    nats = log_density(torch.stack(pair, -1).flatten(0, 1)).view(held.shape).double()
    if not bool((nats > -torch.inf).any()):
        raise ValueError(f"the density vanishes where coordinate {given + 1} lies between {low:g} and {high:g}")
    weight = (nats - nats.max()).exp().sum(0)
    return Conditional(at, weight / weight.sum())


def wasserstein(samples: Tensor, law: Conditional) -> float:
    """W1 between samples (n,) and a gridded law, in the units of the coordinate.

    The integral of ``|F - G|`` over the sorted places of both, where F and G are the distribution functions. By hand: a person
    drags a line, and importing scipy's for it would take a second.
    """
    at = torch.cat([samples.double(), law.at.double()])
    ours = torch.cat([torch.full_like(samples.double(), 1 / len(samples)), -law.weight.double()])
    order = at.argsort()
    apart = ours[order].cumsum(0)[:-1].abs()
    return float((apart * at[order].diff()).sum())
