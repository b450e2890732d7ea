"""Diffusion: the denoiser, and a mean over the batch that leaves the gradient's expectation alone."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.diffusion.diffusion import Config, Diffusion
from dgm_studio.families.diffusion.noisy_net import posterior_means, stratified

POINTS = DataSpec((2,))


@pytest.fixture
def model():
    made = Diffusion(Config(), POINTS, rng_for(0))
    with torch.no_grad():
        for i, p in enumerate(made.net.learner.shown.parameters()):
            p.add_(0.05 * torch.randn(p.shape, generator=rng_for(1, i)))
    return made


@pytest.mark.parametrize("sigma", [0.01, 0.5, 8.0])
def test_gradient_score_and_denoiser_say_the_same(model, sigma):
    x = torch.randn(50, 2, generator=rng_for(2)) * (1 + sigma)
    d = model.learner.denoise(x, sigma, None)
    assert torch.allclose(model.learner.noise(x, sigma, None), (x - d) / sigma, atol=2e-3)


def test_velocity_is_the_derivative_of_what_is_shown(model):
    """By finite differences along one exact step of the ODE in noise."""
    t, h = 0.4, 1e-3
    x = torch.randn(50, 2, generator=rng_for(2)) * 3
    scale = [model.at(s)[0] for s in (t, t + h)]
    sigma = [model.levels.sigma(s) for s in (t, t + h)]
    middle = x + 0.5 * (sigma[1] - sigma[0]) * model.learner.noise(x, sigma[0], None)
    moved = x + (sigma[1] - sigma[0]) * model.learner.noise(middle, sum(sigma) / 2, None)
    expected = (scale[1] * moved - scale[0] * x) / h
    velocity = model.velocity(model.levels, 0.5 * (scale[0] * x + scale[1] * moved), t + h / 2, None)
    assert torch.allclose(velocity, expected, atol=5e-3)


def test_posterior_mean_is_the_mean_over_the_batch():
    u = torch.randn(300, 2, generator=rng_for(1))
    cos, sin = torch.full((300, 1), 0.6), torch.full((300, 1), 0.8)
    mix = cos * u + sin * torch.randn(300, 2, generator=rng_for(2))
    means = posterior_means(u, mix, cos, sin, None, None)
    for j in (0, 255, 299):
        block = u[:256] if j < 256 else u[256:]
        w = torch.softmax(-(mix[j] - 0.6 * block).square().sum(1) / (2 * 0.8**2), 0)
        assert torch.allclose(means[j], w @ block, atol=1e-5)


def test_posterior_mean_keeps_to_the_class_that_is_shown():
    u = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    label = torch.tensor([0, 1])
    shown = torch.tensor([0, -1])
    cos, sin = torch.full((2, 1), 0.1), torch.full((2, 1), 1.0)
    means = posterior_means(u, torch.zeros(2, 2), cos, sin, shown, label)
    assert torch.allclose(means, torch.tensor([[-1.0, 0.0], [0.0, 0.0]]), atol=1e-6)


def test_almost_no_noise_leaves_the_point_itself():
    u = torch.randn(256, 2, generator=rng_for(1))
    sin = torch.full((256, 1), 1e-3)
    assert torch.allclose(posterior_means(u, u, (1 - sin**2).sqrt(), sin, None, None), u, atol=1e-4)


def test_noise_levels_cover_their_range_in_every_batch():
    u = stratified(64, rng_for(1), torch.device("cpu"))
    assert torch.equal((u * 64).floor(), torch.arange(64.0))


def clusters(n, seed):
    """Two clusters at (-1, 0) and (1, 0), by class."""
    label = torch.arange(n) % 2
    x = 0.35 * torch.randn(n, 2, generator=rng_for(seed, 1))
    x[:, 0] += 2.0 * label - 1
    return Batch.of(x, label)


def trained(steps=300, **config):
    model = Diffusion(Config(**config), DataSpec((2,), classes=("left", "right")), rng_for(0))
    model.retune(Training())
    for i in range(steps):
        model.train_step(clusters(256, i), rng_for(1, i))
    return model


def sample(model, name="heun", label=None, n=600, temperature=1.0, **knobs):
    sampler = model.abilities().samplers[name]
    steer = Steer(sampler.Knobs(**knobs), temperature, label)
    return finish(trajectory(sampler, n, steer, 3))[-1].x


@pytest.mark.parametrize("change", [{"target": "epsilon"}, {"target": "x0"}, {"target": "v"}, {"schedule": "cosine"}])
def test_every_target_and_schedule_learns_the_data(change):
    x = sample(trained(300, **change), steps=36)
    near = (x.abs() - torch.tensor([1.0, 0.0])).square().sum(1).sqrt() < 3.5 * 0.35
    assert float(near.float().mean()) > 0.95
    assert float((x[:, 0] > 0).float().mean()) == pytest.approx(0.5, abs=0.1)


@pytest.fixture(scope="module")
def led():
    return trained(classifier=True, early=40)


def test_a_classifier_leads_the_unconditional_model_to_a_class(led):
    label = torch.arange(600) % 2
    x = sample(led, label=label, guidance=0.0, classifier_guidance=1.0)
    assert float(((x[:, 0] > 0).long() == label).float().mean()) > 0.95
    with torch.inference_mode():
        again = sample(led, label=label, guidance=0.0, classifier_guidance=1.0)
    assert torch.allclose(x, again.clone(), atol=1e-5)
    nobody = sample(led, label=torch.full((50,), -1), n=50, classifier_guidance=3.0)
    assert torch.allclose(nobody, sample(led, n=50), atol=1e-5)


def test_the_early_model_is_kept_and_is_worse(led):
    early, late = (sample(led, autoguidance=w).abs() - torch.tensor([1.0, 0.0]) for w in (0.0, 1.0))
    assert float(early.square().mean()) > 1.1 * float(late.square().mean())
    young = trained(5)
    assert torch.allclose(sample(young, autoguidance=3.0), sample(young), atol=1e-4)


def test_guides_are_saved_with_the_model(led):
    twin = Diffusion(led.config, led.spec, rng_for(9))
    twin.load_state_dict({k: v for k, v in led.state_dict().items() if not k.startswith("optimiser.")})
    asked = {"label": torch.zeros(20, dtype=torch.long), "n": 20, "autoguidance": 1.5, "classifier_guidance": 1.0}
    assert torch.equal(sample(twin, **asked), sample(led, **asked))


def test_without_classes_there_is_no_classifier():
    model = Diffusion(Config(classifier=True), POINTS, rng_for(0))
    assert "classifier_guidance" not in model.abilities().samplers["heun"].Knobs.model_fields
    assert not any(k.startswith("classifier.") for k in model.state_dict())
