"""What a critic and a generator go down, and what keeps the critic's gradient in check.

With a for D on real examples and b for D on fakes, the critic's loss and the generator's:

    relativistic    softplus(b - a)                 softplus(a - b)     Jolicoeur-Martineau 2018 (arXiv:1807.00734)
    non-saturating  softplus(-a) + softplus(b)      softplus(-b)        Goodfellow et al. 2014 (arXiv:1406.2661)
    wgan-gp         b - a                           -b                  Gulrajani et al. 2017 (arXiv:1704.00028)
    hinge           max(0, 1 - a) + max(0, 1 + b)   -b                  Lim & Ye 2017 (arXiv:1705.02894)

R1 and R2 (Mescheder et al. 2018, arXiv:1801.04406) are the mean squared gradients of D at real examples and at fakes; the
gradient penalty asks for gradients of norm 1 between them, ``E (|grad D(u x + (1 - u) G)| - 1)^2`` with u uniform.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Rng

LossName = Literal["relativistic", "non-saturating", "wgan-gp", "hinge"]
Score = Callable[[Tensor], Tensor]
"""Examples (n, D) to a critic's scores (n,), differentiable twice."""


def critic_loss(name: LossName, real: Tensor, fake: Tensor) -> Tensor:
    """From scores (n,) of real examples and fakes; a scalar."""
    match name:
        case "relativistic":
            return F.softplus(fake - real).mean()
        case "non-saturating":
            return F.softplus(-real).mean() + F.softplus(fake).mean()
        case "wgan-gp":
            return fake.mean() - real.mean()
        case "hinge":
            return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def generator_loss(name: LossName, real: Tensor, fake: Tensor) -> Tensor:
    """From scores (n,) of real examples and fakes; a scalar."""
    match name:
        case "relativistic":
            return F.softplus(real - fake).mean()
        case "non-saturating":
            return F.softplus(-fake).mean()
        case "wgan-gp" | "hinge":
            return -fake.mean()


def scores_and_squared_grads(score: Score, x: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (n,) at x (n, D) and their squared gradients (n,), which can be differentiated in turn."""
    x = x.detach().requires_grad_()
    scores = score(x)
    (grad,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return scores, grad.square().sum(-1)


def gradient_penalty(score: Score, real: Tensor, fake: Tensor, rng: Rng) -> Tensor:
    """How far gradients are from norm 1 between real examples and fakes (n, D); a scalar."""
    u = torch.rand(len(real), 1, generator=rng, device=rng.device)
    _, square = scores_and_squared_grads(score, u * real + (1 - u) * fake)
    # the root has no gradient of its own at 0
    return ((square + 1e-12).sqrt() - 1).square().mean()
