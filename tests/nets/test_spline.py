"""Rational-quadratic splines against an independent implementation and their own laws."""

from __future__ import annotations

import torch
from zuko.transforms import MonotonicRQSTransform

from dgm_studio.contract import rng_for
from dgm_studio.nets.spline import derivative_of, knots_and_derivatives, spline, spline_size

BOUND = 4.0


def raw_parameters(n: int, bins: int = 8, spread: float = 2.0) -> torch.Tensor:
    return spread * torch.randn(n, spline_size(bins), generator=rng_for(0), dtype=torch.float64)


def numbers(n: int) -> torch.Tensor:
    return torch.linspace(-6, 6, n, dtype=torch.float64)


def test_values_derivatives_and_inverse_agree_with_zuko() -> None:
    raw, x = raw_parameters(2000), numbers(2000)
    oracle = MonotonicRQSTransform(raw[:, :8], raw[:, 8:16], raw[:, 16:], bound=BOUND)
    knots, derivatives = knots_and_derivatives(raw, BOUND)
    oracle.horizontal, oracle.vertical, oracle.derivatives = knots[:, 0], knots[:, 1], derivative_of(derivatives)
    y, log_derivative = spline(x, raw, BOUND)
    theirs, their_derivative = oracle.call_and_ladj(x)
    torch.testing.assert_close(y, theirs, rtol=0, atol=1e-9)
    torch.testing.assert_close(log_derivative, their_derivative, rtol=0, atol=1e-9)
    torch.testing.assert_close(spline(x, raw, BOUND, inverse=True)[0], oracle.inv(x), rtol=0, atol=1e-9)


def test_inverse_undoes_values_and_derivatives() -> None:
    raw, x = raw_parameters(2000, spread=3.0), numbers(2000)
    y, there = spline(x, raw, BOUND)
    back, again = spline(y, raw, BOUND, inverse=True)
    torch.testing.assert_close(back, x, rtol=0, atol=1e-6)
    torch.testing.assert_close(there + again, torch.zeros_like(x), rtol=0, atol=1e-6)


def test_the_derivative_is_that_of_the_values() -> None:
    raw = raw_parameters(500)
    x = numbers(500).requires_grad_()
    y, log_derivative = spline(x, raw, BOUND)
    (derivative,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(log_derivative.exp(), derivative, rtol=1e-6, atol=1e-9)


def test_is_the_identity_outside_and_for_zero_parameters() -> None:
    x = numbers(101)
    y, log_derivative = spline(x, torch.zeros(101, spline_size(16), dtype=torch.float64), BOUND)
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(log_derivative, torch.zeros_like(x))
    outside = torch.tensor([-9.0, 4.0, 7.5], dtype=torch.float64)
    assert torch.equal(spline(outside, raw_parameters(3), BOUND)[0], outside)


def test_rises_everywhere() -> None:
    raw = raw_parameters(1, spread=4.0).expand(1000, -1)
    assert bool((spline(numbers(1000), raw, BOUND)[0].diff() > 0).all())
