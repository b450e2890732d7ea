"""What diffusion and flow matching promise alike: densities, latents, classes, masks, resuming, recipes."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.diffusion import diffusion, flow_matching

POINTS = DataSpec((2,))
CLASSES = DataSpec((2,), classes=("left", "right"))
PICTURES = DataSpec((1, 6, 6), classes=("dark", "light"), value_range=(-1, 1))


@pytest.fixture(params=[diffusion.FAMILY, flow_matching.FAMILY], ids=lambda f: f.name)
def family(request):
    return request.param


def clusters(n, seed, std=0.35):
    """Two clusters at (-1, 0) and (1, 0), by class; H = 1 + ln(2 pi std^2) + ln 2 nearly, as they hardly touch."""
    label = torch.arange(n) % 2
    x = std * torch.randn(n, 2, generator=rng_for(seed, 1))
    x[:, 0] += 2.0 * label - 1
    return Batch.of(x, label)


def shades(n, seed):
    """Pictures that are dark or light by class, with a bright spot somewhere along the diagonal."""
    label = torch.arange(n) % 2
    x = (1.2 * label - 0.6)[:, None, None, None].expand(n, 1, 6, 6).clone()
    place = torch.randint(6, (n,), generator=rng_for(seed, 2))
    x[torch.arange(n), 0, place, place] += 0.4
    return Batch.of(x + 0.05 * torch.randn(x.shape, generator=rng_for(seed, 3)), label)


def trained(family, spec, draw, steps, rate=5e-3, **config):
    model = family.build(family.Config(**config), spec, rng_for(0))
    model.retune(Training(batch=256, learning_rate=rate))
    for i in range(steps):
        model.train_step(draw(256, i), rng_for(1, i))
    return model


@pytest.fixture(scope="module")
def models():
    """Trained once per family for all tests here."""
    made = {}

    def get(family):
        if family.name not in made:
            made[family.name] = trained(family, CLASSES, clusters, 400)
        return made[family.name]

    return get


def sample(sampler, n=500, seed=5, label=None, **knobs):
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(**knobs), label=label), seed))


def test_density_is_near_the_truth_and_integrates_to_one(family, models):
    density = models(family).abilities().log_density
    assert density.kind == "exact"
    x = clusters(1000, 77).x
    away = (x[:, None] - torch.tensor([[-1.0, 0.0], [1.0, 0.0]])).square().sum(2) / (2 * 0.35**2)
    truth = torch.logsumexp(-away, 1) - math.log(2) - math.log(2 * math.pi * 0.35**2)
    assert -0.02 < float((truth - density(x)).mean()) < 0.08
    side = torch.linspace(-3.2, 3.2, 30)
    grid = torch.cartesian_prod(side, side)
    assert float(density(grid).exp().sum() * (side[1] - side[0]) ** 2) == pytest.approx(1.0, abs=0.02)


def test_density_of_a_class_is_that_class_alone(family, models):
    density = models(family).abilities().log_density
    x = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    left = density(x, torch.zeros(2, dtype=torch.long))
    assert left[0] - left[1] > 2
    assert density(x)[0] == pytest.approx(float(density(x)[1]), abs=0.5)


def test_density_does_not_mind_the_gradient_mode(family, models):
    density = models(family).abilities().log_density
    x = clusters(5, 7).x
    plain = density(x)
    with torch.no_grad():
        assert torch.equal(density(x), plain)
    with torch.inference_mode():
        assert torch.equal(density(x.clone()), plain)


def test_latents_lead_there_and_back(family, models):
    latent = models(family).abilities().latent
    x = clusters(200, 8).x
    z = finish(latent.encode(x, None))
    assert z.shape == (200, latent.size)
    assert float(z.std()) == pytest.approx(1.0, abs=0.15)
    assert (finish(latent.decode(z, None)) - x).abs().max() < 5e-3


def test_every_sampler_follows_the_class(family, models):
    label = torch.arange(300) % 2
    for name, sampler in models(family).abilities().samplers.items():
        x = sample(sampler, 300, label=label)[-1].x
        assert float(((x[:, 0] > 0).long() == label).float().mean()) > 0.97, name


def test_guidance_walks_away_from_the_other_class(family, models):
    sampler = next(iter(models(family).abilities().samplers.values()))
    label = torch.ones(400, dtype=torch.long)
    means = [float(sample(sampler, 400, label=label, guidance=w)[-1].x[:, 0].mean()) for w in (0.0, 1.0, 4.0)]
    assert means[0] < 0.3
    assert means[0] < means[1] < means[2]


def test_rows_without_a_class_are_unconditional(family, models):
    sampler = next(iter(models(family).abilities().samplers.values()))
    nobody = sample(sampler, 50, label=torch.full((50,), -1))[-1].x
    assert torch.allclose(nobody, sample(sampler, 50)[-1].x, atol=1e-5)


def test_an_untrained_model_is_a_standard_normal(family):
    """The network starts at zero, which leaves the linear part: exact for N(0, 1), temperature and score included."""
    abilities = family.build(family.Config(), POINTS, rng_for(0)).abilities()
    x = torch.randn(500, 2, generator=rng_for(3))
    exact = -0.5 * x.square().sum(1) - math.log(2 * math.pi)
    assert torch.allclose(abilities.log_density(x), exact, atol=2e-3)
    assert torch.allclose(abilities.score(x, 0.9, None), -x / float(spread(abilities, 0.9)) ** 2, rtol=1e-2, atol=1e-3)
    sampler = next(iter(abilities.samplers.values()))
    frames = finish(trajectory(sampler, 8000, Steer(sampler.Knobs(), temperature=0.25), 1))
    # 18 steps of the solver add 0.011, and chance 0.003
    assert float(frames[-1].x.std()) == pytest.approx(0.5, abs=0.035)


def spread(abilities, t):
    return math.hypot(*next(iter(abilities.samplers.values())).path.at(t))


def test_known_pixels_come_back_identical_in_pixels_and_components(family):
    for components in (0, 8):
        model = trained(family, PICTURES, shades, 3, width=32, components=components)
        value, mask = shades(1, 4).x[0], torch.ones(1, 6, 6)
        mask[:, :3] = 0
        for method in (w for w in model.abilities().methods.values() if w.condition == "mask"):
            steer = Steer(method.sampler.Knobs(steps=4), condition=Mask(value, mask))
            frames = finish(trajectory(method.sampler, 3, steer, 2))
            assert torch.equal(frames[-1].x[:, :, :3], value[:, :3].expand(3, 1, 3, 6))
            assert frames[-1].x.isfinite().all()


def test_pictures_are_learnt_in_components(family):
    model = trained(family, PICTURES, shades, 300, rate=2e-3, width=64, depth=2, components=16)
    abilities = model.abilities()
    assert abilities.log_density.kind == "estimate"
    label = torch.arange(100) % 2
    x = sample(next(iter(abilities.samplers.values())), 100, label=label)[-1].x
    assert x.shape == (100, 1, 6, 6)
    assert float(((x.mean((1, 2, 3)) > 0).long() == label).float().mean()) > 0.97
    assert x.mean((1, 2, 3))[label == 1].mean() == pytest.approx(0.67, abs=0.1)
    z = finish(abilities.latent.encode(x, label))
    assert (finish(abilities.latent.decode(z, label)) - x).abs().max() < 0.05


@pytest.mark.parametrize("config", [{}, {"components": 8}, {"net": "u-net", "width": 16, "depth": 1}])
def test_resumes_to_the_same_next_loss(family, config):
    spec, draw = (PICTURES, shades) if config else (CLASSES, clusters)
    model = trained(family, spec, draw, 3, **config)
    state = model.state_dict()
    other = family.build(family.Config(**config), spec, rng_for(99))
    other.retune(Training(batch=256, learning_rate=5e-3))
    other.load_state_dict(state)
    for i in (3, 4):
        losses = [float(m.train_step(draw(256, i), rng_for(1, i))["loss"]) for m in (model, other)]
        assert losses[0] == losses[1]


def test_samples_need_nothing_of_the_optimiser(family):
    model = trained(family, PICTURES, shades, 3, components=8, width=32)
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("optimiser.")}
    other = family.build(family.Config(components=8, width=32), PICTURES, rng_for(99))
    other.load_state_dict(state)
    first = [next(iter(m.abilities().samplers.values())) for m in (model, other)]
    assert torch.equal(sample(first[0], 4)[-1].x, sample(first[1], 4)[-1].x)


def test_a_state_that_does_not_fit_is_named(family):
    state = family.build(family.Config(components=8), PICTURES, rng_for(0)).state_dict()
    with pytest.raises(ValueError, match="needs"):
        family.build(family.Config(components=9), PICTURES, rng_for(0)).load_state_dict(state)


def test_a_gradient_reaches_every_parameter(family):
    model = trained(family, CLASSES, clusters, 2)
    before = [p.clone() for p in model.parameters()]
    model.train_step(clusters(256, 5), rng_for(1, 5))
    assert all(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_takes_points_and_small_pictures_and_says_why_not(family):
    assert family.accepts(POINTS) is None
    assert family.accepts(DataSpec((3, 32, 32))) is None
    assert "64 x 64" in family.accepts(DataSpec((3, 128, 128)))
    assert "points" in family.accepts(DataSpec((1, 2, 3, 4)))


@pytest.mark.parametrize("event", [(2,), (1, 8, 8), (1, 28, 28), (3, 32, 32)])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_recipes_are_valid_for_all_data_and_devices(family, event, device):
    recipe = family.recipe(DataSpec(event), torch.device(device))
    config = family.Config(**recipe.config)
    if device == "cpu":
        model = family.build(config, DataSpec(event), rng_for(0))
        assert set(recipe.knobs) <= set(next(iter(model.abilities().samplers.values())).Knobs.model_fields)
