"""The quadtree: cells sum to one at every level, conditionals are those of the joint, and pictures come in scales."""

from __future__ import annotations

import itertools
import math
from functools import cache

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Model, Rng, Settings, Steer, finish, rng_for, trajectory
from dgm_studio.families.autoregressive.quadtree import FAMILY, Config
from dgm_studio.families.autoregressive.quadtree_cells import CellNet, leaning, log_volume, middle_of, squeeze, stretch
from dgm_studio.families.autoregressive.quadtree_scales import scales
from dgm_studio.families.autoregressive.quadtree_walks import column

POINTS = DataSpec((2,))
CLASSED = DataSpec((2,), classes=("a", "b"))
TINY = DataSpec((1, 2, 2), levels=3, value_range=(-1, 1))


def moons(n: int, rng: Rng) -> Batch:
    label = torch.randint(2, (n,), generator=rng)
    angle = math.pi * torch.rand(n, generator=rng)
    arc = torch.stack([angle.cos(), angle.sin()], -1)
    x = torch.where(label[:, None] == 1, torch.tensor([1.0, 0.5]) - arc, arc) - torch.tensor([0.5, 0.25])
    return Batch.of(x / 0.7 + 0.15 * torch.randn(n, 2, generator=rng), label)


@cache
def learned(spec: DataSpec = POINTS) -> Model:
    model = FAMILY.build(Config(depth=5, width=32), spec, rng_for(0))
    for i in range(60):
        model.train_step(moons(256, rng_for(1, i)), rng_for(2, i))
    return model


def wild(classes: int = 0, levels: int = 4) -> CellNet:
    """A network that says something different of every cell."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        net = CellNet(levels, classes, 32, 2).double()
        torch.nn.init.normal_(net.body.last.weight, std=0.8)
    return net


def over_the_square(net: CellNet, given: torch.Tensor, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Middles (side^2, 2) of a grid of the square and the density there: the mean over each, where it divides the cells."""
    u = middle_of(torch.cartesian_prod(torch.arange(side), torch.arange(side)), int(math.log2(side))).double()
    x = stretch(u)
    return u, (net.log_density(x, given.expand(len(x), -1)) - log_volume(x)).exp()


def test_the_density_is_one_in_all_whatever_the_network_says() -> None:
    net = wild()
    with torch.no_grad():
        _, p = over_the_square(net, torch.zeros(1, 0, dtype=torch.float64), 64)
    # linear within cells, so that the middle of each part of a cell has its mean
    assert float(p.mean()) == pytest.approx(1, abs=1e-6)
    assert float(p.max() / p.min()) > 10


def test_what_a_cell_holds_is_the_product_of_its_shares() -> None:
    net, given = wild(), torch.zeros(1, 0, dtype=torch.float64)
    with torch.no_grad():
        u, p = over_the_square(net, given, 64)
        first = net.shares(0, torch.zeros(1, 2, dtype=torch.long), given).exp()[0]
        for child, (i, j) in enumerate(itertools.product((0, 1), (0, 1))):
            here = ((u[:, 0] > 0.5) == bool(i)) & ((u[:, 1] > 0.5) == bool(j))
            assert float(p[here].mean()) / 4 == pytest.approx(float(first[child]), rel=1e-6)


def test_leaning_inverts_the_distribution_function() -> None:
    share = torch.linspace(0, 1, 21, dtype=torch.float64)[:, None]
    for lean in (-0.98, -0.3, 0.0, 1e-9, 0.5, 0.98):
        s = leaning(torch.full_like(share, lean), share)
        torch.testing.assert_close((s + 1) / 2 + lean * (s.square() - 1) / 4, share, rtol=0, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_column_is_the_law_of_the_other_coordinate(axis: int) -> None:
    net = wild(classes=2)
    known = torch.tensor([0.13, 0.61], dtype=torch.float64)
    given = torch.eye(2, dtype=torch.float64)
    log_p = column(net, known, axis, given)
    fine = 16 * 8
    other = (torch.arange(fine, dtype=torch.float64) + 0.5) / fine
    for row in range(2):
        u = torch.stack((known[row].expand(fine), other) if axis == 0 else (other, known[row].expand(fine)), 1)
        x = stretch(u)
        with torch.no_grad():
            p = (net.log_density(x, given[row].expand(fine, -1)) - log_volume(x)).exp().view(16, 8).mean(1)
        torch.testing.assert_close((log_p[row] - log_p[row].logsumexp(0)).exp(), p / p.sum(), rtol=1e-6, atol=1e-9)


def test_squeezing_is_undone_by_stretching() -> None:
    x = torch.linspace(-4, 4, 50, dtype=torch.float64)
    torch.testing.assert_close(stretch(squeeze(x)), x)


def test_samples_fall_into_quarters_as_often_as_the_shares_say() -> None:
    abilities = learned().abilities()
    sampler = abilities.samplers["coarse-to-fine"]
    frames = finish(trajectory(sampler, 20_000, Steer(), 0))
    assert len(frames) == 7
    density = abilities.log_density
    assert density is not None
    side = (torch.arange(128) + 0.5) / 128 * 8 - 4
    grid = torch.cartesian_prod(side, side)
    p = density(grid).exp() * (8 / 128) ** 2
    for here in (lambda x: (x[:, 0] > 0) & (x[:, 1] > 0), lambda x: x[:, 0] > 0.7, lambda x: x.norm(dim=1) < 0.8):
        mass = float(p[here(grid)].sum())
        error = math.sqrt(mass * (1 - mass) / 20_000)
        assert float(here(frames[-1].x).float().mean()) == pytest.approx(mass, abs=6 * error + 0.01)
    # a coarser frame shows the middle of the cell that the sample ends in
    assert bool((frames[1].x.sign() == frames[-1].x.sign()).all())


def test_the_known_coordinate_leaves_the_other_its_law() -> None:
    """Of two moons at x1 = 0.5 the other coordinate has two heaps; their share is that of the density along the line."""
    abilities = learned().abilities()
    density, sampler = abilities.log_density, abilities.methods["conditional"].sampler
    assert density is not None
    n = 8000
    mask = Mask(torch.tensor([0.3, 0.0]), torch.tensor([0.0, 1.0]))
    x = finish(trajectory(sampler, n, Steer(condition=mask), 0))[-1].x
    assert bool((x[:, 0] == torch.tensor(0.3)).all())
    at = torch.linspace(-5, 5, 4001)
    p = density(torch.stack((torch.full_like(at, 0.3), at), 1)).exp()
    for edge in (-0.5, 0.0, 0.6):
        share = float(p[at > edge].sum() / p.sum())
        error = math.sqrt(share * (1 - share) / n)
        assert float((x[:, 1] > edge).float().mean()) == pytest.approx(share, abs=6 * error + 0.01)


def test_a_class_follows_from_the_known_coordinate() -> None:
    """By Bayes' rule, from what each class says of it along the line; far to the left there is mostly one moon."""
    abilities = learned(CLASSED).abilities()
    density, sampler = abilities.log_density, abilities.methods["conditional"].sampler
    assert density is not None
    n, at = 8000, torch.linspace(-5, 5, 2001)
    line = torch.stack((torch.full_like(at, -1.5), at), 1)
    each = torch.stack([density(line, torch.full((2001,), y)).exp().sum() for y in (0, 1)])
    expected = float(each[0] / each.sum())
    mask = Mask(torch.tensor([-1.5, 0.0]), torch.tensor([0.0, 1.0]))
    drawn = sampler.start(n, Steer(condition=mask), rng_for(0)).state["drawn_class"]
    assert expected > 0.6
    error = math.sqrt(expected * (1 - expected) / n)
    assert float((drawn == 0).float().mean()) == pytest.approx(expected, abs=6 * error + 0.01)


# --- pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [(1, 8, 8), (1, 28, 28), (3, 8, 12), (1, 5, 7), (1, 1, 1)])
def test_scales_hold_every_pixel_once_and_show_only_what_is_drawn(event: tuple[int, int, int]) -> None:
    found = scales(event)
    assert sorted(torch.cat([found.members(g) for g in range(found.count)]).tolist()) == list(range(math.prod(event)))
    for k in range(found.count + 1):
        place = found.group < k
        assert torch.equal(found.shows[k][place], place.nonzero()[:, 0]), "what is drawn shows itself"
    if event[0] == 1:
        assert all(bool((found.group[found.shows[k]] < k).all()) for k in range(1, found.count + 1))


def test_eight_by_eight_pixels_take_ten_groups_of_growing_size() -> None:
    found = scales((1, 8, 8))
    assert [len(found.members(g)) for g in range(found.count)] == [1, 1, 1, 1, 4, 4, 4, 16, 16, 16]


def tiny(n: int, rng: Rng) -> Batch:
    """Two by two pixels of three levels: rows alike, but for one pixel in five."""
    level = torch.randint(3, (n, 1, 2, 1), generator=rng).expand(n, 1, 2, 2).clone()
    other = torch.randint(3, level.shape, generator=rng)
    return Batch.of((torch.where(torch.rand(level.shape, generator=rng) < 0.2, other, level) - 1).float())


@cache
def tiny_model() -> Model:
    model = FAMILY.build(Config(width=32, layers=2), TINY, rng_for(0))
    for i in range(150):
        model.train_step(tiny(128, rng_for(1, i)), rng_for(2, i))
    return model


def every_picture() -> torch.Tensor:
    return torch.tensor(list(itertools.product((-1.0, 0.0, 1.0), repeat=4))).view(-1, 1, 2, 2)


def test_probabilities_of_all_pictures_sum_to_one_and_are_those_of_samples() -> None:
    abilities, all_of_them = tiny_model().abilities(), every_picture()
    density = abilities.log_density
    assert density is not None
    assert density.kind == "exact"
    p = density(all_of_them).exp()
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)
    n = 20_000
    x = finish(trajectory(abilities.samplers["coarse-to-fine"], n, Steer(), 0))[-1].x
    which = ((x.flatten(1) + 1) @ torch.tensor([27.0, 9.0, 3.0, 1.0])).long()
    share = torch.bincount(which, minlength=81) / n
    assert float(((share - p).abs() / (p * (1 - p) / n).sqrt()).max()) < 6


@pytest.mark.parametrize("free", [0, 1, 2, 3])
def test_candidates_come_near_the_conditional(free: int) -> None:
    """Of one pixel given the other three, wherever it comes in the order; clamped it would be the marginal of the first."""
    abilities = tiny_model().abilities()
    density, sampler = abilities.log_density, abilities.methods["candidates"].sampler
    assert density is not None
    value = torch.tensor([-1.0, -1.0, 1.0, 1.0]).view(1, 2, 2)
    mask = torch.zeros(4)
    mask[free] = 1
    options = value.flatten().repeat(3, 1)
    options[:, free] = torch.tensor([-1.0, 0.0, 1.0])
    p = density(options.view(3, 1, 2, 2)).softmax(0)
    n = 4000
    knobs: Settings = sampler.Knobs(candidates=64)
    x = finish(trajectory(sampler, n, Steer(knobs, condition=Mask(value, mask.view(1, 2, 2))), 0))[-1].x
    share = torch.bincount((x.flatten(1)[:, free] + 1).long(), minlength=3) / n
    assert float((share - p).abs().max()) < 0.05
