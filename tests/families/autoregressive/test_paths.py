"""The autoregressive model of paths: exact densities, draws that follow them, and what is given."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Batch, ContextSlot, DataSpec, Model, Steer, finish, rng_for, trajectory
from dgm_studio.contract.context import encoded
from dgm_studio.families.autoregressive.autoregressive import FAMILY, Config
from dgm_studio.families.autoregressive.paths import PathModel
from dgm_studio.nets.mixture_sequence import MixtureSequence
from dgm_studio.nets.pca import slow_waves

SIZE, GIVEN = 6, 2
SIDE = (ContextSlot("side", -1.0, 1.0),)


@pytest.fixture
def net() -> MixtureSequence:
    torch.manual_seed(0)
    return MixtureSequence(SIZE, GIVEN, 3, 24, 2).double()


def numbers(n: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    drawn = torch.randn(n, SIZE + GIVEN, generator=rng_for(seed)).double()
    return drawn[:, :SIZE], drawn[:, SIZE:]


def test_each_number_knows_those_before_it_and_what_is_given(net: MixtureSequence) -> None:
    x, given = numbers(5)
    for part in ("log_weight", "mean", "log_sigma"):

        def of(x: Tensor, given: Tensor, part: str = part) -> Tensor:
            values: Tensor = getattr(net.mixtures(x[None], given[None]), part)
            return values[0].sum(-1) if part == "mean" else values[0, :, 0]

        by_x, by_given = torch.func.jacrev(of, (0, 1))(x[0], given[0])
        assert torch.equal(by_x.triu(), torch.zeros_like(by_x))
        assert bool((by_x.tril(-1)[1:].abs().sum(1) > 0).all())
        assert bool((by_given.abs().sum(1) > 0).all())


def test_one_place_alone_has_the_mixture_that_all_at_once_give(net: MixtureSequence) -> None:
    x, given = numbers(7)
    whole = net.mixtures(x, given)
    for place in range(SIZE):
        alone = net.mixture_at(place, x, given)
        assert torch.allclose(alone.mean, whole.mean[:, place])
        assert torch.allclose(alone.log_sigma, whole.log_sigma[:, place])
        assert torch.allclose(alone.log_weight, whole.log_weight[:, place])


def model_of(spec: DataSpec, steps: int) -> Model:
    """Paths that bend up or down, by a coin or as the context says, from a start that varies."""
    model = FAMILY.build(Config(width=64), spec, rng_for(0))
    for i in range(steps):
        x, side = bends(256, i)
        model.train_step(Batch.of(x, side if spec.context else None), rng_for(2, i))
    return model


def bends(n: int, seed: int) -> tuple[Tensor, Tensor]:
    rng = rng_for(3, seed)
    side = torch.randint(2, (n, 1), generator=rng) * 2.0 - 1
    along = torch.linspace(-1, 1, 5)
    bend = (0.8 + 0.1 * torch.randn(n, 1, generator=rng)) * side * (1 - along.square())
    x = torch.stack([along + 0.1 * torch.randn(n, 1, generator=rng), bend], -1)
    return x + 0.02 * torch.randn(x.shape, generator=rng), encoded(SIDE, {"side": side[:, 0]})


def test_the_density_integrates_to_one_and_waves_change_no_volume() -> None:
    torch.manual_seed(0)
    pair = MixtureSequence(2, 1, 3, 16, 1)
    axis = (torch.arange(200) + 0.5) / 200 * 12 - 6
    places = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        for given in (-1.0, 0.5):
            mass = pair.log_density(places, torch.full((len(places), 1), given)).exp().sum() * 0.06**2
            assert float(mass) == pytest.approx(1, abs=1e-3)
    waves = slow_waves((16,), 16)
    assert torch.allclose(waves.T @ waves, torch.eye(16), atol=1e-5)


def test_draws_follow_the_conditionals_that_the_density_is_made_of() -> None:
    """By the distribution functions every number of a draw is standard normal, and none knows of another (Rosenblatt 1952)."""
    model = model_of(DataSpec((5, 2)), 30)
    assert isinstance(model, PathModel)
    n = 4000
    density = model.abilities().log_density
    assert density is not None
    assert density.kind == "exact"
    sampler = model.abilities().samplers["ancestral"]
    frames = finish(trajectory(sampler, n, Steer(), 4))
    assert [frame.t for frame in frames] == pytest.approx([k / 5 for k in range(6)])
    waves = (slow_waves((5,), 5).T @ frames[-1].x).flatten(1)
    mixtures = model.learner.shown.mixtures(waves, waves.new_zeros(n, 0))
    one = type(mixtures)(*(getattr(mixtures, k).flatten(0, 1) for k in ("log_weight", "mean", "log_sigma")))
    z = one.quantile_of(waves.flatten()).view(n, 10)
    away = 6 / math.sqrt(n)
    assert float(z.mean(0).abs().max()) < away
    assert float((z.T @ z / n - torch.eye(10)).abs().max()) < away * math.sqrt(2)


def test_both_sides_are_drawn_and_the_one_that_is_given() -> None:
    model = model_of(DataSpec((5, 2), context=SIDE), 250)
    sampler = model.abilities().samplers["ancestral"]

    def share_above(given: float | None) -> float:
        told = torch.zeros(400, 2) if given is None else encoded(SIDE, {"side": torch.full((400,), given)})
        x = finish(trajectory(sampler, 400, Steer(label=told), 5))[-1].x
        return float((x[:, 2, 1] > 0).float().mean())

    assert share_above(1.0) > 0.9
    assert share_above(-1.0) < 0.1
    assert 0.25 < share_above(None) < 0.75


def test_paths_that_are_too_long_are_refused() -> None:
    assert "up to 256 numbers" in str(FAMILY.refuses(DataSpec((200, 2))))
