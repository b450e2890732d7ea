"""Classifiers and what fools them, where it is known in closed form: against a linear one an attack is a single step."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import finish, rng_for
from dgm_studio.nets.discriminative import CLASSIFIER_KINDS, attacked, can_be_attacked, learn_classifier, to_the_border

W, B = torch.tensor([[1.0, 0.0], [-2.0, 1.5]]), torch.tensor([0.2, -0.1])


def linear(x: Tensor) -> Tensor:
    return x @ W.T + B


def blobs(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two classes of ten numbers, N(0, 1) around -1/2 and 1/2 in each."""
    label = torch.randint(2, (n,), generator=rng_for(seed, 1))
    return label[:, None] - 0.5 + torch.randn(n, 10, generator=rng_for(seed, 2)), label


def test_an_attack_on_a_linear_classifier_is_its_sign_gradient() -> None:
    """Of two classes -log p(y | x) rises along w_other - w_y everywhere."""
    x = torch.randn(50, 2, generator=rng_for(0))
    label = (torch.arange(50) % 2).long()
    away = W[1 - label] - W[label]
    torch.testing.assert_close(attacked(linear, x, label, 0.3), x + 0.3 * away.sign())
    assert torch.equal(attacked(linear, x, label, 0.0), x)


def test_an_attack_stays_near_and_within_bounds() -> None:
    x = torch.rand(50, 2, generator=rng_for(0)) * 2 - 1
    moved = attacked(linear, x, torch.zeros(50, dtype=torch.long), 0.4, (-1.0, 1.0))
    assert float((moved - x).abs().max()) <= 0.4 + 1e-6
    assert float(moved.abs().max()) <= 1.0


def test_the_shortest_step_to_a_straight_border_is_known() -> None:
    x = 2 * torch.randn(50, 2, generator=rng_for(4))
    w, b = W[0] - W[1], B[0] - B[1]
    torch.testing.assert_close(
        (to_the_border(linear, x) - x).norm(dim=1), (x @ w + b).abs() / w.norm(), atol=1e-3, rtol=1e-3
    )


def test_what_cannot_be_differentiated_says_so() -> None:
    x = torch.zeros(2, 2)
    assert can_be_attacked(linear, x)
    assert not can_be_attacked(lambda x: linear(x.detach()), x)


@pytest.mark.parametrize("kind", CLASSIFIER_KINDS)
def test_classifiers_come_near_the_best_and_are_fooled(kind: str) -> None:
    """The best rule is right with probability Phi(0.5 sqrt(10)) = 0.943, after moves by 0.4 with Phi(0.1 sqrt(10)) = 0.624."""
    x, label = blobs(1000, 0)
    net = finish(learn_classifier(kind, x, label, 2, 0.4))
    fresh, own = blobs(2000, 1)
    right, fooled = (float((net(z).argmax(1) == own).float().mean()) for z in (fresh, attacked(net, fresh, own, 0.4)))
    error = math.sqrt(0.06 / 2000)
    assert right > 0.943 - 8 * error - 0.03
    assert fooled < 0.624 + 8 * math.sqrt(0.25 / 2000)
    assert torch.equal(finish(learn_classifier(kind, x, label, 2, 0.4))(fresh[:5]), net(fresh[:5]))
