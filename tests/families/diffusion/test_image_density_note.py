"""An estimated density says how sure it is."""

from __future__ import annotations

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
        assert density.note().endswith("random probes of the divergence")
        errors.append(float(density.note().split()[1]))
    assert 0 < errors[1] < errors[0] / 2
