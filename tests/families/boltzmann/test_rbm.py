"""Boltzmann machines: sums, samples and conditionals against enumeration; learning; what a class costs."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.boltzmann.fully_visible import FullyVisible
from dgm_studio.families.boltzmann.knobs import MeanGibbsKnobs
from dgm_studio.families.boltzmann.partition import enumerated, hidden_states, over_the_plane
from dgm_studio.families.boltzmann.rbm import FAMILY, BoltzmannMachine
from dgm_studio.families.boltzmann.restricted import Restricted
from dgm_studio.families.boltzmann.samplers import DrawHidden, Gibbs

SMALL = DataSpec((1, 2, 3), "binary", value_range=(-1.0, 1.0))
EVERY = hidden_states(6, 0, 64, torch.zeros(1))
PLACE = 2.0 ** torch.arange(6)


def strong(classes: int = 0, hidden: int = 5) -> Restricted:
    rng = rng_for(1)
    made = Restricted(6, classes, hidden, gaussian=False, rng=rng).requires_grad_(False)
    made.weight.normal_(0, 1.0, generator=rng)
    made.hidden_level.normal_(0, 1, generator=rng)
    made.level.normal_(0, 0.5, generator=rng)
    return made


def shares(x: Tensor) -> Tensor:
    """How often each of the 64 pictures of six pixels came (64,)."""
    number = ((x.flatten(1) > 0).float() @ PLACE).long()
    return torch.bincount(number, minlength=64) / len(x)


def test_the_free_energy_sums_the_hidden_units_out() -> None:
    rbm = strong()
    h = hidden_states(5, 0, 32, rbm.bias)
    energy = -(EVERY @ rbm.bias)[:, None] - h @ rbm.hidden_bias - EVERY @ rbm.weight @ h.T
    torch.testing.assert_close(rbm.free_energy(EVERY), -(-energy).logsumexp(1))
    torch.testing.assert_close(finish(enumerated(rbm))[0], (-energy).logsumexp((0, 1)))


def test_class_evidence_is_the_free_energy_with_each_label_unit_on() -> None:
    rbm = strong(classes=3)
    for y in range(3):
        label = torch.eye(3)[y].expand(64, 3)
        torch.testing.assert_close(rbm.joint(EVERY)[:, y], -rbm.free_energy(torch.cat([EVERY, label], 1)))
    torch.testing.assert_close(rbm.joint(EVERY).logsumexp(0), finish(enumerated(rbm)))


def test_the_plane_sums_to_what_all_gaussians_sum_to() -> None:
    rbm = Restricted(2, 2, 10, gaussian=True, rng=rng_for(2)).requires_grad_(False)
    torch.testing.assert_close(finish(over_the_plane(rbm)), finish(enumerated(rbm)), atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", ["restricted", "full"])
def test_gibbs_sampling_draws_from_the_machine(kind: str) -> None:
    if kind == "full":
        machine: Restricted | FullyVisible = FullyVisible(6, 0, rng_for(3)).requires_grad_(False)
        machine.weight.normal_(0, 1.0, generator=rng_for(3))
    else:
        machine = strong()
    exact = machine.joint(EVERY)[:, 0].softmax(0)
    sampler = Gibbs(machine, SMALL, torch.zeros(8, 6), torch.full((6,), 0.5))
    x = finish(trajectory(sampler, 20_000, Steer(sampler.Knobs(steps=40)), 0))[-1].x
    assert float((shares(x) - exact).abs().sum()) / 2 < 0.04


def test_temperature_divides_the_energy() -> None:
    full = FullyVisible(6, 0, rng_for(3)).requires_grad_(False)
    full.weight.normal_(0, 1.0, generator=rng_for(3))
    sampler = Gibbs(full, SMALL, torch.zeros(8, 6), torch.full((6,), 0.5))
    x = finish(trajectory(sampler, 20_000, Steer(sampler.Knobs(steps=40), temperature=2.0), 0))[-1].x
    assert float((shares(x) - (full.joint(EVERY)[:, 0] / 2).softmax(0)).abs().sum()) / 2 < 0.04


@pytest.mark.parametrize("method", ["clamped", "exact"])
def test_a_filled_mask_follows_the_conditional(method: str) -> None:
    rbm = strong()
    known = torch.tensor([True, False, True, False, False, False])
    value = torch.tensor([1.0, -1, -1, -1, -1, -1])
    condition = Mask(value.view(1, 2, 3), (~known).float().view(1, 2, 3))
    fits = ((EVERY > 0) == (value > 0))[:, known].all(1)
    exact = torch.where(fits, rbm.joint(EVERY)[:, 0], -torch.inf).softmax(0)
    sampler = (
        Gibbs(rbm, SMALL, torch.zeros(8, 6), torch.full((6,), 0.5), fills=True)
        if method == "clamped"
        else DrawHidden(rbm, SMALL, fills=True)
    )
    x = finish(trajectory(sampler, 20_000, Steer(sampler.Knobs(), condition=condition), 0))[-1].x
    assert float((shares(x) - exact).abs().sum()) / 2 < 0.03


def test_a_mask_in_the_plane_is_filled_from_the_exact_conditional() -> None:
    """x2 given x1 = 0.3: mean and spread against the normalised density on that line."""
    rbm = Restricted(2, 0, 8, gaussian=True, rng=rng_for(5)).requires_grad_(False)
    axis = torch.linspace(-6, 6, 2401)
    line = torch.stack([torch.full_like(axis, 0.3), axis], 1)
    weight = rbm.joint(line)[:, 0].softmax(0)
    mean = float(weight @ axis)
    spread = math.sqrt(float(weight @ (axis - mean).square()))
    sampler = DrawHidden(rbm, DataSpec((2,)), fills=True)
    condition = Mask(torch.tensor([0.3, 0.0]), torch.tensor([0.0, 1.0]))
    x = finish(trajectory(sampler, 20_000, Steer(condition=condition), 0))[-1].x
    assert bool((x[:, 0] == 0.3).all())
    assert float(x[:, 1].mean()) == pytest.approx(mean, abs=0.03)
    assert float(x[:, 1].std()) == pytest.approx(spread, abs=0.03)


def bars(n: int, rng: torch.Generator) -> Tensor:
    """Bars and stripes of 4x4 pixels in [-1, 1]: 30 pictures that no independent units can draw."""
    on = (torch.rand(n, 4, generator=rng) < 0.5).float()
    upright = torch.rand(n, generator=rng) < 0.5
    x = on[:, None, :].expand(n, 4, 4)
    return 2 * torch.where(upright[:, None, None], x, x.transpose(1, 2))[:, None] - 1


@pytest.mark.parametrize(
    ("settings", "nats"),
    [
        ({"hidden": 16, "method": "pcd"}, 6.0),
        ({"hidden": 10, "method": "direct"}, 5.5),
        ({"hidden": 16, "method": "cd"}, 7.0),
    ],
)
def test_it_learns_bars_and_stripes(settings: dict[str, object], nats: float) -> None:
    """Their entropy is 3.1 nats; independent pixels need 11.1."""
    spec = DataSpec((1, 4, 4), "binary", value_range=(-1.0, 1.0), levels=2)
    model = FAMILY.build(FAMILY.Config(**settings), spec, rng_for(0))
    model.retune(FAMILY.recipe(spec, torch.device("cpu")).training.model_copy(update={"learning_rate": 0.02}))
    for i in range(600):
        model.train_step(Batch.of(bars(64, rng_for(1, i))), rng_for(2, i))
    density = model.abilities().log_density
    assert density is not None
    assert (density.kind, density.levels) == ("exact", 2)
    with torch.no_grad():
        assert -float(density(bars(300, rng_for(7))).mean()) < nats


def test_a_large_machine_says_that_its_likelihood_is_an_estimate_and_keeps_it_for_its_weights() -> None:
    spec = DataSpec((1, 8, 8), classes=("a", "b"))
    model = FAMILY.build(FAMILY.Config(hidden=32), spec, rng_for(0))
    assert isinstance(model, BoltzmannMachine)
    x = torch.randn(20, 1, 8, 8, generator=rng_for(1)).sign()
    model.train_step(Batch.of(x, torch.arange(20) % 2), rng_for(2))
    density = model.abilities().log_density
    assert density is not None
    assert density.kind == "estimate"
    before = density(x)
    model.train_step(Batch.of(x, torch.arange(20) % 2), rng_for(3))
    assert torch.equal(density(x), before)


def test_pixels_above_the_middle_are_white() -> None:
    """A picture in grey has the likelihood of its black and white version."""
    model = FAMILY.build(FAMILY.Config(hidden=4), DataSpec((1, 2, 3)), rng_for(0))
    density = model.abilities().log_density
    assert density is not None
    x = torch.tensor([[0.2, -0.7, 0.9, 0.01, -0.01, -1.0]]).view(1, 1, 2, 3)
    assert torch.equal(density(x), density(x.sign()))


def test_grey_pixels_are_learned_from_as_chances_and_shown_as_chances() -> None:
    """Told of one picture in grey, a machine draws black and white of that mean, and shows the mean."""
    spec, grey = DataSpec((1, 2, 3)), torch.tensor([-0.8, -0.4, 0.0, 0.2, 0.6, 0.9]).view(1, 1, 2, 3)
    model = FAMILY.build(FAMILY.Config(hidden=2), spec, rng_for(0))
    model.retune(Training(batch=64, learning_rate=2e-2))
    for i in range(300):
        model.train_step(Batch.of(grey.expand(64, -1, -1, -1)), rng_for(1, i))
    sampler = model.abilities().samplers["gibbs"]
    seen = finish(trajectory(sampler, 1500, Steer(sampler.Knobs(steps=20)), 0))[-1].x
    drawn = finish(trajectory(sampler, 1500, Steer(sampler.Knobs(steps=20, show="black and white")), 0))[-1].x
    torch.testing.assert_close(drawn, drawn.sign())
    torch.testing.assert_close(drawn.mean(0), grey[0], atol=0.12, rtol=0)
    torch.testing.assert_close(seen.mean(0), grey[0], atol=0.12, rtol=0)
    assert float((seen - grey).square().mean()) < 0.2 * float((drawn - grey).square().mean())


def test_the_mean_of_a_long_clamped_chain_is_the_mean_of_the_conditional() -> None:
    rbm, spec = strong(), DataSpec((1, 2, 3))
    known = torch.tensor([True, False, True, False, False, False])
    value = torch.tensor([1.0, -1, -1, -1, -1, -1])
    condition = Mask(value.view(1, 2, 3), (~known).float().view(1, 2, 3))
    fits = ((EVERY > 0) == (value > 0))[:, known].all(1)
    exact = torch.where(fits, rbm.joint(EVERY)[:, 0], -torch.inf).softmax(0) @ (2 * EVERY - 1)
    sampler = Gibbs(rbm, spec, torch.zeros(8, 6), torch.full((6,), 0.5), fills=True, Knobs=MeanGibbsKnobs)
    steer = Steer(sampler.Knobs(steps=300, sweeps=4, average=1000), condition=condition)
    x = finish(trajectory(sampler, 20, steer, 0))[-1].x
    torch.testing.assert_close(x.mean(0).flatten(), exact, atol=0.03, rtol=0)
    assert float(x.std(0).max()) < 0.15


def test_pictures_in_black_and_white_stay_so() -> None:
    abilities = FAMILY.build(FAMILY.Config(hidden=4), SMALL, rng_for(0)).abilities()
    assert list(abilities.methods) == ["clamped", "exact"]
    sampler = abilities.samplers["gibbs"]
    x = finish(trajectory(sampler, 8, Steer(sampler.Knobs(steps=3)), 0))[-1].x
    assert torch.equal(x, x.sign())


def test_samples_may_start_at_the_chains_that_training_kept() -> None:
    model = FAMILY.build(FAMILY.Config(hidden=4), SMALL, rng_for(0))
    data = torch.ones(16, 1, 2, 3)
    model.train_step(Batch.of(data), rng_for(1))
    sampler = model.abilities().samplers["gibbs"]
    kept = model.state_dict()["chains"]
    x = sampler.start(30, Steer(sampler.Knobs(start="chains")), rng_for(2)).x
    kept_pictures = {tuple(row.tolist()) for row in (2 * kept - 1)}
    assert {tuple(row.tolist()) for row in x.flatten(1)} <= kept_pictures


def test_too_large_pictures_are_refused_with_a_cure() -> None:
    reason = FAMILY.accepts(DataSpec((1, 64, 64)))
    assert reason is not None
    assert "32x32" in reason
