"""Kernel densities against closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from sklearn.neighbors import KernelDensity

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Model, Steer, finish, rng_for, trajectory
from dgm_studio.families.memory.kde import FAMILY, Config

POINTS = DataSpec((2,))
LABELLED = DataSpec((2,), classes=("a", "b", "never seen"))


def filled(config: Config, spec: DataSpec = POINTS, n: int = 300, steps: int = 1) -> tuple[Model, Batch]:
    model = FAMILY.build(config, spec, rng_for(0))
    x = torch.randn(n, 2, generator=rng_for(1))
    batch = Batch.of(x, (x[:, 0] > 0).long() if spec.classes else None)
    for i in range(steps):
        model.train_step(batch, rng_for(2, i))
    return model, batch


def samples(model: Model, n: int, steer: Steer | None = None, method: str | None = None) -> torch.Tensor:
    abilities = model.abilities()
    sampler = abilities.methods[method].sampler if method else abilities.samplers["pick"]
    return finish(trajectory(sampler, n, steer or Steer(), 0))[-1].x


def test_density_agrees_with_sklearn() -> None:
    model, batch = filled(Config(automatic=False, bandwidth=0.3))
    x = torch.randn(50, 2, generator=rng_for(3))
    density = model.abilities().log_density
    assert density is not None
    theirs = KernelDensity(bandwidth=0.3).fit(batch.x.numpy()).score_samples(x.numpy())
    torch.testing.assert_close(density(x), torch.from_numpy(theirs).float(), rtol=0, atol=1e-4)


def test_without_bandwidth_samples_are_copies_and_there_is_no_density() -> None:
    model, batch = filled(Config(automatic=False, bandwidth=0.0))
    abilities = model.abilities()
    assert abilities.log_density is None
    assert abilities.score is None
    assert abilities.methods["nearest"].honesty == "heuristic"
    same = (samples(model, 100)[:, None] == batch.x).all(-1)
    assert bool(same.any(-1).all())


def test_chosen_bandwidth_has_the_best_leave_one_out_likelihood() -> None:
    model, batch = filled(Config(), steps=150)
    chosen = math.sqrt(float(model.state_dict()["variance"]))
    square = torch.cdist(batch.x, batch.x).square().fill_diagonal_(math.inf)

    def likelihood(h: float) -> float:
        return float(((-square / (2 * h**2)).logsumexp(-1) - 2 * math.log(h)).mean())

    grid = [0.02 * k for k in range(5, 50)]
    best = max(grid, key=likelihood)
    assert chosen == pytest.approx(best, rel=0.1)
    assert likelihood(chosen) > likelihood(best) - 0.002


def test_examples_shown_again_are_not_remembered_twice_and_there_is_an_end_of_room() -> None:
    model, batch = filled(Config(memory=250), steps=3)
    examples = model.state_dict()["drawers"]
    assert torch.equal(examples, batch.x[:250])


def test_before_any_example_it_is_one_wide_gaussian() -> None:
    model = FAMILY.build(Config(), POINTS, rng_for(0))
    density = model.abilities().log_density
    assert density is not None
    assert float(density(torch.zeros(1, 2))) == pytest.approx(-math.log(2 * math.pi))


def test_classes_pick_their_own_examples_and_an_unseen_one_any() -> None:
    model, batch = filled(Config(automatic=False, bandwidth=0.0), LABELLED)
    assert bool((samples(model, 50, Steer(label=torch.full((50,), 1))) > 0)[:, 0].all())
    assert bool((samples(model, 50, Steer(label=torch.full((50,), 0))) <= 0)[:, 0].all())
    unseen = samples(model, 50, Steer(label=torch.full((50,), 2)))[:, 0]
    assert 10 < int((unseen > 0).sum()) < 40
    assert batch.label is not None


def test_the_marginal_is_the_equal_mixture_of_the_classes() -> None:
    model, _ = filled(Config(automatic=False, bandwidth=0.3), LABELLED)
    density = model.abilities().log_density
    assert density is not None
    x = torch.randn(20, 2, generator=rng_for(4))
    each = torch.stack([density(x, torch.full((20,), y)) for y in range(3)])
    torch.testing.assert_close(density(x), each.logsumexp(0) - math.log(3))
    with pytest.raises(ValueError, match="class 3 does not exist"):
        density(x, torch.full((20,), 3))


def test_filling_a_mask_draws_from_the_exact_conditional() -> None:
    """p(x2 | x1) of two examples: weights by the kernel at x1."""
    model = FAMILY.build(Config(automatic=False, bandwidth=0.5), POINTS, rng_for(0))
    model.train_step(Batch.of(torch.tensor([[0.0, -3.0], [1.0, 3.0]])), rng_for(1))
    steer = Steer(condition=Mask(torch.tensor([0.4, 0.0]), torch.tensor([0.0, 1.0])))
    x = samples(model, 4000, steer, "nearest")
    low, high = (math.exp(-((0.4 - c) ** 2) / (2 * 0.25)) for c in (0.0, 1.0))
    share = float((x[:, 1] > 0).float().mean())
    assert share == pytest.approx(high / (low + high), abs=0.03)
    assert float(x[x[:, 1] > 0, 1].std()) == pytest.approx(0.5, rel=0.06)
    assert bool((x[:, 0] == 0.4).all())


def test_temperature_scales_the_variance_of_the_jitter() -> None:
    model = FAMILY.build(Config(automatic=False, bandwidth=1.0), POINTS, rng_for(0))
    model.train_step(Batch.of(torch.zeros(1, 2)), rng_for(1))
    for t in (0.25, 1.0, 4.0):
        assert float(samples(model, 4000, Steer(temperature=t)).var()) == pytest.approx(t, rel=0.06)


def test_filling_without_a_mask_is_refused() -> None:
    model, _ = filled(Config())
    with pytest.raises(ValueError, match="paint a mask"):
        samples(model, 2, method="nearest")
