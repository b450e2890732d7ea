"""The estimated density of an ODE: unbiased, with an honest error."""

from __future__ import annotations

import torch

from dgm_studio.contract import finish, rng_for
from dgm_studio.families._hutchinson import estimate, estimated_density
from dgm_studio.families._ode import ode_density

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


def test_the_same_pictures_get_the_same_estimate():
    x = torch.randn(20, 3, generator=rng_for(1), dtype=torch.float64)
    density = estimated_density(velocity, 8)
    assert density.kind == "estimate"
    with torch.inference_mode():
        assert torch.equal(density(x), density(x))
