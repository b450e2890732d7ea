"""Every density of the plane: normalised, with the entropy it states, and the law of its own samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from dgm_studio.contract import rng_for
from dgm_studio.data import curves, densities, picture
from dgm_studio.data.drawn import kernel_density
from dgm_studio.data.shared.density import PlaneDensity, PointParams

ALL = {name: make for module in (densities, curves) for name, _, _, make in module.LISTED}
ALL["picture-density"] = picture.galaxy
ALL["drawn"] = lambda: kernel_density(np.array([[0, 0], [1, 0.5], [1.2, 2.0]], np.float32), 0.3)
HARD_EDGES = {"checkerboard", "picture-density"}
MEASURED = {
    "moons": 2.3939,
    "checkerboard": math.log(32),
    "pinwheel": 2.3206,
    "rings": 2.6232,
    "circles": 3.2681,
    "swiss-roll": 2.6696,
    "8-gaussians": 2.8319,
    "25-gaussians": 0.0653,
    "two-spirals": 2.6455,
}


def integral(density: PlaneDensity, x: torch.Tensor, area: torch.Tensor | float) -> tuple[float, float]:
    """Mass and entropy from cells around the points ``x`` (n, 2) of the given area."""
    log_p = density.log_density(x)
    p = log_p.exp() * area
    return float(p.sum()), -float((p * log_p.nan_to_num(neginf=0)).sum())


def midpoints(low: float, high: float, n: int) -> torch.Tensor:
    return (torch.arange(n, dtype=torch.float64) + 0.5) * ((high - low) / n) + low


def cells(name: str) -> tuple[torch.Tensor, torch.Tensor | float]:
    """Points and areas that fit a density: midpoints of a grid whose lines meet its edges, or follow its bend."""
    if name == "banana":
        x1, rest = torch.cartesian_prod(midpoints(-10, 10, 300), midpoints(-3.2, 3.2, 100)).T
        return torch.stack([x1, (x1.square() - 1.4**2) / 2 + rest], -1), (20 / 300) * (6.4 / 100)
    if name == "funnel":
        z, x2 = torch.cartesian_prod(midpoints(-8, 8, 150), midpoints(-9, 9, 150)).T
        return torch.stack([z * (x2 / 2).exp(), x2], -1), (16 / 150) * (18 / 150) * (x2 / 2).exp()
    reach, n = {
        "25-gaussians": (4.5, 500),
        "checkerboard": (4, 64),
        "picture-density": (4, 192),
        "two-spirals": (4.2, 190),
        "cosine": (4, 400),
    }.get(name, (5.5, 240))
    side = midpoints(-reach, reach, n)
    return torch.cartesian_prod(side, side), (2 * reach / n) ** 2


@pytest.mark.parametrize("name", ALL)
def test_mass_is_one_and_the_stated_entropy_is_that_of_the_density(name: str) -> None:
    density = ALL[name]()
    mass, entropy = integral(density, *cells(name))
    assert mass == pytest.approx(1, abs=2e-6)
    assert entropy == pytest.approx(density.entropy, abs=2e-5)


@pytest.mark.parametrize("name", MEASURED)
def test_entropy_is_the_published_one(name: str) -> None:
    assert ALL[name]().entropy == pytest.approx(MEASURED[name], abs=6e-5)


@pytest.mark.parametrize("name", ALL)
def test_samples_follow_the_density(name: str) -> None:
    """The mean of -log p over samples is the entropy, and along both axes samples are where the density puts them."""
    density = ALL[name]()
    x = density.sample(6_000, rng_for(3)).x
    surprise = -density.log_density(x).double()
    assert torch.isfinite(surprise).all()
    assert abs(float(surprise.mean()) - density.entropy) < 4.5 * float(surprise.std()) / math.sqrt(len(x)) + 1e-6
    grid, area = cells(name)
    weight = (density.log_density(grid).exp() * area).numpy()
    for axis in (0, 1):
        place, column = np.unique(grid[:, axis].numpy(), return_inverse=True)
        mass = np.bincount(column, weight)
        cdf = np.cumsum(mass) - mass / 2
        _, p_value = stats.kstest(np.interp(x[:, axis].double().numpy(), place, cdf), "uniform")
        assert p_value > 1e-9


@pytest.mark.parametrize("name", [name for name, make in ALL.items() if make().classes])
def test_classes_sum_to_the_density_and_label_the_samples(name: str) -> None:
    density = ALL[name]()
    batch = density.sample(4_000, rng_for(5))
    joint = density.joint_log_density(batch.x)
    assert joint.shape == (4_000, len(density.classes))
    torch.testing.assert_close(joint.logsumexp(-1), density.log_density(batch.x))
    assert batch.label is not None
    # Labels follow p(y|x) by Bayes' rule: the chance of one's own label is on average that of a label drawn by it. The
    # margin is Bernstein's for a false alarm in 1e9, as labels in doubt are few and a normal law would be too narrow.
    posterior = joint.double().softmax(-1)
    own = posterior.gather(1, batch.label[:, None])[:, 0]
    assert (own > 0).all()
    expected = posterior.square().sum(-1)
    variance = float((posterior.pow(3).sum(-1) - expected.square()).sum())
    log_alarm = math.log(2e9)
    assert abs(float((own - expected).sum())) < math.sqrt(2 * variance * log_alarm) + log_alarm / 3
    counts = torch.bincount(batch.label, minlength=len(density.classes)).float() / len(own)
    assert (counts - 1 / len(density.classes)).abs().max() < 0.035


@pytest.mark.parametrize("name", ALL)
def test_precisions_agree_and_the_tails_stay_finite(name: str) -> None:
    density = ALL[name]()
    x = density.sample(500, rng_for(7)).x
    torch.testing.assert_close(density.log_density(x).double(), density.log_density(x.double()), atol=1e-3, rtol=1e-3)
    assert density.log_density(x).dtype == torch.float32
    far = density.log_density(torch.tensor([[30.0, -25.0], [-9.0, 11.0]]))
    assert not far.isnan().any()
    assert (far < -20).all()
    if name not in HARD_EDGES | {"cosine"}:
        assert torch.isfinite(far).all()


def test_the_blurred_box_is_the_difference_of_two_normal_distributions() -> None:
    x = torch.linspace(-1, 1.2, 3_001, dtype=torch.float64)
    known = stats.norm.cdf(x / curves.SPIRAL_SD) - stats.norm.cdf((x - curves.SPIRAL_BOX) / curves.SPIRAL_SD)
    near = abs(x - curves.SPIRAL_BOX / 2) < 0.5  # further out the difference of distributions cancels
    torch.testing.assert_close(
        curves.log_blurred_box(x)[near], torch.from_numpy(known / curves.SPIRAL_BOX).log()[near], atol=3e-6, rtol=0
    )
    tail = curves.log_blurred_box(torch.tensor([-30.0, 8.0, 40.0], dtype=torch.float64))
    assert torch.isfinite(tail).all()


def test_many_points_are_evaluated_in_chunks() -> None:
    density = curves.moons()
    x = density.sample(30_000, rng_for(1)).x
    whole = density.log_density(x)
    torch.testing.assert_close(whole[-100:], density.log_density(x[-100:]))


@pytest.mark.parametrize("source", [*densities.SOURCES, *curves.SOURCES], ids=lambda source: source.name)
def test_sources_are_endless_unless_a_number_of_examples_is_asked(source, load) -> None:
    endless = load(source)
    assert endless.train.x.shape == (10_000, 2)
    assert endless.held_out.x.shape == (4_096, 2)
    assert endless.train.x.dtype == torch.float32
    fresh = endless.fresh(64, rng_for(9))
    assert len(fresh) == 64
    assert (fresh.label is None) == (not endless.spec.classes)
    few = load(source, examples=50)
    assert len(few.train) == 50
    assert few.fresh is None
    same = (few.held_out.x[:, None] == few.train.x[None]).all(2)  # one coordinate may be the same to its last digit
    assert not same.any()


def test_equal_seeds_give_equal_points(load) -> None:
    first, again, other = (load(curves.SOURCES[0], seed=seed).train.x for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_negative_numbers_of_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        PointParams(examples=-1)
