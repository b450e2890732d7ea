"""The error a measure claims is the spread of its values over repetitions, whatever the measure."""

from __future__ import annotations

import math
import statistics

import pytest
import torch
from scipy import stats

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.discovery import discover
from dgm_studio.evaluation.shared.sets import leave_out, share_error, spread

MEASURES = discover("dgm_studio.evaluation", "MEASURE")
REPEATS, FEW = 16, {"two_sample": 7, "wasserstein": 10}
SETS = (
    "sliced_wasserstein", "wasserstein", "energy_distance", "mmd", "frechet", "two_sample", "precision", "recall", "density",
    "coverage", "modes", "good_samples", "copying", "latent_neighbours", "linear_probe",
)  # fmt: skip
OF_THE_PLANE = {"wasserstein", "modes", "good_samples"}
CASES = [(name, size) for name in SETS for size in (2, 16) if size == 2 or name not in OF_THE_PLANE]


def drawn(seed: int, size: int, shift: float, n: int = 500) -> Evidence:
    """Gaussian data, and samples that are the same or shifted and wider."""

    def normal(stream: int, by: float = 0.0) -> torch.Tensor:
        return (1 + by) * torch.randn(n, size, generator=rng_for(seed, stream)) + by

    label = torch.arange(n) % 2
    return Evidence(
        DataSpec((size,)),
        normal(1, shift),
        normal(2),
        normal(3),
        rng_for(seed, 4),
        modes=1.5 * torch.randn(20, size, generator=rng_for(5)) if size == 2 else None,
        features=lambda x: x,
        train_label=label,
        held_out_label=label,
        latents=normal(6),
        held_out_latents=normal(7),
    )


@pytest.mark.parametrize("shift", [0.0, 0.3], ids=["equal", "different"])
@pytest.mark.parametrize(("name", "size"), CASES)
def test_the_claimed_error_is_the_spread_over_repetitions(name: str, size: int, shift: float) -> None:
    """Within a factor of two, and what so few repetitions leave open of the spread itself, but for one in 1e9."""
    measure = MEASURES[name]
    assert measure.applies(drawn(0, size, shift))
    found = [finish(measure.work(drawn(seed, size, shift))) for seed in range(FEW.get(name, REPEATS))]
    spread_of_values = statistics.stdev(m.value for m in found)
    claimed = statistics.median(m.error for m in found)
    freedom = len(found) - 1
    low, high = (math.sqrt(stats.chi2.ppf(p, freedom) / freedom) for p in (1e-9, 1 - 1e-9))
    assert spread_of_values / (2 * high) < claimed
    if spread_of_values > 0:  # a share that is all of it in every repetition has an error all the same
        assert claimed < 2 * spread_of_values / low


def test_leaving_out_groups_gives_the_error_of_a_mean() -> None:
    x = torch.randn(4000, generator=rng_for(0))
    claimed = statistics.median(finish(leave_out(lambda a: float(a.mean()), x.roll(17 * i))) for i in range(30))
    assert claimed == pytest.approx(1 / 4000**0.5, rel=0.5)


def test_what_does_not_depend_on_the_group_left_out_has_no_error() -> None:
    assert spread([0.7] * 8) == 0


def test_a_share_of_all_is_not_certain() -> None:
    assert 0 < share_error(1.0, 100) < 0.02
    assert share_error(0.5, 100) == pytest.approx(0.05)
