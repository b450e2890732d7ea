"""The drifting field: by hand, in its limits, and where it vanishes."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.families.implicit.drift_field import drift


def cloud(n: int, seed: int, d: int = 3) -> torch.Tensor:
    return torch.randn(n, d, generator=rng_for(seed), dtype=torch.float64)


def test_by_hand_on_a_line() -> None:
    """x = 0 between data at 1 and -3, and an own sample at 2: attraction by kernel weights, less the way to the sample."""
    x, data, own = torch.tensor([[0.0]]), torch.tensor([[1.0], [-3.0]]), torch.tensor([[2.0]])
    near, far = math.exp(-1 / 2), math.exp(-3 / 2)
    expected = (near * 1 - far * 3) / (near + far) - 2
    assert float(drift(x, data, own, 2.0, both_axes=False)) == pytest.approx(expected, rel=1e-5)


def test_by_hand_over_both_axes() -> None:
    """Two places, one example on each: a datum that one place is far from pulls it by the root of both normalisations."""
    x, data, own = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]]), torch.tensor([[5.0], [6.0]])
    k = torch.exp(-torch.cdist(x, torch.cat([data, own])))
    a = (k / k.sum(1, keepdim=True) * k / k.sum(0)).sqrt()
    to_data, to_own = (part / part.sum(1, keepdim=True) for part in a.split(2, 1))
    torch.testing.assert_close(drift(x, data, own, 1.0), to_data @ data - to_own @ own)


@pytest.mark.parametrize("both_axes", [True, False])
def test_exchanging_data_and_samples_turns_its_sign(both_axes: bool) -> None:
    x, p, q = cloud(20, 0), cloud(30, 1), cloud(25, 2)
    torch.testing.assert_close(drift(x, p, q, 0.7, both_axes=both_axes), -drift(x, q, p, 0.7, both_axes=both_axes))
    assert float(drift(x, p, p, 0.7, both_axes=both_axes).abs().max()) < 1e-12


def test_a_long_radius_moves_all_by_the_difference_of_means_and_a_short_one_to_the_nearest() -> None:
    x, p, q = cloud(20, 0), cloud(30, 1) + 1, cloud(25, 2)
    far = drift(x, p, q, 1e6, both_axes=False)
    torch.testing.assert_close(far, (p.mean(0) - q.mean(0)).expand_as(x), rtol=0, atol=1e-5)
    near = drift(x, p, q, 1e-4, both_axes=False)
    nearest = p[torch.cdist(x, p).argmin(1)] - q[torch.cdist(x, q).argmin(1)]
    torch.testing.assert_close(near, nearest, rtol=0, atol=1e-6)


def test_nobody_repels_itself() -> None:
    """Two samples without data around them but one in their middle: each is repelled by the other alone."""
    x = torch.tensor([[-1.0], [1.0]])
    moved = drift(x, torch.tensor([[0.0]]), x, 0.1, both_axes=False)
    torch.testing.assert_close(moved, torch.tensor([[1.0 - 2.0], [-1.0 + 2.0]]))


def test_classes_know_nothing_of_each_other() -> None:
    x, p, q = cloud(12, 0), cloud(30, 1), cloud(25, 2)
    of_x, of_p, of_q = torch.arange(12) % 2, torch.arange(30) % 2, torch.arange(25) % 2
    whole = drift(x, p, q, 0.5, labels=(of_x, of_p, of_q))
    alone = drift(x[of_x == 1], p[of_p == 1], q[of_q == 1], 0.5)
    torch.testing.assert_close(whole[of_x == 1], alone)
    nobody = drift(x, p, q, 0.5, labels=(of_x, of_p + 5, of_q + 7))
    assert bool((nobody == 0).all())


def test_without_repulsion_what_is_left_is_mean_shift() -> None:
    x, p, q = cloud(20, 0), cloud(30, 1), cloud(25, 2)
    weights = torch.softmax(-torch.cdist(x, p) / 0.8, 1)
    torch.testing.assert_close(drift(x, p, q, 0.8, repulsion=0.0, both_axes=False), weights @ p - x)
