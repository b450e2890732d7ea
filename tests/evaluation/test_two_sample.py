"""Telling two sets apart."""

from __future__ import annotations

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.evaluation.shared.tell_apart import by_networks, right_halves
from dgm_studio.evaluation.two_sample import MEASURE, by_neighbours


def normal(n: int, seed: int, size: int = 2) -> torch.Tensor:
    return torch.randn(n, size, generator=rng_for(seed))


def told(samples: torch.Tensor, size: int) -> tuple[float, float, str]:
    n = len(samples)
    e = Evidence(DataSpec((size,)), samples, normal(n, 2, size), normal(n, 3, size), rng_for(0))
    found = finish(MEASURE.work(e))
    return found.value, found.error, MEASURE.say(found)


@pytest.mark.parametrize("size", [2, 64])
def test_equal_sets_cannot_be_told_apart(size: int) -> None:
    value, error, said = told(normal(700, 1, size), size)
    assert abs(value - 0.5) < 3 * error
    assert "cannot tell" in said


@pytest.mark.parametrize("scale", [0.8, 1.25])
def test_sets_of_different_density_are_told_apart_in_many_dimensions(scale: float) -> None:
    """There nearly all nearest neighbours belong to the denser set: their majority says nothing."""
    value, error, said = told(scale * normal(700, 1, 64), 64)
    assert value > 0.6 > 0.5 + 5 * error
    assert "are told from" in said


def test_networks_see_what_neighbours_do_not() -> None:
    """A shift along one coordinate of many drowns in the distances."""
    data, samples = normal(700, 3, 64), normal(700, 1, 64)
    samples[:, 7] += 2
    assert finish(by_neighbours(samples, data)) < 0.73
    assert finish(by_networks([(samples, data)], rng_for(0)))[0] > 0.77


def test_strangers_are_told_apart_with_certainty() -> None:
    value, error, _ = told(normal(300, 1) + 20, 2)
    assert value == 1.0
    assert error > 0


def test_telling_apart_is_leave_one_out_neighbours() -> None:
    x, y = normal(60, 0), normal(60, 1) + 0.7
    both = torch.cat([x, y])
    both = ((both - both.mean(0)) / both.std(0)).numpy()
    label = [0] * 60 + [1] * 60
    scores = []
    for i in range(120):
        rest = [j for j in range(120) if j != i]
        votes = KNeighborsClassifier(15).fit(both[rest], [label[j] for j in rest]).predict_proba(both[i : i + 1])
        scores.append(float(votes[0, 1]))
    found = torch.tensor(scores, dtype=torch.double)
    assert finish(by_neighbours(x, y)) == pytest.approx(right_halves(found[:60], found[60:]))


def test_halves_are_right_whatever_the_level_and_ties_are_chance() -> None:
    low, high = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0.95, 0.97, 0.99])
    assert right_halves(low, high) == 1
    assert right_halves(high, low) == 0
    assert right_halves(torch.ones(5), torch.ones(5)) == 0.5
