"""Annealed importance sampling against sums that can be had exactly."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import finish, rng_for
from dgm_studio.families.boltzmann.ais import anneal
from dgm_studio.families.boltzmann.fully_visible import FullyVisible
from dgm_studio.families.boltzmann.partition import annealed, enumerated, hidden_states
from dgm_studio.families.boltzmann.restricted import Restricted


def machine(size: int, hidden: int, classes: int = 0, seed: int = 0) -> Restricted:
    """A machine with strong couplings, whose units are far from independent."""
    rng = rng_for(seed)
    made = Restricted(size, classes, hidden, gaussian=False, rng=rng).requires_grad_(False)
    made.weight.normal_(0, 0.8, generator=rng)
    made.hidden_level.normal_(0, 1, generator=rng)
    made.level.normal_(0, 1, generator=rng)
    return made


def test_a_gaussian_is_annealed_to_its_known_integral() -> None:
    """From N(0, 1) to exp(-2 (x - 1)^2), whose integral is sqrt(pi / 2)."""

    def log_f(x: torch.Tensor, b: float) -> torch.Tensor:
        return (-(1 - b) * 0.5 * x.square() - 2 * b * (x - 1).square()).sum(-1)

    def move(x: torch.Tensor, b: float, rng: torch.Generator) -> torch.Tensor:
        precision, pull = (1 - b) + 4 * b, 4 * b
        return pull / precision + torch.randn(x.shape, generator=rng) / math.sqrt(precision)

    rng = rng_for(1)
    start = torch.randn(500, 1, generator=rng)
    found = finish(
        anneal(start, 0.5 * math.log(2 * math.pi), lambda x, a, b: log_f(x, b) - log_f(x, a), move, rng, steps=100)
    )
    assert found.log_z == pytest.approx(0.5 * math.log(math.pi / 2), abs=0.02)
    assert found.effective > 400
    assert found.error < 0.03


@pytest.mark.parametrize("seed", range(3))
def test_annealing_agrees_with_the_sum_over_all_hidden_states(seed: int) -> None:
    rbm = machine(36, 12, seed=seed)
    exact = float(finish(enumerated(rbm)).logsumexp(0))
    estimate = float(finish(annealed(rbm, rbm.bias, rng_for(seed, 1), steps=1500, chains=400)).log_z.logsumexp(0))
    assert estimate == pytest.approx(exact, abs=0.03)


def test_one_run_gives_the_sum_of_every_class() -> None:
    rbm = machine(16, 10, classes=3)
    exact = finish(enumerated(rbm))
    estimate = finish(annealed(rbm, rbm.bias, rng_for(2), steps=1000, chains=1000)).log_z
    torch.testing.assert_close(estimate, exact, atol=0.1, rtol=0)


def test_a_full_machine_agrees_with_the_sum_over_all_pictures() -> None:
    rng = rng_for(3)
    full = FullyVisible(10, 2, rng).requires_grad_(False)
    full.weight.normal_(0, 0.7, generator=rng)
    every = hidden_states(10, 0, 2**10, full.bias)
    exact = full.joint(every).logsumexp(0)
    estimate = finish(annealed(full, torch.zeros(12), rng_for(4), steps=300, chains=1000)).log_z
    torch.testing.assert_close(estimate, exact, atol=0.08, rtol=0)


def test_too_few_steps_give_too_small_a_sum() -> None:
    rbm = machine(36, 12)
    exact = float(finish(enumerated(rbm)).logsumexp(0))
    hasty = [
        float(finish(annealed(rbm, 0 * rbm.bias, rng_for(s), steps=3, chains=20)).log_z.logsumexp(0)) for s in range(8)
    ]
    assert sum(hasty) / len(hasty) < exact - 0.1
