"""What the energy-based model alone promises: normalisation, each way of teaching against a closed form, divergence caught."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Abilities, Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.energy import losses
from dgm_studio.families.energy.ebm import FAMILY, Config
from dgm_studio.families.energy.grid import log_normaliser
from dgm_studio.families.energy.memory import Memory
from dgm_studio.families.energy.plain import PlainEnergy
from dgm_studio.families.energy.space import WhiteSpace

PLANE = DataSpec((2,))
CPU = torch.device("cpu")
VARIANCE = torch.tensor([1.0, 0.25])


def gaussian(n: int, seed: int) -> Tensor:
    return torch.randn(n, 2, generator=rng_for(seed)) * VARIANCE.sqrt()


def log_p(x: Tensor) -> Tensor:
    return -0.5 * (x.square() / VARIANCE).sum(1) - 0.5 * VARIANCE.log().sum() - math.log(2 * math.pi)


def energy(x: Tensor, label: Tensor | None) -> Tensor:
    return 0.5 * (x.square() / VARIANCE).sum(1)


def trained(config: Config, steps: int, rate: float = 1e-2) -> tuple[PlainEnergy, list[float]]:
    model = FAMILY.build(config, PLANE, rng_for(0))
    assert isinstance(model, PlainEnergy)
    model.retune(Training(batch=128, learning_rate=rate))
    seen = []
    for i in range(steps):
        seen.append(float(model.train_step(Batch.of(gaussian(128, i)), rng_for(1, i))["loss"]))
        if not abs(seen[-1]) < FAMILY.diverged_beyond:
            break
    return model, seen


def gap(abilities: Abilities) -> float:
    assert abilities.log_density is not None
    x = gaussian(2000, 12345)
    return float((log_p(x) - abilities.log_density(x)).mean())


def test_the_normaliser_of_a_narrow_and_a_wide_gaussian_is_exact() -> None:
    def negative(x: Tensor) -> Tensor:
        return torch.stack([-(x - 0.3).square().sum(1) / (2 * 0.04**2), -x.square().sum(1) / 2], 1)

    found = finish(log_normaliser(negative, torch.zeros(0, 2)))
    expected = torch.tensor([2 * math.log(0.04), 0.0]).double() + math.log(2 * math.pi)
    torch.testing.assert_close(found, expected, rtol=0, atol=3e-3)


def test_noise_near_the_data_is_a_density() -> None:
    noise = losses.Noise(gaussian(64, 0))
    axis = (torch.arange(240) + 0.5) / 240 * 20 - 10
    x = torch.cartesian_prod(axis, axis)
    assert float(noise.log_density(x).exp().sum() * (20 / 240) ** 2) == pytest.approx(1, abs=1e-3)
    sample = noise.sample(8000, rng_for(0))
    within = float((sample.norm(dim=1) < 1).float().mean())
    assert within == pytest.approx(
        float(noise.log_density(x).exp()[x.norm(dim=1) < 1].sum() * (20 / 240) ** 2), abs=0.02
    )


def test_noise_contrast_is_least_at_the_normalised_density() -> None:
    """Among exp(-E - c) the best c is log Z: noise-contrastive estimation learns it."""
    log_z = 0.5 * float(VARIANCE.log().sum()) + math.log(2 * math.pi)
    shifts = torch.tensor([-0.3, 0.0, 0.3])
    noise = losses.Noise(gaussian(256, 99))
    values = [
        float(
            losses.noise_contrastive(
                lambda x, y, s=s: energy(x, y) + log_z + s, gaussian(20_000, 1), None, noise, rng_for(2)
            )
        )
        for s in shifts.tolist()
    ]
    assert values[1] < values[0]
    assert values[1] < values[2]


def test_noise_contrastive_training_recovers_the_normaliser() -> None:
    model, _ = trained(Config(), 300)
    assert abs(float(finish(model.log_normaliser()).logsumexp(0))) < 0.1
    assert gap(model.abilities()) < 0.03


def test_denoising_loss_is_least_for_the_blurred_density() -> None:
    """For a Gaussian of variance v the best gradient is x / (v + sigma^2), its loss the conditional variance of the noise."""
    sigma, x = 0.5, gaussian(40_000, 3)

    def blurred(z: Tensor, y: Tensor | None) -> Tensor:
        return 0.5 * (z.square() / (VARIANCE + sigma**2)).sum(1)

    best = float(losses.denoising(blurred, x, None, sigma, rng_for(4)).detach())
    expected = float(0.5 * (VARIANCE / (VARIANCE + sigma**2)).mean())
    assert best == pytest.approx(expected, rel=0.02)
    assert best < float(losses.denoising(energy, x, None, sigma, rng_for(4)).detach())


def test_sliced_loss_has_its_closed_form_on_a_gaussian() -> None:
    """E [v' H v + |s|^2 / 2] = -sum 1/v + sum 1/2v = -sum 1/2v where model and data agree."""
    value = float(losses.sliced(energy, gaussian(40_000, 5), None, rng_for(6)).detach())
    assert value == pytest.approx(float(-0.5 * (1 / VARIANCE).sum()), rel=0.03)


def test_contrast_vanishes_for_samples_of_the_data_itself() -> None:
    loss, learnt = losses.contrast(energy, gaussian(40_000, 7), None, gaussian(40_000, 8), 0.1)
    assert abs(float(loss)) < 0.03
    assert float(learnt - loss) == pytest.approx(
        0.1 * 2 * 2.0, rel=0.05
    )  # E of a squared chi-square of 2, halved, is 2


def test_the_grid_gives_nats() -> None:
    x = gaussian(20_000, 9)
    value = float(losses.grid_likelihood(energy, x, None, 64, 5.0, rng_for(10)))
    assert value == pytest.approx(float(-log_p(x).mean()), abs=0.02)


@pytest.mark.parametrize(
    ("method", "steps", "most"), [("pcd", 100, 0.25), ("cd", 100, 0.4), ("sliced", 200, 0.2), ("grid", 60, 0.15)]
)
def test_every_way_of_teaching_learns_a_gaussian(method: str, steps: int, most: float) -> None:
    model, _ = trained(Config(method=method, width=64, depth=2, features=0), steps)
    assert gap(model.abilities()) < most


def test_denoising_pays_for_its_blur() -> None:
    model, _ = trained(Config(method="denoising", blur=0.6, width=64, depth=2, features=0), 300)
    expected = float(0.5 * ((1 + 0.36 / VARIANCE).log() - 0.36 / (VARIANCE + 0.36)).sum())
    assert gap(model.abilities()) == pytest.approx(expected, abs=0.08)


def half_circles(n: int, seed: int) -> Tensor:
    """Thin curved data, whose energy has steep walls."""
    rng = rng_for(seed)
    angle = 2 * math.pi * torch.rand(n, generator=rng)
    arc = torch.stack([1.4 * angle.cos(), 1.4 * angle.sin().abs() - 0.7], 1)
    return arc * torch.where(torch.rand(n, 1, generator=rng) < 0.5, 1.0, -1.0) + 0.1 * torch.randn(n, 2, generator=rng)


def contrasts(corrected: bool, penalty: float) -> list[float]:
    """E(data) - E(samples) of persistent chains with few and bold moves, up to the step at which it counts as divergence."""
    model = FAMILY.build(
        Config(method="pcd", moves=5, size=0.3, corrected=corrected, penalty=penalty, width=64), PLANE, rng_for(0)
    )
    model.retune(Training(batch=128, learning_rate=1e-2))
    seen = [0.0]
    while len(seen) < 200 and abs(seen[-1]) < FAMILY.diverged_beyond:
        i = len(seen)
        seen.append(float(model.train_step(Batch.of(half_circles(128, i)), rng_for(1, i))["loss"]))
    return seen


def test_an_explosion_is_caught_early() -> None:
    """Uncorrected chains and no penalty: chains lose the energy, and energies run away."""
    seen = contrasts(corrected=False, penalty=0.0)
    assert len(seen) < 200
    assert not abs(seen[-1]) < FAMILY.diverged_beyond
    assert "contrast" in FAMILY.when_diverged


def test_corrected_chains_hold_where_uncorrected_ones_explode() -> None:
    seen = contrasts(corrected=True, penalty=1e-3)
    assert len(seen) == 200
    assert max(map(abs, seen)) < 100


def test_persistent_chains_go_on_and_some_begin_afresh() -> None:
    memory = Memory(torch.full((100, 2), 7.0), 0)
    start, where = memory.take(1000, 0.25, 1.0, rng_for(0))
    fresh = (start != 7.0).any(1)
    assert float(fresh.float().mean()) == pytest.approx(0.25, abs=0.05)
    memory.put(where[:1], torch.zeros(1, 2))
    assert bool((memory.chains[where[0]] == 0).all())


def test_chains_can_begin_where_those_of_training_stand() -> None:
    model, _ = trained(Config(method="pcd", buffer=64, width=32, depth=1), 2)
    sampler = model.abilities().samplers["langevin"]
    frame = sampler.start(10, Steer(sampler.Knobs(start="buffer")), rng_for(0))
    assert bool((frame.x[:, None] == model.memory.chains).all(-1).any(1).all())


def test_samples_and_conditionals_agree_with_the_gaussian_learnt() -> None:
    abilities = trained(Config(width=64, depth=2, features=0), 200)[0].abilities()
    x = finish(trajectory(abilities.samplers["population"], 2000, Steer(abilities.samplers["population"].Knobs()), 0))[
        -1
    ].x
    torch.testing.assert_close(x.var(0), VARIANCE, rtol=0.15, atol=0.0)
    for method in abilities.methods.values():
        steer = Steer(
            method.sampler.Knobs(steps=30), condition=Mask(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
        )
        x = finish(trajectory(method.sampler, 500, steer, 0))[-1].x
        assert bool((x[:, 0] == 1.0).all())
        assert float(x[:, 1].var()) == pytest.approx(0.25, rel=0.35)


def test_classes_have_densities_of_their_own_that_integrate_to_one() -> None:
    spec = DataSpec((2,), classes=("left", "right"))
    model = FAMILY.build(Config(width=64, depth=2), spec, rng_for(0))
    model.retune(Training(batch=128, learning_rate=1e-2))
    for i in range(200):
        y = torch.arange(128) % 2
        x = gaussian(128, i) * 0.5 + torch.stack([2.0 * y - 1, torch.zeros(128)], 1)
        model.train_step(Batch.of(x, y), rng_for(1, i))
    density = model.abilities().log_density
    assert density is not None
    axis = (torch.arange(140) + 0.5) / 140 * 12 - 6
    x = torch.cartesian_prod(axis, axis)
    for label in (None, torch.zeros(len(x), dtype=torch.long), torch.ones(len(x), dtype=torch.long)):
        assert float(density(x, label).exp().sum() * (12 / 140) ** 2) == pytest.approx(1, abs=0.01)
    point = torch.tensor([[1.0, 0.0]])
    assert float(density(point, torch.tensor([1])) - density(point, torch.tensor([0]))) > 2


def test_refusals_say_what_it_takes() -> None:
    for spec in (DataSpec((1, 8, 8), "binary"), DataSpec((1, 128, 128)), DataSpec((3,))):
        assert len(FAMILY.accepts(spec) or "") > 20


def test_a_white_space_has_the_transpose_of_its_decoding() -> None:
    """<W z, x> = <z, W' x>: steering along a noise path multiplies by both."""
    space = WhiteSpace((1, 4, 4), 6, CPU)
    scale = torch.linspace(0.2, 2, 16).view(1, 4, 4)
    space.observe(scale * torch.randn(3000, 1, 4, 4, generator=rng_for(0)), rng_for(1))
    z, x = torch.randn(1, 6, generator=rng_for(2)), torch.randn(1, 1, 4, 4, generator=rng_for(3))
    decoded = space.decode(z) - space.decode(torch.zeros_like(z))
    torch.testing.assert_close((decoded * x).sum(), (z * space.transposed(x)).sum())


def test_particles_on_the_noise_path_of_an_energy_answer_a_gaussian_exactly() -> None:
    """Blank but for two correlated brightnesses: the mean of the second given the first is known."""
    spec, rng = DataSpec((1, 1, 2), levels=256), rng_for(0)
    model = FAMILY.build(Config(width=64, depth=2, components=2), spec, rng)
    model.retune(Training(batch=256, learning_rate=3e-3))
    for i in range(250):
        first = 0.4 * torch.randn(256, 1, generator=rng_for(1, i))
        second = 0.8 * first + 0.2 * torch.randn(256, 1, generator=rng_for(2, i))
        model.train_step(Batch.of(torch.cat([first, second], 1).view(-1, 1, 1, 2)), rng_for(3, i))
    methods = model.abilities().methods
    assert [name for name, method in methods.items() if method.careful and method.condition == "mask"] == ["twisted"]
    method = methods["twisted"]
    condition = Mask(torch.tensor([0.5, 0.0]).view(1, 1, 2), torch.tensor([0.0, 1.0]).view(1, 1, 2))
    x = finish(trajectory(method.sampler, 100, Steer(method.sampler.Knobs(), condition=condition), 0))[-1].x
    assert bool((x[..., 0] == 0.5).all())
    assert float(x[..., 1].mean()) == pytest.approx(0.4, abs=0.08)
    assert float(x[..., 1].std()) == pytest.approx(0.2, abs=0.08)
