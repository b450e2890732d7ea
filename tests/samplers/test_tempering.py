"""Importance resampling follows p to the 1/T, where scaling noise does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Frame, LogDensity, Rng, Settings, Steer, finish, rng_for, trajectory
from dgm_studio.samplers.tempering import Tempering, TemperingKnobs, effective_share, systematic

MEANS = torch.tensor([[-3.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
WEIGHTS = torch.tensor([0.6, 0.3, 0.1])


def log_p(x: Tensor, label: Tensor | None = None) -> Tensor:
    each = -0.5 * (x[:, None] - MEANS).square().sum(-1) - math.log(2 * math.pi) + WEIGHTS.log()
    if label is None:
        return each.logsumexp(-1)
    return each.gather(1, label[:, None])[:, 0] - WEIGHTS[label].log()


@dataclass(frozen=True)
class Mixture:
    """Three Gaussians; the second frame is the sample."""

    title: str = "Mixture"
    help: str = "Draws from three Gaussians."
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return Frame(torch.randn(n, 2, generator=rng), 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        which = steer.label
        if which is None:
            which = torch.multinomial(WEIGHTS, len(frame.x), replacement=True, generator=rng)
        return Frame(MEANS[which] + math.sqrt(steer.temperature) * frame.x, 1.0)


def drawn(temperature: float, n: int = 3000, label: Tensor | None = None) -> Frame:
    sampler = Tempering(Mixture(), LogDensity.direct("exact", log_p))
    return finish(trajectory(sampler, n, Steer(TemperingKnobs(pool=8), temperature, label), seed=1))[-1]


def test_a_lower_temperature_shifts_mass_and_narrows() -> None:
    x = drawn(0.5).x
    nearest = torch.cdist(x, MEANS).argmin(1)
    share = torch.bincount(nearest, minlength=3) / len(x)
    # p^2 of separate Gaussians: weights w^2 normalised, standard deviations over sqrt 2
    expected = WEIGHTS.square() / WEIGHTS.square().sum()
    torch.testing.assert_close(share, expected, atol=0.03, rtol=0)
    first = x[nearest == 0]
    assert abs(float(first.std(0).mean()) - math.sqrt(0.5)) < 0.05


def test_temperature_one_leaves_the_distribution() -> None:
    end = drawn(1.0)
    assert end.state["effective_share"] == 1.0
    share = torch.bincount(torch.cdist(end.x, MEANS).argmin(1), minlength=3) / len(end.x)
    torch.testing.assert_close(share, WEIGHTS, atol=0.03, rtol=0)


def test_each_class_is_resampled_among_its_own() -> None:
    label = torch.arange(900) % 3
    x = drawn(0.25, 900, label).x
    assert torch.equal(torch.cdist(x, MEANS).argmin(1), label)
    assert abs(float((x - MEANS[label]).std()) - 0.5) < 0.05


def test_a_class_of_far_lower_density_is_resampled_as_well() -> None:
    def log_scaled(x: Tensor, label: Tensor | None) -> Tensor:
        assert label is not None
        return log_p(x, label) - 2000.0 * label

    label = torch.arange(600) % 2
    sampler = Tempering(Mixture(), LogDensity.direct("exact", log_scaled))
    end = finish(trajectory(sampler, 600, Steer(TemperingKnobs(pool=8), 0.25, label), seed=1))[-1]
    faint = end.x[label == 1] - MEANS[1]
    assert len(faint.unique(dim=0)) > 100
    assert abs(float(faint.std()) - 0.5) < 0.08
    assert end.state["effective_share"] > 0.3


def test_temperature_zero_is_taken_as_the_lowest() -> None:
    assert bool(drawn(0.0, 50).x.isfinite().all())


def test_systematic_resampling_keeps_proportions() -> None:
    where = systematic(torch.tensor([0.5, 0.25, 0.25, 0.0]), 400, rng_for(0))
    assert torch.bincount(where, minlength=4).tolist() == [200, 100, 100, 0]
    assert effective_share(torch.tensor([1.0, 0.0])) == 0.5
