"""The drifting field: data attract samples, samples repel each other, and where both lie alike nothing moves.

    V(x) = V+(x) - V-(x),    V+(x) = sum_j w_j y_j - x  over data y,    V-(x) the same over the model's own samples,

weights ``w_j`` from the kernel ``k(x, y) = exp(-|x - y| / radius)`` (Deng et al. 2026, arXiv:2602.04770). Exchanging data and
samples turns the sign of V, so that it vanishes when both are drawn alike. Normalised over the samples alone the kernel is that
of mean shift (Fukunaga & Hostetler 1975, doi:10.1109/TIT.1975.1055330). Here its logits are normalised over both axes,

    a_ij = (softmax over j) (softmax over i) of -|x_i - y_j| / radius,    w_ij = sqrt(a_ij) / sum_j sqrt(a_ij),

so that data which few samples are near to pull harder.
"""

from __future__ import annotations

import torch
from torch import Tensor

_NEVER = -1e9
"""Logit of a pair that does not count. Not minus infinity: of a class without data nothing would be a number."""


def drift(
    x: Tensor,
    data: Tensor,
    own: Tensor,
    radius: Tensor | float,
    *,
    repulsion: float = 1.0,
    both_axes: bool = True,
    labels: tuple[Tensor, Tensor, Tensor] | None = None,
) -> Tensor:
    """How far each of ``x`` (n, d) drifts, (n, d), among ``data`` (m, d) and the model's ``own`` samples (k, d).

    ``radius`` is in the units of x, or of distances in them. Where ``own`` is ``x`` itself, nobody repels itself. ``repulsion``
    other than 1 breaks the balance: below it samples gather in the modes. ``both_axes`` False normalises over data and samples
    alone, as must be where ``x`` are places of which each is asked for itself. Under ``labels``, the classes of x, data and own
    samples, only those of the same class count; who has no company of its class stays where it is.
    """
    logits = -torch.cdist(x, torch.cat([data, own])) / radius
    apart = torch.zeros_like(logits, dtype=torch.bool)
    if labels is not None:
        apart |= labels[0][:, None] != torch.cat(labels[1:])
    if own is x:
        apart.diagonal(len(data)).fill_(True)
    logits = logits.masked_fill(apart, _NEVER)
    if both_axes:
        logits = (0.5 * (logits.log_softmax(1) + logits.log_softmax(0))).masked_fill(apart, _NEVER)
    to_data, to_own = logits.split([len(data), len(own)], 1)
    return _shift(x, data, to_data) - repulsion * _shift(x, own, to_own)


def _shift(x: Tensor, y: Tensor, logits: Tensor) -> Tensor:
    """From ``x`` to the weighted mean of ``y``, (n, d); nothing where no ``y`` counts."""
    if not len(y):
        return torch.zeros_like(x)
    some = logits.amax(1, keepdim=True) > _NEVER
    return torch.where(some, logits.softmax(1) @ y - x, 0.0)
