"""Known causes in latents: R^2 where it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.evaluation.factors import MEASURE, explained


def test_a_linear_map_with_noise_explains_its_share() -> None:
    """y = z1 + n with deviations 1 and 1/2 has R^2 of 0.8; a cause that is not in the latents 0 up to chance."""
    z = torch.randn(2000, 4, generator=rng_for(1))
    y = z[:, :1] + 0.5 * torch.randn(2000, 1, generator=rng_for(2))
    assert float(explained(z, y).mean()) == pytest.approx(0.8, abs=0.05)
    assert abs(float(explained(z, torch.randn(2000, 1, generator=rng_for(3))).mean())) < 0.05
    assert float(explained(z, 3 * z[:, 1:3] - 1).mean()) > 0.99


def test_the_measure_is_the_mean_over_the_causes() -> None:
    x = torch.zeros(10, 1, 4, 4)
    z = torch.randn(500, 3, generator=rng_for(1))
    known = Evidence(DataSpec((1, 4, 4), value_range=(-1, 1)), x, x, x, rng_for(0), latents=z, held_out_latents=z)
    assert not MEASURE.can_measure(known)
    found = replace(known, factors={"seen": z[:, :1], "hidden": torch.randn(600, 1, generator=rng_for(2))})
    assert MEASURE.can_measure(found)
    told = finish(MEASURE.work(found))
    assert told.value == pytest.approx(0.5, abs=0.05)
    assert "seen 1.00" in told.note
