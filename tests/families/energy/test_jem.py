"""What the joint energy model alone promises: it classifies, its classifier is its density, and it draws a class."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, Steer, finish, rng_for, trajectory
from dgm_studio.families.energy.jem import FAMILY, Config

MOONS = DataSpec((2,), classes=("upper", "lower"))


def moons(n: int, seed: int) -> Batch:
    rng = rng_for(seed)
    label = torch.randint(2, (n,), generator=rng)
    angle = math.pi * torch.rand(n, generator=rng)
    arc = torch.stack([angle.cos(), angle.sin()], -1)
    x = torch.where(label[:, None] == 1, torch.tensor([1.0, 0.5]) - arc, arc)
    return Batch.of((x - torch.tensor([0.5, 0.25])) / 0.7 + 0.1 * torch.randn(n, 2, generator=rng), label)


@cache
def abilities() -> Abilities:
    recipe = FAMILY.recipe(MOONS, torch.device("cpu"))
    model = FAMILY.build(Config(**recipe.config), MOONS, rng_for(0))
    model.retune(recipe.training)
    for i in range(500):
        model.train_step(moons(128, i), rng_for(1, i))
    return model.abilities()


def nearest_arc(x: Tensor) -> Tensor:
    """The class whose noiseless arc is nearer."""
    far = moons(4000, 777)
    return far.label[torch.cdist(x, far.x).argmin(1)]  # type: ignore[index]


def test_it_classifies_labelled_moons() -> None:
    classifier = abilities().classifier
    assert classifier is not None
    held_out = moons(1000, 10_000)
    found = finish(classifier.work(held_out.x)).argmax(1)
    assert float((found == held_out.label).float().mean()) > 0.95


def test_its_logits_are_bayes_rule_on_its_own_density() -> None:
    """log p(x | y) + log p(y) of the energies normalised by quadrature gives the classifier's own posterior."""
    classifier, density = abilities().classifier, abilities().log_density
    assert classifier is not None
    assert density is not None
    x = moons(200, 20_000).x
    given = torch.stack([density(x, torch.full((len(x),), y)) for y in range(2)], 1)
    ours, bayes = finish(classifier.work(x)).softmax(1), given.softmax(1)
    assert float((ours - bayes).abs().mean()) < 0.03


def test_it_draws_the_class_asked_for() -> None:
    sampler = abilities().samplers["population"]
    for y in range(2):
        x = finish(trajectory(sampler, 500, Steer(sampler.Knobs(), label=torch.full((500,), y)), y))[-1].x
        assert float((nearest_arc(x) == y).float().mean()) > 0.93


def test_it_knows_what_is_far_from_the_data() -> None:
    density = abilities().log_density
    assert density is not None
    assert float(density(moons(500, 30_000).x).mean()) - float(density(torch.tensor([[3.0, 3.0]]))) > 5


def test_it_needs_classes_and_says_so() -> None:
    assert "classes" in (FAMILY.accepts(DataSpec((2,))) or "")
    assert FAMILY.accepts(MOONS) is None
