"""Measures against closed forms and libraries."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from effort import Effort
from scipy.stats import mannwhitneyu, wasserstein_distance
from sklearn.neighbors import NearestNeighbors

from dgm_studio.contract import TOPICS, DataSpec, Evidence, Measurement, Speed, Translated, finish, rng_for
from dgm_studio.contract.context import encoded
from dgm_studio.data.detours import CONTEXT, contexts, demonstrate
from dgm_studio.data.shared.sounds import sound_spec
from dgm_studio.data.shared.synthesis import STRIKES, bells
from dgm_studio.discovery import discover
from dgm_studio.evaluation import copying, gap, modes, nll, precision_recall, sliced_wasserstein
from dgm_studio.evaluation.copying import z_score
from dgm_studio.protocol.context import ContextSlot

POINTS = DataSpec((2,))
MEASURES = discover("dgm_studio.evaluation", "MEASURE")


def normal(n: int, seed: int, size: int = 2) -> torch.Tensor:
    return torch.randn(n, size, generator=rng_for(seed))


def evidence(**changes: object) -> Evidence:
    whole = Evidence(POINTS, normal(2000, 1), normal(2000, 2), normal(2000, 3), rng_for(0))
    return replace(whole, **changes)


def test_gap_between_two_gaussians_is_their_divergence() -> None:
    x = normal(2000, 3)
    p = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(-1)
    q = torch.distributions.Normal(0.5, 2.0).log_prob(x).sum(-1)
    exact = 2 * (math.log(2) + (1 + 0.25) / 8 - 0.5)
    m = gap.compute(evidence(held_out=x, true_log_density=p, log_density=q))
    assert abs(m.value - exact) < 4 * m.error < 0.1
    assert f"{m.value:.3f} nats" in gap.say(m)


def test_gap_of_the_truth_is_zero_and_said_so() -> None:
    p = torch.randn(100, generator=rng_for(0))
    m = gap.compute(evidence(true_log_density=p, log_density=p))
    assert (m.value, m.error) == (0.0, 0.0)
    assert "As good as" in gap.say(m)


def test_bits_per_dimension_of_uniform_pixels_are_eight() -> None:
    spec = DataSpec((1, 8, 8))
    uniform = torch.full((10,), 64 * math.log(1 / (256 * 2 / 255)))
    m = nll.compute(evidence(spec=spec, log_density=uniform))
    assert m.value == pytest.approx(8, abs=1e-6)


def test_nll_of_points_is_in_nats() -> None:
    assert nll.compute(evidence(log_density=torch.tensor([-1.0, -3.0]))).value == pytest.approx(2)


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_sliced_distance_of_a_shift_is_its_length_over_the_square_root_of_the_dimension(shift: float) -> None:
    x = normal(1000, 5)
    u = sliced_wasserstein.directions(2, rng_for(0))
    square = sliced_wasserstein.sliced_squares(x + torch.tensor([shift, 0.0]), x, u).mean()
    assert float(square.sqrt()) == pytest.approx(shift / math.sqrt(2), abs=1e-5)


def test_sliced_distance_of_scaled_gaussians() -> None:
    m = sliced_wasserstein.compute(evidence(samples=3 * normal(2000, 7)))
    assert m.value == pytest.approx(2.0, rel=0.05)
    assert m.floor is not None
    assert m.floor < 0.15


def test_sliced_distance_on_a_line_agrees_with_scipy_where_sorting_shifts_one_way() -> None:
    x = normal(500, 1, 1)
    y = x.sort(0).values + torch.rand(500, 1, generator=rng_for(4)).sort(0).values
    square = sliced_wasserstein.sliced_squares(x, y, torch.ones(1, 1))
    pairs = (np.sort(x[:, 0].numpy()) - np.sort(y[:, 0].numpy())) ** 2
    assert float(square) == pytest.approx(float(pairs.mean()), rel=1e-5)
    assert wasserstein_distance(x[:, 0].numpy(), y[:, 0].numpy()) <= float(square.sqrt()) + 1e-6


def test_fresh_samples_reach_the_floor() -> None:
    m = sliced_wasserstein.compute(evidence())
    assert m.floor is not None
    assert 0.3 < m.value / m.floor < 3


def test_sets_of_unequal_size_cannot_be_sorted_against_each_other() -> None:
    with pytest.raises(ValueError, match="equally large, not 3 and 4"):
        sliced_wasserstein.sliced_squares(normal(3, 0), normal(4, 0), torch.eye(2))


def test_a_dropped_mode_is_counted() -> None:
    centres = torch.tensor([[-2.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, -3.0]])
    data = centres.repeat(500, 1) + 0.1 * normal(2000, 1)
    samples = centres[:3].repeat(100, 1) + 0.1 * normal(300, 2)
    e = evidence(samples=samples, train=data, held_out=data, modes=centres)
    assert modes.compute_covered(e).value == pytest.approx(0.75)
    good = modes.compute_good(e)
    # 1 - exp(-9/2): the mass of a Gaussian in the plane within 3 standard deviations
    assert good.floor == pytest.approx(1 - math.exp(-4.5), abs=0.01)
    assert good.value == pytest.approx(1 - math.exp(-4.5), abs=4 * max(good.error, 0.006))
    assert int(modes.good_by_mode(e)[3]) == 0


def test_cover_agrees_with_sklearn() -> None:
    points, by = normal(200, 1), normal(150, 2)
    near = NearestNeighbors(n_neighbors=6).fit(by.numpy())
    radius = near.kneighbors(by.numpy())[0][:, -1]
    inside = (np.linalg.norm(points.numpy()[:, None] - by.numpy(), axis=-1) <= radius).any(1).mean()
    assert precision_recall.covered(points, by) == pytest.approx(float(inside), abs=0.006)


def test_precision_sees_bad_samples_and_recall_missing_ones() -> None:
    half = normal(4000, 1)
    half = half[half[:, 0] > 0]
    far = torch.cat([normal(1000, 4), normal(1000, 5) + 100])
    assert finish(precision_recall.recall(evidence(samples=half))).value == pytest.approx(0.5, abs=0.1)
    assert finish(precision_recall.precision(evidence(samples=far))).value == pytest.approx(0.5, abs=0.06)
    assert finish(precision_recall.precision(evidence(samples=half))).value > 0.9


def test_copies_are_caught_and_honest_samples_are_not() -> None:
    e = evidence()
    assert copying.compute(replace(e, samples=e.train[:1000])).value < -10
    assert abs(copying.compute(e).value) < 3
    assert copying.compute(replace(e, samples=2 * normal(2000, 9))).value > 3


def test_samples_smoother_than_data_are_not_called_copies() -> None:
    """They lie nearer to training examples than fresh data do, and to held-out ones as well."""
    size = 4  # of many more, one example near the middle may be the nearest of most
    data = normal(1200, 1, size)
    held_out = normal(600, 3, size)
    e = Evidence(DataSpec((size,)), 0.5 * normal(600, 2, size), data, held_out, rng_for(0))
    smooth = copying.compute(e)
    assert smooth.value < -3
    assert "smoother than the data, not copies" in copying.say(smooth)
    copies = copying.compute(replace(e, samples=data[:600] + 0.02 * normal(600, 5, size)))
    assert copies.value < -3
    assert "the model copies" in copying.say(copies)
    few = copying.compute(replace(e, samples=data[:30], held_out=held_out[:30]))
    assert "few examples to tell: 30" in copying.say(few)


def test_z_score_of_many_honest_draws_is_standard() -> None:
    rng = np.random.default_rng(0)
    z = [copying.z_score(rng.normal(size=40), rng.normal(size=60)) for _ in range(400)]
    assert abs(float(np.mean(z))) < 0.2
    assert float(np.std(z)) == pytest.approx(1, abs=0.12)


SLOTS = (ContextSlot("height"),)


def everything() -> Evidence:
    """Evidence with all that a measure may look at: Gaussian noise throughout."""
    log_q, label = normal(2000, 1)[:, 0], torch.arange(2000) % 2
    grid = normal(400, 4)[:, 0]
    return evidence(
        spec=replace(POINTS, classes=("a", "b"), context=SLOTS),
        held_out_context=encoded(SLOTS, {"height": torch.rand(2000, generator=rng_for(11))}),
        given_samples=normal(600, 12),
        given_log_density=log_q,
        true_given_log_density=log_q,
        read_context=lambda x: encoded(SLOTS, {"height": x[:, 0].sigmoid()}),
        log_density=log_q,
        true_log_density=log_q,
        train_log_density=log_q,
        modes=torch.tensor([[0.0, 0], [1, 1]]),
        train_label=label,
        held_out_label=label,
        class_evidence=normal(2000, 5),
        latents=normal(300, 6, 3),
        held_out_latents=normal(300, 7, 3),
        factors={"height": normal(300, 71, 1)},
        brought_back=normal(300, 9),
        sample_label=label,
        losses=(torch.arange(1.0, 201.0), normal(200, 10)[:, 0]),
        features=lambda x: x,
        grid=(grid, grid, torch.full_like(grid, 0.01)),
        speed=Speed(100, 4, 0.5, 0.05, 7),
        chains=normal(100, 8)[:, 0],
        valid=lambda x: x[:, 0] > 0,
        translated=Translated(
            normal(100, 13), normal(100, 14), normal(100, 15), label[:100], lambda x: (x[:, 0] > 0).long()
        ),
    )


KIND = {"nll_estimate": "estimate", "nll_bound": "lower bound"}


def everything_of_paths() -> Evidence:
    """Demonstrations in place of samples."""
    (samples, situation), (held, _) = (demonstrate(200, 0.2, 0.5, rng_for(seed)) for seed in (1, 2))
    return evidence(
        spec=DataSpec((16, 2), context=CONTEXT), samples=samples, train=held, held_out=samples, given_samples=samples,
        held_out_context=contexts(situation), to_data=lambda x: x,
    )  # fmt: skip


def everything_of_sounds() -> Evidence:
    """Bells, another draw of them in place of samples."""
    (samples, asked), (train, known), (held, theirs) = (bells(60, 2000, rng_for(seed)) for seed in (1, 2, 3))
    return evidence(
        spec=sound_spec(2000, 2048, tuple(STRIKES)), samples=samples[:, None], train=train[:, None], held_out=held[:, None],
        sample_label=asked, train_label=known, held_out_label=theirs,
    )  # fmt: skip


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_measure_computes_in_short_work_and_speaks(name: str) -> None:
    measure = MEASURES[name]
    of_kind = {("paths",): everything_of_paths, ("sounds",): everything_of_sounds}
    known = of_kind.get(measure.kinds, everything)()
    e = replace(known, density_kind=KIND.get(name, "exact"))
    assert measure.applies(e)
    with Effort() as effort:
        result = finish(measure.work(e))
    assert effort.numbers < 2e9
    assert effort.flops < 4e10
    assert isinstance(result, Measurement)
    assert math.isfinite(result.value)
    assert measure.say(result).endswith(".")
    assert measure.help.endswith(".")
    assert measure.reference


@pytest.mark.parametrize("name", list(MEASURES))
def test_measures_do_not_apply_without_evidence(name: str) -> None:
    nothing = torch.empty(0, 2)
    assert not MEASURES[name].applies(evidence(samples=nothing, train=nothing, held_out=nothing))


def test_a_kind_of_density_is_never_shown_as_another() -> None:
    for kind, name in {"exact": "nll", **{v: k for k, v in KIND.items()}}.items():
        e = replace(everything(), density_kind=kind)
        assert [n for n in ("nll", "nll_estimate", "nll_bound") if MEASURES[n].applies(e)] == [name]
        assert MEASURES["gap"].applies(e) == (kind == "exact")


def test_z_score_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 30, 90).astype(float), rng.integers(2, 33, 70).astype(float)
    count = mannwhitneyu(a, b, method="asymptotic").statistic
    expected = (count - 90 * 70 / 2) / np.sqrt(90 * 70 * 161 / 12)
    assert z_score(a, b) == pytest.approx(expected)


def test_one_training_example_has_no_likelihood_with_an_error() -> None:
    few = evidence(train_log_density=torch.zeros(1))
    assert not MEASURES["nll_train"].applies(few)


def test_a_normaliser_that_few_chains_decide_is_not_trusted() -> None:
    """For weights exp(s n) of normal n the effective share tends to exp(-s^2), the error to sqrt((exp(s^2) - 1) / k)."""
    chains = 0.5 * normal(4000, 8)[:, 0]
    share = finish(MEASURES["effective_chains"].work(evidence(chains=chains)))
    assert share.value == pytest.approx(math.exp(-0.25), abs=4 * share.error)
    assert 0 < share.error < 0.05
    error = finish(MEASURES["normaliser_error"].work(evidence(chains=chains)))
    assert error.value == pytest.approx(math.sqrt((math.exp(0.25) - 1) / 4000), rel=0.1)


def test_the_error_of_the_normaliser_is_part_of_that_of_the_likelihood() -> None:
    log_q = 0.1 * normal(2000, 1)[:, 0]
    alone = nll.compute(evidence(log_density=log_q)).error
    both = nll.compute(evidence(log_density=log_q, chains=normal(50, 8)[:, 0])).error
    assert both > 0.1 > 10 * alone


def test_a_rate_is_as_sure_as_its_seconds_and_counts_are_exact() -> None:
    e = evidence(speed=Speed(100, 18, 2.0, 0.2, 35))
    rate = finish(MEASURES["samples_per_second"].work(e))
    assert (rate.value, rate.error) == pytest.approx((50, 5))
    assert [finish(MEASURES[name].work(e)) for name in ("sampler_steps", "network_passes")] == [
        Measurement(18.0),
        Measurement(35.0),
    ]


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_is_about(name: str) -> None:
    one = MEASURES[name]
    assert one.topic in TOPICS
    assert not one.training or MEASURES[one.training].topic == one.topic
