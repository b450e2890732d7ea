"""What an ODE says of its own error."""

from __future__ import annotations

import torch

from dgm_studio.families.shared.ode import ode_density


def test_values_that_ran_off_count_as_the_worst_that_did_not() -> None:
    def velocity(x: torch.Tensor, t: float, label: torch.Tensor | None) -> torch.Tensor:
        return torch.where(x.abs() > 1e5, torch.nan, torch.sin(3 * x) / (0.1 + t))

    density = ode_density(velocity, 4, 1.0, 1)
    x = torch.linspace(-2, 2, 20)[:, None]
    density(x)
    without = density.numerical()
    assert without > 0
    both = ode_density(velocity, 4, 1.0, 1)
    both(torch.cat((x, torch.full((20, 1), 1e6))))
    assert both.numerical() > without
    assert "unknown amount" in both.note()
