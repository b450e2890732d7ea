"""Beside one Gaussian: a Gaussian is as far as itself, data are nearer, and what collapsed is farther."""

from __future__ import annotations

from dataclasses import replace

import torch

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.evaluation.one_gaussian import MEASURE, gaussian_like


def two_blobs(n: int, seed: int) -> torch.Tensor:
    side = torch.randint(2, (n, 1), generator=rng_for(seed)) * 2.0 - 1
    return torch.cat([side, torch.zeros(n, 1)], 1) + 0.1 * torch.randn(n, 2, generator=rng_for(seed, 1))


WHOLE = Evidence(DataSpec((2,)), two_blobs(2000, 1), two_blobs(2000, 2), two_blobs(2000, 3), rng_for(0))


def ratio(samples: torch.Tensor) -> float:
    return finish(MEASURE.work(replace(WHOLE, samples=samples, rng=rng_for(0)))).value


def test_a_gaussian_is_as_far_as_itself() -> None:
    assert abs(ratio(gaussian_like(WHOLE.train, 2000, rng_for(5))) - 1) < 0.3


def test_data_are_nearer_and_a_single_blob_is_farther() -> None:
    assert ratio(two_blobs(2000, 7)) < 0.7
    assert ratio(two_blobs(2000, 7).abs()) > 1.5


def test_draws_have_the_mean_and_the_covariance() -> None:
    x = (
        torch.randn(4000, 3, generator=rng_for(1)) @ torch.tensor([[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
        + 2
    )
    y = gaussian_like(x, 40_000, rng_for(2))
    assert torch.allclose(y.mean(0), x.mean(0), atol=0.05)
    assert torch.allclose(torch.cov(y.T), torch.cov(x.T), atol=0.08)


def test_images_need_features() -> None:
    assert MEASURE.applies(WHOLE)
    assert not MEASURE.applies(replace(WHOLE, spec=DataSpec((1, 8, 8))))
