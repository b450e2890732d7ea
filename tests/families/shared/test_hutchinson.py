"""The estimated density of an ODE: unbiased, with an honest error."""

from __future__ import annotations

import torch

from dgm_studio.contract import finish, rng_for
from dgm_studio.families.shared.hutchinson import estimate
from dgm_studio.families.shared.ode import ode_density

TURN = torch.tensor([[0.3, 0.8, -0.2], [-0.5, 0.1, 0.4], [0.6, -0.7, -0.2]], dtype=torch.float64)


def velocity(x, t, label):
    """Bends and turns (n, 3) or (n, 1, 1, 3)."""
    return (torch.sin(x + t) @ TURN).view_as(x)


def test_estimates_agree_with_the_exact_density_within_their_error():
    x = torch.randn(40, 3, generator=rng_for(1), dtype=torch.float64)
    exact = ode_density(velocity, 16, 1.0, 3)(x)
    nats, error = finish(estimate(velocity, x.view(40, 1, 1, 3), None, 16, 200, rng_for(2)))
    off = (nats - exact) / error
    assert 0.6 < float(off.square().mean().sqrt()) < 1.5
    assert float((nats - exact).abs().max()) < 0.3


def test_more_probes_shrink_the_error_by_their_root():
    x = torch.randn(60, 3, generator=rng_for(1), dtype=torch.float64)
    few, many = (float(finish(estimate(velocity, x, None, 8, k, rng_for(3)))[1].mean()) for k in (20, 180))
    assert 2.5 < few / many < 3.6


def test_noise_may_have_its_own_deviation_in_every_direction():
    x = torch.randn(50, 3, generator=rng_for(1), dtype=torch.float64)
    std = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)

    def still(x, t, label):
        return torch.zeros_like(x) * x

    nats, error = finish(estimate(still, x, None, 2, 2, rng_for(3), std))
    expected = torch.distributions.Normal(torch.zeros(3, dtype=torch.float64), std).log_prob(x).sum(1)
    torch.testing.assert_close(nats, expected)
    assert float(error.abs().max()) == 0
