"""Annealed importance sampling: the sum Z of an unnormalised probability, by walking there from one whose sum is known.

With ``f_0`` known, ``f_1`` wanted and ``0 = b_0 < ... < b_K = 1``, a chain that starts as an exact sample of f_0 and moves
by transitions which leave each ``f_b`` alone gathers the weight

    log w = sum_k log f_{b_k}(u_{k-1}) - log f_{b_{k-1}}(u_{k-1}),   E[w] = Z_1 / Z_0

(Neal 2001, doi:10.1023/A:1008923215028; for Boltzmann machines Salakhutdinov & Murray 2008). The mean of w is without
bias, so its logarithm falls a little short on average: too few steps give too small a Z and too high a likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Rng, Work


@dataclass(frozen=True)
class Annealed:
    """Where the chains ended, ``samples`` (chains, units), with their log-weights (chains,), and the sum they say.

    ``log_z`` is in nats, ``error`` its standard error by the spread of the weights, ``effective`` how many independent
    samples the chains are worth. Weighted, the samples are draws from ``f_1``.
    """

    samples: Tensor
    log_weight: Tensor
    log_z: float

    @property
    def effective(self) -> float:
        """``(sum w)^2 / sum w^2``."""
        return float((2 * self.log_weight.logsumexp(0) - (2 * self.log_weight).logsumexp(0)).exp())

    @property
    def error(self) -> float:
        n = len(self.log_weight)
        return math.sqrt(max(1 / self.effective - 1 / n, 0.0))


def anneal(
    start: Tensor,
    log_z: Tensor | float,
    gain: Callable[[Tensor, float, float], Tensor],
    move: Callable[[Tensor, float, Rng], Tensor],
    rng: Rng,
    steps: int = 1000,
    together: int = 4,
) -> Work[Annealed]:
    """Anneal from exact samples ``start`` (chains, units) of ``f_0``, whose sum is ``log_z``.

    ``gain(u, before, after)`` is the change of log f (chains,) between two values of b, ``move(u, b, rng)`` a transition that
    leaves ``f_b`` alone. Yields after every ``together`` of the ``steps``.
    """
    u, log_weight = start, start.new_zeros(len(start), dtype=torch.float64)
    for k in range(steps):
        before, after = k / steps, (k + 1) / steps
        log_weight = log_weight + gain(u, before, after)
        u = move(u, after, rng)
        if k % together == 0:
            yield
    total = float(log_z) + float(log_weight.logsumexp(0)) - math.log(len(start))
    return Annealed(u, log_weight, total)
