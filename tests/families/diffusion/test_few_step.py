"""Few-step generators: jumps of one step, what they are learnt from, and the change of phase."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.evaluation.sliced_wasserstein import directions, sliced_squares
from dgm_studio.families.diffusion.few_step import Config, FewStep
from dgm_studio.families.diffusion.meanflow import (
    angle,
    average_velocity_target,
    implied_velocity_target,
    leap,
)
from dgm_studio.families.diffusion.straight import turn

POINTS = DataSpec((2,))
PICTURES = DataSpec((1, 6, 6), classes=("dark", "light"), value_range=(-1, 1))
METHODS = ["reflow", "meanflow", "consistency"]
"""Those that follow a teacher."""
EVERY_METHOD = [*METHODS, "improved-meanflow"]


def ring(n, seed):
    angle = 6.2832 * torch.rand(n, generator=rng_for(seed, 1))
    x = torch.stack((angle.cos(), angle.sin()), 1) * 1.4
    return Batch.of(x + 0.05 * torch.randn(n, 2, generator=rng_for(seed, 2)))


def shades(n, seed):
    """Pictures that are dark or light by class."""
    label = torch.arange(n) % 2
    x = (1.2 * label - 0.6)[:, None, None, None].expand(n, 1, 6, 6)
    return Batch.of(x + 0.1 * torch.randn(x.shape, generator=rng_for(seed, 3)), label)


def trained(steps, draw=ring, spec=POINTS, rate=5e-3, **config):
    model = FewStep(Config(**config), spec, rng_for(0))
    model.retune(Training(batch=256, learning_rate=rate))
    go_on(model, 0, steps, draw)
    return model


def go_on(model, first, last, draw=ring):
    return [float(model.train_step(draw(256, i), rng_for(1, i))["loss"]) for i in range(first, last)]


def sample(model, n, label=None, **knobs):
    sampler = model.abilities().samplers["jumps"]
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(**knobs), label=label), 3))


def distance(x):
    """Sliced Wasserstein-2 to fresh points of the ring."""
    squares = sliced_squares(x, ring(len(x), 999).x, directions(2, rng_for(4)))
    return float(squares.mean().sqrt())


@pytest.mark.parametrize("method", METHODS)
def test_one_jump_lands_on_the_data_once_the_teacher_is_followed(method):
    """The tangent at the start leads to the mean of the data, 0.9 away; an average velocity that is not learnt yet is
    nearer."""
    model = trained(300, method=method, teacher_steps=300, width=64, depth=2)
    before = distance(sample(model, 2000)[-1].x)
    go_on(model, 300, 600)
    after = distance(sample(model, 2000)[-1].x)
    assert after < 0.1
    assert after < (0.1 if method == "reflow" else 0.6) * before
    assert distance(sample(model, 2000, steps=4)[-1].x) < 0.1


def gaussian_velocity(std):
    """F of data N(0, std^2) seen through a network that believes in unit variance, and the exact flow between two times."""

    def velocity(m, t):
        cos, sin, _ = turn(t, torch.ones(()))
        return cos * sin * (std**2 - 1) / (cos**2 * std**2 + sin**2) * m

    def carried(m, t, s):
        (c, a, _), (d, b, _) = turn(t, torch.ones(())), turn(s, torch.ones(()))
        return m * torch.sqrt((d**2 * std**2 + b**2) / (c**2 * std**2 + a**2))

    return velocity, carried


@pytest.mark.parametrize("std", [0.3, 1.0, 2.0])
def test_the_average_velocity_of_a_gaussian_meets_its_identity(std):
    """The true average velocity is its own target, up to the error of the flow's midpoint step."""
    velocity, carried = gaussian_velocity(std)
    one = torch.ones((), dtype=torch.float64)
    t, s = torch.rand((2, 500, 1), generator=rng_for(1), dtype=torch.float64).sort(0).values
    m = torch.randn(500, 2, generator=rng_for(2), dtype=torch.float64)

    def mean(m, t, s):
        return (m - carried(m, t, s)) / (angle(s, one) - angle(t, one))

    assert torch.allclose(leap(m, t, s, one, mean(m, t, s)), carried(m, t, s))
    target = average_velocity_target(mean, velocity, m, t, s, one)
    assert (target - mean(m, t, s)).abs().max() < 0.05
    wrong = average_velocity_target(lambda *given: 1.2 * mean(*given), velocity, m, t, s, one)
    assert (wrong - target).abs().max() <= 0.2 * mean(m, t, s).abs().max() + 0.05


def test_the_identity_holds_to_second_order_of_the_step():
    """Ten times closer times: a hundred times smaller error."""
    velocity, carried = gaussian_velocity(2.0)
    one, m = torch.ones((), dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    errors = []
    for step in (0.2, 0.02):
        t, s = torch.tensor([[0.3]], dtype=torch.float64), torch.tensor([[0.3 + step]], dtype=torch.float64)

        def mean(m, t, s):
            return (m - carried(m, t, s)) / (angle(s, one) - angle(t, one))

        errors.append(float((average_velocity_target(mean, velocity, m, t, s, one) - mean(m, t, s)).abs()))
    assert math.log10(errors[0] / errors[1]) == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("std", [0.3, 1.0, 2.0])
def test_the_true_average_implies_the_velocity(std):
    """Of a Gaussian: with the flow's own velocity as line the true average is its own target up to the error of an Euler step,
    and where a jump has no length the target is the line."""
    velocity, carried = gaussian_velocity(std)
    one = torch.ones((), dtype=torch.float64)
    t, s = torch.rand((2, 500, 1), generator=rng_for(1), dtype=torch.float64).sort(0).values
    m = torch.randn(500, 2, generator=rng_for(2), dtype=torch.float64)

    def mean(m, t, s):
        apart = angle(s, one) - angle(t, one)
        there = (m - carried(m, t, s)) / torch.where(s > t, apart, 1.0)
        return torch.where(s > t, there, velocity(m, t))

    target = implied_velocity_target(mean, velocity(m, t), m, t, s, one)
    assert (target - mean(m, t, s)).abs().max() < 0.3
    near = t + 0.01 * (s - t)
    close = implied_velocity_target(mean, velocity(m, t), m, t, near, one)
    assert (close - mean(m, t, near)).abs().max() < 0.01 * 0.3
    line = torch.randn(500, 2, generator=rng_for(3), dtype=torch.float64)
    assert torch.equal(implied_velocity_target(mean, line, m, t, t, one), line)


def test_without_a_teacher_jumps_grow_out_of_flow_matching():
    """Along the tangent a jump would lead to the mean of the data, 0.9 away; grown, one and four land on them."""
    model = trained(600, method="improved-meanflow", teacher_steps=200, growth_steps=150, width=64, depth=2)
    assert model.learner.teacher is None
    assert distance(sample(model, 2000)[-1].x) < 0.15
    assert distance(sample(model, 2000, steps=4)[-1].x) < 0.15


@pytest.mark.parametrize("method", EVERY_METHOD)
@pytest.mark.parametrize("at", [3, 10, 16, 50])
def test_resumes_in_every_phase(method, at):
    """With the teacher alone, with a crowd under way, and with pairs to draw from."""
    config = {"method": method, "teacher_steps": 6, "width": 16, "depth": 1, "components": 8}
    for draw, spec in ((ring, POINTS), (shades, PICTURES)):
        model = trained(at, draw, spec, **config)
        other = FewStep(Config(**config), spec, rng_for(99))
        other.retune(Training(batch=256, learning_rate=5e-3))
        other.load_state_dict(model.state_dict())
        assert torch.equal(sample(model, 4)[-1].x, sample(other, 4)[-1].x)
        assert go_on(model, at, at + 12, draw) == go_on(other, at, at + 12, draw)


def test_a_missing_weight_of_the_teacher_is_named():
    model = trained(8, teacher_steps=6, width=16)
    state = model.state_dict()
    gone = next(k for k in state if k.startswith("teacher."))
    with pytest.raises(ValueError, match=gone):
        FewStep(Config(teacher_steps=6, width=16), POINTS, rng_for(0)).load_state_dict(
            {k: v for k, v in state.items() if k != gone}
        )


def test_without_its_pairs_a_model_makes_new_ones():
    model = trained(60, teacher_steps=6, width=16)
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("optimiser.")}
    other = FewStep(Config(teacher_steps=6, width=16), POINTS, rng_for(0))
    other.load_state_dict(state)
    assert all(math.isfinite(loss) for loss in go_on(other, 60, 100))
    assert len(other.learner.noise) > 0


@pytest.mark.parametrize("method", METHODS)
def test_pictures_jump_to_their_class(method):
    model = trained(350, shades, PICTURES, 2e-3, method=method, teacher_steps=200, width=32, depth=2, components=8)
    label = torch.arange(200) % 2
    for steps in (1, 3):
        x = sample(model, 200, label, steps=steps)[-1].x
        assert float(((x.mean((1, 2, 3)) > 0).long() == label).float().mean()) > 0.97


def test_a_latent_is_the_noise_that_a_jump_starts_from():
    model = trained(30, teacher_steps=10, width=16)
    latent = model.abilities().latent
    frames = sample(model, 20)
    assert torch.allclose(finish(latent.decode(frames[0].x, None)), frames[-1].x)
    assert latent.encode is None


def test_consistency_adds_noise_between_jumps_and_the_others_do_not():
    for method, noisy in (("consistency", True), ("meanflow", False), ("reflow", False)):
        model = trained(12, method=method, teacher_steps=6, width=16)
        sampler = model.abilities().samplers["jumps"]
        steer = Steer(sampler.Knobs(steps=2))
        frame = sampler.start(5, steer, rng_for(0))
        there, again = (sampler.step(frame, steer, rng_for(seed)).x for seed in (1, 2))
        assert torch.equal(there, again) != noisy
