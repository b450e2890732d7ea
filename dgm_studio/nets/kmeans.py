"""k-means: Lloyd's algorithm from well-spread starts (Lloyd 1982; k-means++: Arthur & Vassilvitskii 2007)."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Rng


def spread(x: Tensor, k: int, rng: Rng) -> Tensor:
    """k of the points x (n, D), each chosen in proportion to its squared distance from those chosen before."""
    chosen = [int(torch.randint(len(x), (), generator=rng))]
    away = (x - x[chosen[0]]).square().sum(1)
    for _ in range(k - 1):
        mass = away.double().cumsum(0)
        if float(mass[-1]) <= 0:  # fewer different points than centres
            chosen.append(chosen[-1])
            continue
        at = torch.rand((), generator=rng, dtype=torch.float64) * mass[-1]
        chosen.append(int(torch.searchsorted(mass, at).clamp_max(len(x) - 1)))
        away = torch.minimum(away, (x - x[chosen[-1]]).square().sum(1))
    return x[chosen]


def kmeans(x: Tensor, k: int, rng: Rng, rounds: int = 20) -> Tensor:
    """Centres (k, D) of points x (n, D); an empty cell keeps its centre. Raises ValueError for fewer points than centres."""
    if len(x) < k:
        raise ValueError(f"{k} clusters need at least as many examples; there are {len(x)}")
    centres = spread(x, k, rng)
    for _ in range(rounds):
        own = torch.nn.functional.one_hot(nearest(x, centres), k).to(x)
        count = own.sum(0)[:, None]
        moved = torch.where(count > 0, own.T @ x / count.clamp_min(1), centres)
        if torch.equal(moved, centres):
            break
        centres = moved
    return centres


def nearest(x: Tensor, centres: Tensor) -> Tensor:
    """Number of the nearest centre (n,) of points x (n, D)."""
    return torch.cdist(x, centres).argmin(1)
