"""In the plane, with an exact denoiser, every way is held to the true conditional law."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch
from exact_mixtures import DENSITIES, diffusion_of

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.contract import Steer, finish, trajectory
from dgm_studio.evaluation.shared.conditional import exact_conditional, wasserstein

METHODS = {
    "replacement": (0.59, 0.33),
    "repaint": (0.31, 0.12),
    "ddnm": (0.42, 0.29),
    "dps": (0.40, 0.18),
    "pigdm": (0.44, 0.21),
    "twisted": (0.21, 0.09),
}
"""How far each may be from the truth at most, on any density and on average, W1 in standard deviations of the data: what was
measured and an eighth more, to which `LUCK` is added."""
LUCK = 0.15
"""300 draws from a law of two modes, whose shares differ by chance and, where particles are drawn afresh, by more."""


@cache
def distances(method):
    found = []
    for mixture, at in DENSITIES.values():
        sampler = path_methods(diffusion_of(mixture))[method].sampler
        extra = {"resamples": 10} if method == "repaint" else {"particles": 24} if method == "twisted" else {}
        condition = Mask(torch.tensor([at, 0.0]), torch.tensor([0.0, 1.0]))
        steer = Steer(sampler.Knobs(steps=20, **extra), condition=condition)
        x = finish(trajectory(sampler, 300, steer, 1))[-1].x
        found.append(wasserstein(x[:, 1], exact_conditional(mixture.log_density, 0, at, at)))
    return found


@pytest.mark.parametrize("method", list(METHODS))
def test_each_way_stays_within_its_distance(method):
    most, on_average = METHODS[method]
    assert max(distances(method)) < most + LUCK
    assert sum(distances(method)) / len(DENSITIES) < on_average + LUCK / len(DENSITIES) ** 0.5


def test_twisted_particles_come_nearest_and_replacement_stays_far():
    far = {method: sum(distances(method)) for method in METHODS}
    assert min(far, key=far.get) == "twisted"
    assert far["replacement"] > 2 * far["twisted"]


def test_the_conditional_of_a_gaussian_is_known():
    """Correlation 0.8: given 1 the other is N(0.8, 0.6^2), whichever is given."""

    def log_density(x):
        return -(x[:, 0] ** 2 - 1.6 * x[:, 0] * x[:, 1] + x[:, 1] ** 2) / (2 * 0.36)

    for given in (0, 1):
        law = exact_conditional(log_density, given, 1.0, 1.0)
        mean = float((law.at * law.weight).sum())
        assert mean == pytest.approx(0.8, abs=1e-3)
        assert math.sqrt(float((law.at.square() * law.weight).sum()) - mean**2) == pytest.approx(0.6, abs=1e-3)


def test_distance_of_a_shifted_law_is_the_shift():
    law = exact_conditional(lambda x: -0.5 * x.square().sum(1), 0, -1.0, 1.0)
    draws = torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(4000) + 0.5) / 4000)
    assert wasserstein(draws, law) < 0.01
    assert wasserstein(draws + 0.5, law) == pytest.approx(0.5, abs=0.01)


def test_a_band_without_density_is_refused():
    with pytest.raises(ValueError, match="vanishes"):
        exact_conditional(lambda x: torch.full((len(x),), -math.inf), 1, 0.0, 0.5)
