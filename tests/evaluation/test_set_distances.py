"""Distances between sets against closed forms and libraries."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import wasserstein_distance
from sklearn.metrics import pairwise_distances

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.evaluation import (
    divergence,
    frechet,
    kernel_distances,
    precision_recall,
    sliced_wasserstein,
    two_sample,
    wasserstein,
)
from dgm_studio.evaluation.kernel_distances import gaussians
from dgm_studio.evaluation.shared.conditional import Conditional
from dgm_studio.evaluation.shared.conditional import wasserstein as from_law


def discrepancy(kernel: kernel_distances.Kernel, x: torch.Tensor, y: torch.Tensor) -> float:
    return finish(kernel_distances.discrepancy(kernel, x, y))[0]


def normal(n: int, seed: int, size: int = 2) -> torch.Tensor:
    return torch.randn(n, size, generator=rng_for(seed))


def test_wasserstein_of_a_shift_is_its_length() -> None:
    x = normal(200, 0)
    assert wasserstein.wasserstein2(x, x[torch.randperm(200, generator=rng_for(1))] + torch.tensor([3.0, 4.0])) == (
        pytest.approx(5, rel=1e-6)
    )


def test_wasserstein_on_a_line_is_sorting() -> None:
    x, y = normal(100, 0, 1), 2 * normal(100, 1, 1) + 1
    expected = (x.sort(0).values - y.sort(0).values).square().mean().sqrt()
    assert wasserstein.wasserstein2(x, y) == pytest.approx(float(expected), rel=1e-6)


def test_energy_distance_is_that_of_its_definition() -> None:
    x, y = normal(60, 0), normal(60, 1) + 1
    across, xx, yy = (pairwise_distances(a, b) for a, b in ((x, y), (x, x), (y, y)))
    n = 60 * 59
    expected = 2 * across.mean() - xx.sum() / n - yy.sum() / n
    assert discrepancy(kernel_distances.nearness, x, y) == pytest.approx(float(expected), abs=1e-5)


def test_mmd_between_gaussians_is_its_closed_form() -> None:
    """For N(0, I) against N(m, I) in d dimensions and width w: 2 (w^2/(w^2+2))^(d/2) (1 - exp(-m^2 / (2 (w^2+2))))."""
    shift, width = 1.0, 1.5
    x, y = normal(4000, 0), normal(4000, 1)
    y[:, 0] += shift
    s = width**2 + 2
    expected = 2 * (width**2 / s) * (1 - math.exp(-(shift**2) / (2 * s)))
    assert discrepancy(gaussians([width]), x, y) == pytest.approx(expected, rel=0.12)  # about two standard errors
    assert abs(discrepancy(gaussians([width]), x, normal(4000, 2))) < 2e-3


def test_frechet_between_known_gaussians() -> None:
    x = normal(20000, 0, 3)
    y = 2 * normal(20000, 1, 3) + torch.tensor([1.0, 0.0, 0.0])
    # |m|^2 + sum (1 - 2)^2 over three dimensions
    assert frechet.frechet_squared(x, y) == pytest.approx(1 + 3, rel=0.03)
    assert frechet.frechet_squared(x, x) == pytest.approx(0, abs=1e-6)


def test_divergences_between_gaussians_by_quadrature() -> None:
    axis = (torch.arange(240, dtype=torch.double) + 0.5) / 240 * 16 - 8
    p = torch.distributions.Normal(0.0, 1.0).log_prob(axis)
    q = torch.distributions.Normal(1.0, 2.0).log_prob(axis)
    area = torch.full((240,), 16 / 240)
    assert divergence.forward_kl(p, q, area) == pytest.approx(math.log(2) + 2 / 8 - 0.5, abs=2e-3)
    assert divergence.reverse_kl(p, q, area) == pytest.approx(-math.log(2) + 5 / 2 - 0.5, abs=2e-2)
    shifted = torch.distributions.Normal(1.0, 1.0).log_prob(axis)
    expected = math.erf(0.5 / math.sqrt(2))
    assert divergence.total_variation(p, shifted, area) == pytest.approx(expected, abs=1e-3)


def test_density_sees_crowding_and_coverage_missing_modes() -> None:
    data = torch.cat([normal(300, 0), normal(300, 1) + 20])
    each, _, covered = precision_recall.within_balls(normal(600, 2), data)
    assert float(covered[:300].float().mean()) > 0.9
    assert not covered[300:].any()
    assert float(each.mean()) == pytest.approx(1, abs=0.15)
    lost, *_ = precision_recall.within_balls(torch.cat([normal(300, 2), normal(300, 3) + 60]), data)
    assert float(lost.mean()) == pytest.approx(0.5, abs=0.1)


def test_the_anchor_of_equal_gaussians_in_many_dimensions() -> None:
    """Equal distributions do not give 1 (Naeem et al. 2020, README: density 1.06, coverage 0.97 at 10,000 x 1000)."""
    x, y = normal(1500, 0, 64), normal(1500, 1, 64)
    each, _, covered = precision_recall.within_balls(x, y)
    assert 0.9 < float(each.mean()) < 1.1
    assert float(covered.float().mean()) > 0.9


def test_the_floor_of_every_distance_is_that_of_fresh_data() -> None:
    e = Evidence(DataSpec((2,)), normal(500, 1), normal(500, 2), normal(500, 3), rng_for(0))
    for module in (wasserstein, two_sample):
        found = finish(module.MEASURE.work(e))
        assert found.floor is not None
        assert found.value == pytest.approx(found.floor, abs=0.12)


def test_the_distance_of_samples_from_a_law_is_that_of_scipy() -> None:
    law = Conditional(torch.linspace(-3, 3, 400, dtype=torch.float64), torch.softmax(normal(400, 5)[:, 0].double(), 0))
    samples = 1.5 * normal(90, 6)[:, 0]
    expected = wasserstein_distance(samples.double().numpy(), law.at.numpy(), None, law.weight.numpy())
    assert from_law(samples, law) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("spec", "unit"), [(DataSpec((2,)), "standard deviations"), (DataSpec((1, 8, 8), value_range=(-1, 1)), "")]
)
def test_a_distance_between_points_says_that_it_counts_standard_deviations(spec: DataSpec, unit: str) -> None:
    x = torch.randn(3, 60, *spec.event, generator=rng_for(0))
    found = sliced_wasserstein.compute(Evidence(spec, x[0], x[1], x[2], rng_for(1)))
    assert found.unit == unit
