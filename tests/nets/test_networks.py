"""Networks: shapes, one time for many, classes and no class, the same weights from the same seed."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.nets.mlp import FourierFeatures, PointNet, ResidualMLP, mlp
from dgm_studio.nets.unet import UNet


def networks(classes):
    return {
        "point": (PointNet(2, 32, 2, 8, 1.5, classes, 5, rng_for(1)), (2,)),
        "residual": (ResidualMLP(12, 32, 2, classes, 6, rng_for(1)), (12,)),
        "u-net": (UNet((3, 17, 20), 16, 1, classes, rng_for(1)), (3, 17, 20)),
        "u-net on little": (UNet((1, 3, 2), 16, 2, classes, rng_for(1)), (1, 3, 2)),
    }


@pytest.fixture(params=["point", "residual", "u-net", "u-net on little"])
def name(request):
    return request.param


def wake(net):
    """Untrained networks answer zero; move every weight a little."""
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.add_(0.1 * torch.randn(p.shape, generator=rng_for(2, i)))
    return net


def test_starts_at_zero_and_keeps_the_shape(name):
    net, shape = networks(0)[name]
    x = torch.randn(3, *shape)
    assert torch.equal(net(x, torch.zeros(3)), torch.zeros_like(x))


def test_one_time_serves_all_rows(name):
    net, shape = networks(4)[name]
    wake(net)
    x, label = torch.randn(3, *shape), torch.tensor([0, -1, 3])
    assert torch.allclose(net(x, torch.tensor([0.3]), label), net(x, torch.full((3,), 0.3), label), atol=1e-5)


def test_no_label_is_the_same_as_no_class_in_every_row(name):
    net, shape = networks(4)[name]
    wake(net)
    x, t = torch.randn(3, *shape), torch.tensor([0.3])
    nobody = net(x, t, torch.full((3,), -1))
    assert torch.allclose(net(x, t), nobody, atol=1e-5)
    assert not torch.allclose(net(x, t, torch.zeros(3, dtype=torch.long)), nobody, atol=1e-4)


def test_same_seed_same_weights(name):
    a, b = networks(2)[name][0].state_dict(), networks(2)[name][0].state_dict()
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_a_gradient_reaches_every_weight(name):
    net, shape = networks(2)[name]
    wake(net)
    net(torch.randn(8, *shape), torch.rand(8), torch.tensor([0, 1, -1, 0, 1, -1, 0, 1])).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_fourier_features_have_unit_mean_square():
    x = 3 * torch.randn(4000, 2, generator=rng_for(1))
    assert float(FourierFeatures(2, 16, 2.0, rng_for(2))(x).square().mean()) == pytest.approx(1.0, rel=1e-4)


def test_plain_mlp_has_the_layers_it_was_asked_for():
    net = mlp([3, 8, 8, 2], "tanh")
    assert net(torch.zeros(5, 3)).shape == (5, 2)
    assert sum(isinstance(m, torch.nn.Tanh) for m in net) == 2
    with pytest.raises(ValueError, match="choose one of"):
        mlp([2, 3, 2], "swoosh")
    with pytest.raises(ValueError, match="at least"):
        mlp([2])
