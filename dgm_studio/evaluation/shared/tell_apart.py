"""Telling two sets apart by small networks, each judged on examples that it was not trained on.

The sets are cut into folds; for every fold a network of two hidden layers is trained on the others by Adam (Kingma & Ba
2014, arXiv:1412.6980) and scores the fold. All networks, of every fold and of every pair of sets, are trained side by side
as one batch of matrices.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng, Work

FOLDS = 4
_HIDDEN, _STEPS, _BATCH = 24, 240, 96
_RATE, _DECAY = 4e-3, 1e-2
_QUICK, _SLOW = 0.9, 0.99


def right_halves(of_x: Tensor, of_y: Tensor) -> float:
    """How often it is right to take the half of equally many with the higher scores (n,), (n,) for y, ties counted half.

    Asking for halves needs no threshold: scores whose level says nothing, as those of a set that is denser everywhere, are
    used for what they tell.
    """
    middle = torch.cat([of_x, of_y]).double().median()
    above = (of_y > middle).double().sum() + (of_x > middle).double().sum()
    ties = (of_y == middle).double().sum() + (of_x == middle).double().sum()
    share = ((len(of_x) + len(of_y)) / 2 - above) / ties
    right = (of_y > middle).sum() + share * (of_y == middle).sum()
    right = right + (of_x < middle).sum() + (1 - share) * (of_x == middle).sum()
    return float(right / (len(of_x) + len(of_y)))


def by_networks(pairs: list[tuple[Tensor, Tensor]], rng: Rng) -> Work[list[float]]:
    """How often networks are right about held-out members of each pair of equal sets, (n, D) each, in random order."""
    n = len(pairs[0][0])
    both = torch.stack([torch.cat(pair) for pair in pairs])
    both = (both - both.mean(1, keepdim=True)) / both.std(1, keepdim=True).clamp_min(1e-6)
    fold = torch.arange(n).remainder(FOLDS).repeat(2)
    from_y = torch.arange(2 * n) >= n
    jobs = [(p, f) for p in range(len(pairs)) for f in range(FOLDS)]
    weights = _weights(len(jobs), both.shape[2], rng)
    means, squares = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    seen = [(fold != f).nonzero()[:, 0] for _, f in jobs]
    for step in range(1, _STEPS + 1):
        pick = torch.stack([s[torch.randint(len(s), (_BATCH,), generator=rng)] for s in seen])
        x = torch.stack([both[p][rows] for (p, _), rows in zip(jobs, pick, strict=True)])
        with torch.enable_grad():
            loss = nn.functional.binary_cross_entropy_with_logits(
                _scores(x, weights), from_y[pick].float(), reduction="none"
            )
            gradients = torch.autograd.grad(loss.mean(1).sum(), weights)
        # by hand: torch's optimisers import its compiler, which takes seconds and 115 MB
        rate = _RATE * (1 - step / (_STEPS + 1))
        with torch.no_grad():
            for w, m, v, g in zip(weights, means, squares, gradients, strict=True):
                m.lerp_(g, 1 - _QUICK)
                v.lerp_(g.square(), 1 - _SLOW)
                moved = (m / (1 - _QUICK**step)) / ((v / (1 - _SLOW**step)).sqrt() + 1e-8)
                w.sub_(rate * (moved + _DECAY * w))
        yield
    found = []
    for p in range(len(pairs)):
        right = 0.0
        for f in range(FOLDS):
            mine = [w[p * FOLDS + f][None].detach() for w in weights]
            of_x, of_y = (_scores(both[p][(fold == f) & whose][None], mine)[0] for whose in (~from_y, from_y))
            right += right_halves(of_x, of_y) * len(of_x)
        found.append(right / n)
        yield
    return found


def _weights(count: int, size: int, rng: Rng) -> list[Tensor]:
    shapes = ((size, _HIDDEN), (_HIDDEN, _HIDDEN), (_HIDDEN, 1))
    weights = []
    for inputs, outputs in shapes:
        weights += [torch.randn(count, inputs, outputs, generator=rng) / inputs**0.5, torch.zeros(count, 1, outputs)]
    return [w.requires_grad_() for w in weights]


def _scores(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Log-odds (networks, n) that examples (networks, n, D) are of y."""
    for i in range(0, len(weights), 2):
        x = torch.baddbmm(weights[i + 1], x, weights[i])
        x = nn.functional.silu(x) if i + 2 < len(weights) else x
    return x[..., 0]
