"""Densities and flows of our families against zuko and torchdiffeq, in double precision."""

from __future__ import annotations

import math

import pytest
import torch
import torchdiffeq
from zuko.distributions import DiagNormal
from zuko.transforms import (
    AutoregressiveTransform,
    CouplingTransform,
    DependentTransform,
    MonotonicAffineTransform,
    MonotonicRQSTransform,
)

from dgm_studio.contract import DataSpec, finish, rng_for
from dgm_studio.families.diffusion.flow_matching import Config, FlowMatching
from dgm_studio.families.flow.autoregressive_layer import Autoregressive
from dgm_studio.families.flow.couplings import BOUND, Coupling
from dgm_studio.families.flow.layouts import plain_flow
from dgm_studio.families.shared.ode import ode_density, ode_latent
from dgm_studio.nets.spline import derivative_of, knots_and_derivatives
from dgm_studio.samplers.path import Direct

CLOSE = 1e-4


def points(n, seed):
    return 1.5 * torch.randn(n, 2, generator=rng_for(seed), dtype=torch.float64)


def flow_net(kind):
    """An untrained flow with weights far from the identity."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = plain_flow(kind, (2,), 0, 4, 16, 8, 128).double()
    with torch.no_grad():
        for i, parameter in enumerate(net.parameters()):
            noise = torch.randn(parameter.shape, generator=rng_for(2, i), dtype=torch.float64)
            parameter.add_(0.3 * noise)
    return net


def spline_of(raw):
    """Their spline with our way from raw numbers to knots: everything after the knots is theirs."""
    theirs = MonotonicRQSTransform(raw[..., :8], raw[..., 8:16], raw[..., 16:], bound=BOUND)
    knots, raw_derivatives = knots_and_derivatives(raw, BOUND)
    theirs.horizontal, theirs.vertical, theirs.derivatives = (
        knots[..., 0, :],
        knots[..., 1, :],
        derivative_of(raw_derivatives),
    )
    return theirs


def affine_of(raw):
    """Their affine map, which bounds its scale in another way, with the scale that ours has after bounding."""
    theirs = MonotonicAffineTransform(raw[..., 1], raw[..., 0])
    theirs.log_scale = 3.0 * torch.tanh(raw[..., 0] / 3.0)
    theirs.scale = theirs.log_scale.exp()
    return theirs


def of_zuko(layer: Coupling | Autoregressive):
    """Their coupling, or their autoregressive transform, with the network of ours."""
    if isinstance(layer, Autoregressive):
        return AutoregressiveTransform(lambda x: DependentTransform(spline_of(raw_of(layer, x)), 1), passes=2)
    mask = torch.ones(2, dtype=torch.bool)
    mask[layer.active] = False
    bend = spline_of if layer.kind == "spline" else affine_of

    def meta(passive):
        return DependentTransform(bend(layer.conditioner(passive).view(len(passive), -1, layer.each)), 1)

    return CouplingTransform(meta, mask)


def raw_of(layer: Autoregressive, x):
    """Raw numbers (n, 2, each) of our masked network for every number in its own place, each from those before it alone."""
    raw = []
    for place in range(2):
        before = x[:, layer.order] * (torch.arange(2) < place)
        hidden = layer.hidden(before, x.new_zeros(len(x), 0))
        raw.append(hidden @ (layer.leave[place] * layer.ready[place]).T + layer.bias[place])
    return torch.stack(raw, 1)[:, layer.order.argsort()]


@pytest.mark.parametrize("kind", ["spline", "realnvp", "autoregressive"])
def test_a_flow_has_the_density_and_the_inverse_that_zuko_gives_it(kind):
    net, x = flow_net(kind), points(400, 1)
    ours = net.log_density(x, x.new_zeros(400, 0))
    theirs, z = torch.zeros(400, dtype=torch.float64), x
    for layer in net.layers:
        z, volume = of_zuko(layer).call_and_ladj(z)
        theirs = theirs + volume
    base = DiagNormal(torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(ours, theirs + base.log_prob(z), rtol=0, atol=CLOSE)
    back = z
    for layer in reversed(net.layers):
        back = of_zuko(layer).inv(back)
    torch.testing.assert_close(net.decode(z, z.new_zeros(400, 0)), back, rtol=0, atol=CLOSE)


@pytest.fixture(scope="module")
def velocity():
    """That of a flow-matching model with weights of some size, smooth enough for a reference in double precision."""
    model = FlowMatching(Config(width=32, features=8, feature_std=0.5), DataSpec((2,)), rng_for(0))
    shown = model.net.learner.shown.double()
    with torch.no_grad():
        for i, parameter in enumerate(shown.parameters()):
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=rng_for(1, i), dtype=torch.float64))
    return model.velocity


def solved(f, y, start, end):
    when = torch.tensor([start, end], dtype=torch.float64)
    return torchdiffeq.odeint(f, y, when, rtol=1e-7, atol=1e-7)


def test_latents_of_a_velocity_are_those_of_torchdiffeq(velocity):
    z = points(100, 3)
    latent = ode_latent(velocity, Direct((2,)), 32, torch.ones((), dtype=torch.float64))
    theirs = solved(lambda t, x: velocity(x, float(t), None), z, 0.0, 1.0)[-1]
    assert (theirs - z).abs().max() > 0.1
    torch.testing.assert_close(finish(latent.decode(z, None)), theirs, rtol=0, atol=CLOSE)
    torch.testing.assert_close(finish(latent.encode(theirs, None)), z, rtol=0, atol=CLOSE)


def test_the_density_of_a_velocity_is_that_of_torchdiffeq(velocity):
    """The trace of the Jacobian, taken by them from the whole Jacobian, carried beside the point."""

    def augmented(t, y):
        x = y[:, :2]
        jacobian = torch.func.vmap(torch.func.jacrev(lambda p: velocity(p[None], float(t), None)[0]))(x)
        trace = jacobian.diagonal(dim1=1, dim2=2).sum(1, keepdim=True)
        return torch.cat((velocity(x, float(t), None), trace), 1)

    x = points(20, 4)
    y = solved(augmented, torch.cat((x, x.new_zeros(20, 1)), 1), 1.0, 0.0)[-1].detach()
    theirs = -0.5 * y[:, :2].square().sum(1) - math.log(2 * math.pi) + y[:, 2]
    ours = ode_density(velocity, 64, 1.0, 2)(x)
    torch.testing.assert_close(ours.detach(), theirs, rtol=0, atol=CLOSE)
