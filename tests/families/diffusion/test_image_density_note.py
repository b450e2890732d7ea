"""An estimated density says how sure it is."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import DataSpec, finish, rng_for
from dgm_studio.families.diffusion.image_density import image_density


def test_the_random_probes_of_the_divergence_say_their_error() -> None:
    mixing = 0.5 * torch.randn(16, 16, generator=rng_for(0))

    def velocity(x: torch.Tensor, t: float, label: torch.Tensor | None) -> torch.Tensor:
        return (x.flatten(1) @ mixing).view_as(x)

    x = torch.rand(8, 1, 4, 4, generator=rng_for(1)) * 2 - 1
    few, many = (image_density(velocity, DataSpec((1, 4, 4)), None, torch.ones(16), 2, probes) for probes in (4, 64))
    assert few.note() == ""
    errors = []
    for density in (few, many):
        finish(density.work(x, None))
        assert "random probes of the divergence" in density.note()
        errors.append(float(density.note().split()[1]))
    assert 0 < errors[1] < errors[0] / 2


@pytest.mark.parametrize("steps", [2, 4])
def test_the_steps_say_by_how_much_a_mean_may_be_off(steps: int) -> None:
    """Along a linear velocity, whose divergence is the same everywhere: nothing but the solver errs."""
    mixing = 0.6 * torch.randn(16, 16, generator=rng_for(0))

    def velocity(x: torch.Tensor, t: float, label: torch.Tensor | None) -> torch.Tensor:
        return (x.flatten(1) @ mixing).view_as(x)

    x = torch.rand(16, 1, 4, 4, generator=rng_for(1)) * 2 - 1
    judged, truth = (image_density(velocity, DataSpec((1, 4, 4)), None, torch.ones(16), n) for n in (steps, 64))
    assert judged.numerical() == 0
    off = float((judged(x) - truth(x)).abs().mean())
    assert judged.numerical() == pytest.approx(off, rel=0.3)
    assert truth.numerical() < 0.05 * off


def test_few_pictures_at_a_time_are_checked_once() -> None:
    passes = []

    def velocity(x: torch.Tensor, t: float, label: torch.Tensor | None) -> torch.Tensor:
        passes.append(len(x))
        return 0 * x

    density = image_density(velocity, DataSpec((1, 2, 2)), None, torch.ones(4), 3)
    for _ in range(10):
        density(torch.zeros(4, 1, 2, 2))
    assert sum(passes) == 4 * 3 * 40 + 4 * 6 * 16
