"""Equally many samples, training and held-out examples, flat, for measures that compare sets, and how sure a measure is.

The error of a distance between sets has no formula that holds for equal and for different sets alike. Leaving out one of G
groups of every set at a time has: with d_g the distance without group g (Tukey 1958; Efron & Stein 1981,
doi:10.1214/aos/1176345462),

    error^2 = (G - 1) / G * sum_g (d_g - mean d)^2 .

Eight groups make it right to a third or so, which is as much as a band around a curve needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Work

GROUPS = 8
"""Groups of which one is left out at a time; smaller sets have one for each of their members."""


def enough(evidence: Evidence, least: int = 2) -> bool:
    """Whether there are at least so many of each."""
    return min(len(evidence.samples), len(evidence.train), len(evidence.held_out)) >= least


def length_unit(evidence: Evidence) -> str:
    """The unit of a distance between examples: points are measured after they were standardised; pixels have none."""
    return "" if evidence.spec.is_image else "standard deviations"


def equal_sets(evidence: Evidence, most: int, least: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """Samples, training and held-out examples, (n, D) each, drawn without replacement, in random order.

    Raises ValueError where one of them has fewer than ``least``.
    """
    n = min(len(evidence.samples), len(evidence.train), len(evidence.held_out), most)
    if n < least:
        raise ValueError(f"this measure needs {least} samples, training and held-out examples each, not {n}")

    def some(x: Tensor) -> Tensor:
        return x[torch.randperm(len(x), generator=evidence.rng)[:n]].flatten(1).float()

    return some(evidence.samples), some(evidence.train), some(evidence.held_out)


def group_of(n: int) -> Tensor:
    """The group (n,) of each of ``n`` members in random order."""
    return torch.arange(n) % GROUPS


def spread(without: Sequence[float]) -> float:
    """The standard error of a statistic from its values without each group."""
    values = torch.tensor(without, dtype=torch.double)
    return float(((len(values) - 1) * values.var(correction=0)).sqrt())


def leave_out(statistic: Callable[..., float], *sets: Tensor) -> Work[float]:
    """The standard error of a statistic of sets in random order, by computing it without each group: one a slice."""
    values = []
    for g in range(min(GROUPS, *map(len, sets))):
        values.append(statistic(*(x[group_of(len(x)) != g] for x in sets)))
        yield
    return spread(values)


def share_error(share: float, n: int) -> float:
    """The standard error of a share of ``n``; not 0 where all or none were counted (Agresti & Coull 1998)."""
    shrunk = (share * n + 1) / (n + 2)
    return float((shrunk * (1 - shrunk) / n) ** 0.5)


def mean_error(values: Tensor) -> tuple[float, float]:
    """The mean of values (n,) and its standard error."""
    error = float(values.double().std()) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return float(values.double().mean()), error
