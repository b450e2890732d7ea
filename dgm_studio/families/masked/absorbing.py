"""The absorbing process: numbers of a sequence are hidden one after the other, and a network says what may be behind.

At time t each of D numbers is hidden with chance t. Learning to say them all back bounds the likelihood,

    -log p(k) <= E_(t in (0, 1)) 1/t sum_(i hidden) -log p(k_i | those not hidden)
              =  E_(m in 1..D) E_(m hidden) D/m sum_(i hidden) -log p(k_i | those not hidden)

(Sahoo et al. 2024, arXiv:2406.07524; Shi et al. 2024, arXiv:2406.04329; the second line, an order drawn at random, Uria et al.
2014, arXiv:1310.1757, and Austin et al. 2021, arXiv:2107.03006). Everything here speaks of sequences (n, D) of whole numbers
and of a network of hidden ones (`nets/unmasking.py`), whatever they stand for.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.nets.unmasking import Unmasker


def hidden_numbers(n: int, size: int, rng: Rng, device: torch.device, endings: float = 0.0) -> tuple[Tensor, Tensor]:
    """Which of ``size`` numbers are hidden (n, size), at times t spread evenly over (0, 1), at least one; and D/m (n,), where m
    is how many are. Which ones is drawn at random, but for the share ``endings`` of sequences, of which the last are."""
    t = (torch.arange(n) + torch.rand(n, generator=rng, device=rng.device).cpu()) / n
    count = (t * size).floor().long().clamp_max(size - 1) + 1
    rank = torch.rand(n, size, generator=rng, device=rng.device).argsort(1).argsort(1).to(device)
    if endings:
        ends = torch.rand(n, 1, generator=rng, device=rng.device).to(device) < endings
        rank = torch.where(ends, torch.arange(size - 1, -1, -1, device=device), rank)
    return rank < count.to(device)[:, None], size / count.to(device)


def said(net: Unmasker, level: Tensor, hidden: Tensor, label: Tensor | None) -> Tensor:
    """Nats (n,) that the hidden numbers of sequences (n, D) cost, each by itself given those not hidden."""
    log_p = net(level, hidden, label).log_softmax(-1)
    return -log_p.gather(2, level[:, :, None])[:, :, 0].masked_fill(~hidden, 0.0).sum(1)


def bound(net: Unmasker, level: Tensor, label: Tensor | None, rng: Rng, endings: float = 0.0) -> Tensor:
    """An estimate (n,) of the bound above on -log p, in nats: one time for each sequence. Its mean is trained.

    With ``endings`` it is none: hidden letters of an ending are not revealed in any order. The conditionals that make it least
    are the same, each letter's cost being proper by itself.
    """
    hidden, weight = hidden_numbers(len(level), level.shape[1], rng, level.device, endings)
    return weight * said(net, level, hidden, label)


def bound_in_slices(net: Unmasker, level: Tensor, label: Tensor | None, looks: int, rng: Rng) -> Iterator[Tensor]:
    """The same over ``looks`` counts of hidden numbers, spread evenly over 1 to D, as partial sums (n,) of their mean; the last
    is the estimate. Of two looks one has the order of the other reversed: what was hidden first is hidden last."""
    n, size = level.shape
    total = torch.zeros(n, device=level.device)
    looks = min(looks, size)
    rank = torch.zeros(n, size, dtype=torch.long, device=level.device)
    for look in range(looks):
        if look % 2 == 0:
            rank = torch.rand(n, size, generator=rng, device=rng.device).argsort(1).argsort(1).to(level.device)
        else:
            rank = size - 1 - rank
        # one of the counts in each of so many equal parts, drawn at random: all counts are as likely
        low, high = look * size // looks, (look + 1) * size // looks
        count = low + 1 + torch.randint(high - low, (n, 1), generator=rng, device=rng.device).to(level.device)
        share = (high - low) * looks / size
        total = total + share * size / count[:, 0] * said(net, level, rank < count, label)
        yield total / looks


def revealed(hidden: Tensor, count: int, surety: Tensor) -> Tensor:
    """The ``count`` hidden numbers (n, D), a bool, of most ``surety`` (n, D) in each sequence; all where fewer are hidden."""
    first = surety.masked_fill(~hidden, -torch.inf).argsort(dim=1, descending=True, stable=True)
    rank: Tensor = first.argsort(1)
    return hidden & (rank < count)
