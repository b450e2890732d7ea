"""Measures of training and of what goes through the latents, against closed forms."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.evaluation import distortion, late_loss


@pytest.mark.parametrize("stride", [1, 8])
def test_late_spread_is_that_of_a_step_around_the_trend_whatever_the_curve_averages(stride: int) -> None:
    """A slope and noise of 0.3; the deviation of n independent steps is known to 1 in sqrt(2 n), five of which are allowed."""
    n = 4000
    steps = torch.arange(1.0, n * stride + 1, dtype=torch.double)
    noise = 0.3 * torch.randn(len(steps), generator=rng_for(stride)).double()
    loss = 5 - 4 * steps / len(steps) + noise
    curve = loss.reshape(-1, stride).mean(1)
    deviation, error = late_loss.late_spread(steps[stride - 1 :: stride], curve)
    assert abs(deviation - 0.3) < 5 * error
    assert error == pytest.approx(0.3 / (2 * (n // 4 - 2)) ** 0.5, rel=0.2)


def test_a_curve_of_a_few_points_has_no_late_spread() -> None:
    x = torch.zeros(4, 2)
    few = Evidence(DataSpec((2,)), x, x, x, rng_for(0), losses=(torch.arange(20.0), torch.zeros(20)))
    assert not late_loss.MEASURE.applies(few)


def test_distortion_is_what_was_added_and_the_mean_alone_loses_one_deviation() -> None:
    x = torch.randn(4000, 5, generator=rng_for(0))
    noise = 0.2 * torch.randn(4000, 5, generator=rng_for(1))
    for back, expected in ((x, 0.0), (x + noise, 0.2), (torch.zeros_like(x), 1.0)):
        found = finish(distortion.MEASURE.work(Evidence(DataSpec((5,)), x, x, x, rng_for(0), brought_back=back)))
        assert found.value == pytest.approx(expected, abs=5 * found.error + 1e-9)
