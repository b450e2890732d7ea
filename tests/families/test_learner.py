"""The learner's own Adam and average agree with torch's and with their formulas."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from dgm_studio.contract import Training
from dgm_studio.families._learner import Learner, power_gamma


def _net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_steps_are_those_of_adam(weight_decay: float) -> None:
    net = _net()
    other = copy.deepcopy(net)
    learner = Learner(net, warm_up=1, decay_after=1e9, clip=1e9, weight_decay=weight_decay)
    learner.retune(Training(learning_rate=0.01))
    adam = torch.optim.Adam(other.parameters(), lr=0.01, betas=(0.9, 0.99), weight_decay=weight_decay)
    x = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))
    for _ in range(50):
        learner.learn((net(x) - x.sum(1, keepdim=True)).square().mean())
        adam.zero_grad()
        (other(x) - x.sum(1, keepdim=True)).square().mean().backward()
        adam.step()
    for ours, theirs in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_resuming_takes_the_same_steps() -> None:
    x = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))

    def steps(learner: Learner, n: int) -> list[float]:
        losses = []
        for _ in range(n):
            loss = (learner.net(x) - x.sum(1, keepdim=True)).square().mean()
            losses.append(loss.item())
            learner.learn(loss)
        return losses

    straight, first, second = Learner(_net()), Learner(_net()), Learner(_net())
    expected = steps(straight, 20)[10:]
    steps(first, 10)
    second.load_state_dict(first.state_dict())
    assert steps(second, 10) == expected


def test_the_average_follows_its_formula() -> None:
    learner = Learner(_net())
    x = torch.ones(4, 3)
    gamma = power_gamma(0.10)
    expected = None
    for step in range(1, 8):
        learner.learn(learner.net(x).square().mean())
        weight = next(learner.net.parameters()).detach().clone()
        beta = (1 - 1 / step) ** (gamma + 1)
        expected = weight if expected is None else beta * expected + (1 - beta) * weight
    assert expected is not None
    torch.testing.assert_close(next(learner.shown.parameters()), expected)


def test_the_width_of_the_average_is_the_one_asked_for() -> None:
    gamma = power_gamma(0.10)
    assert gamma == pytest.approx(6.94, abs=0.01)
    assert (gamma + 1) / ((gamma + 2) ** 2 * (gamma + 3)) == pytest.approx(0.10**2)


def test_a_large_gradient_is_clipped() -> None:
    learner = Learner(_net(), clip=1.0)
    learner.learn(1e6 * learner.net(torch.ones(4, 3)).square().mean())
    assert float(learner._grad.norm()) == pytest.approx(1.0, rel=1e-3)
