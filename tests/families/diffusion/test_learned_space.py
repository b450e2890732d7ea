"""A learned latent space: what it brings back, and that everything asked of a noise path still works in it."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.objective import Objective
from dgm_studio.conditions.observation import observe
from dgm_studio.conditions.operators import parse
from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import Abilities, Batch, DataSpec, Frame, Rng, Steer, Training, finish, rng_for, trajectory
from dgm_studio.engine.runs.recorder import averages
from dgm_studio.families.diffusion import diffusion, few_step, flow_matching
from dgm_studio.families.diffusion.learned_space import LearnedSpace
from dgm_studio.nets.autoencoder import Autoencoder
from dgm_studio.samplers.path import PathSampler

SPEC = DataSpec((1, 16, 16), classes=("across", "down"), value_range=(-1, 1))
SMALL = {"space": "latent", "latents": 16, "width": 96, "depth": 2}


def bars(n: int, rng: Rng) -> Batch:
    """White bars of four pixels across or down a black picture."""
    label, where = torch.randint(2, (n,), generator=rng), torch.randint(13, (n,), generator=rng)
    line = (torch.arange(16) - where[:, None]).clamp(-1, 4)
    on = torch.where((line >= 0) & (line < 4), 0.9, -0.9)[:, None, :, None].expand(n, 1, 16, 16)
    x = torch.where((label == 0)[:, None, None, None], on, on.transpose(2, 3))
    return Batch.of((x + 0.05 * torch.randn(x.shape, generator=rng)).clamp(-1, 1), label)


def learn(model, steps: int, first: int = 0) -> list[float]:
    return [
        float(model.train_step(bars(64, rng_for(1, i)), rng_for(2, i))["loss"]) for i in range(first, first + steps)
    ]


def build(family=flow_matching, **config):
    model = family.FAMILY.build(family.Config(**{**SMALL, **config}), SPEC, rng_for(0))
    model.retune(Training(batch=64, learning_rate=2e-3))
    return model


@cache
def trained(name: str = "flow-matching"):
    model = build({"flow-matching": flow_matching, "diffusion": diffusion}[name])
    learn(model, 500)
    return model


@cache
def able(name: str = "flow-matching") -> Abilities:
    return complete(trained(name).abilities(), SPEC)


def drawn(sampler, n: int, steer: Steer, seed: int = 3) -> list[Frame]:
    knobs = sampler.Knobs().model_copy(update={"steps": 12})
    with torch.inference_mode():
        held = Steer(knobs, steer.temperature, steer.label, steer.condition)
        return finish(trajectory(sampler, n, held, seed))


def misfit(x: Tensor, truth: Tensor) -> float:
    return float((x - truth).square().mean())


def test_pictures_come_back_and_latents_have_unit_variance() -> None:
    space, x = trained().net.learned, bars(200, rng_for(7)).x
    z = space.encode(x)
    assert misfit(space.decode(z), x) < 0.15 * float(x.var())
    assert float(z.std(0).log().abs().mean()) < 0.3
    assert float(space.left.square().mean()) == pytest.approx(misfit(space.decode(z), x), rel=1.0)


@pytest.mark.parametrize("name", ["flow-matching", "diffusion"])
def test_samples_are_of_the_class_asked_for(name: str) -> None:
    sampler = next(iter(able(name).samplers.values()))
    label = torch.arange(64) % 2
    x = drawn(sampler, 64, Steer(label=label))[-1].x[:, 0]
    across = x.mean(2).var(1) > x.mean(1).var(1)
    assert float((across == (label == 0)).float().mean()) > 0.9


def test_a_walk_goes_on_from_the_latents_that_a_frame_carries() -> None:
    """Not from those of the picture that it shows: a decoder's picture is not encoded as what it was made of."""
    sampler = next(iter(able().samplers.values()))
    assert isinstance(sampler, PathSampler)
    frames = drawn(sampler, 4, Steer())
    path = sampler.path
    for frame in frames:
        torch.testing.assert_close(path.space.decode(path.latents(frame)), frame.x)
    assert misfit(path.space.encode(frames[2].x), path.latents(frames[2])) > 1e-3


def test_every_method_fills_a_hole_with_what_fits_around_it() -> None:
    """The left half tells where a bar goes across, so that what is filled in is nearer to the truth than samples are."""
    truth = bars(60, rng_for(8))
    across = truth.x[truth.label == 0][:16]
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., 8:] = 1
    first = next(iter(able().samplers.values()))
    hole = (mask > 0).expand_as(across)
    free = misfit(drawn(first, 16, Steer(label=torch.zeros(16, dtype=torch.long)))[-1].x[hole], across[hole])
    methods = {name: method for name, method in able().methods.items() if method.condition == "mask"}
    assert {"replacement", "repaint", "ddnm", "dps"} <= methods.keys()
    assert not {"pigdm", "twisted"} & methods.keys()
    for name in ("replacement", "repaint", "ddnm", "dps"):
        x = drawn(methods[name].sampler, 16, Steer(condition=Mask(across, mask)))[-1].x
        assert torch.equal(x[~hole], across[~hole]), name

        assert misfit(x[hole], across[hole]) < 0.6 * free, name


@pytest.mark.parametrize("method", ["restore-ddnm", "restore-dps"])
def test_a_small_picture_is_made_large_again(method: str) -> None:
    truth = bars(16, rng_for(9)).x
    operator = parse("down4", SPEC.event)
    sampler = able().methods[method].sampler
    x = drawn(sampler, 16, Steer(condition=observe(operator, truth, rng_for(10), 0.0)))[-1].x
    plain = drawn(sampler, 16, Steer())[-1].x
    assert misfit(operator.forward(x), operator.forward(truth)) < 0.3 * misfit(
        operator.forward(plain), operator.forward(truth)
    )
    assert misfit(x, truth) < 0.5 * misfit(plain, truth)


def test_strokes_stay_as_near_as_their_strength_says() -> None:
    painted = bars(1, rng_for(11)).x[0]
    sampler = able().methods["sdedit"].sampler

    def edited(strength: float) -> Tensor:
        strokes = Strokes(painted, painted, torch.ones(1, 16, 16), strength)
        return drawn(sampler, 24, Steer(condition=strokes))[-1].x

    assert torch.equal(edited(0.0)[0], painted)
    assert misfit(edited(0.25), painted) < 0.5 * misfit(edited(1.0), painted)


def test_an_objective_is_led_uphill_through_the_decoder() -> None:
    objective = Objective(lambda x: 40 * x[:, :, :8].mean((1, 2, 3)) - 40 * x[:, :, 8:].mean((1, 2, 3)))
    sampler = able().methods["uphill"].sampler
    led, free = (drawn(sampler, 32, Steer(condition=asked))[-1].x for asked in (objective, None))
    assert float(objective.value(led).mean()) > float(objective.value(free).mean()) + 5


@pytest.mark.parametrize("name", ["flow-matching", "diffusion"])
def test_the_density_is_an_estimate_that_tells_data_from_noise(name: str) -> None:
    density = able(name).log_density
    assert density is not None
    assert density.kind == "estimate"
    data = bars(6, rng_for(12))
    turned = data.x.flatten(1)[:, torch.randperm(256, generator=rng_for(13))].view_as(data.x)
    with torch.no_grad():
        likely, strange = density(data.x, data.label), density(turned, data.label)
    assert bool((likely > strange + 50).all())
    assert "latents an image" in density.note()


def test_the_class_is_read_from_a_picture() -> None:
    data = bars(24, rng_for(14))
    classifier = able().classifier
    assert classifier is not None
    with torch.no_grad():
        told = finish(classifier.work(data.x)).argmax(1)
    assert float((told == data.label).float().mean()) > 0.85


def test_a_saved_model_goes_on_to_the_same_loss_and_a_small_one_draws_the_same() -> None:
    model, again, small = build(), build(), build()
    learn(model, 3)
    state = model.state_dict()
    again.load_state_dict(state)
    assert learn(model, 2, 3) == learn(again, 2, 3)
    small.load_state_dict(averages(model.state_dict()))
    first, second = (drawn(next(iter(m.abilities().samplers.values())), 2, Steer())[-1].x for m in (model, small))
    assert torch.equal(first, second)


def test_jumps_are_learnt_in_a_latent_space_that_stays() -> None:
    model = build(few_step, teacher_steps=4)
    learn(model, 4)
    assert not model.net.learned.settled
    learn(model, 1, 4)
    before = model.net.learned.learner.shown.write.weight.clone()
    learn(model, 60, 5)
    assert model.net.learned.settled
    assert torch.equal(before, model.net.learned.learner.shown.write.weight)
    again = build(few_step, teacher_steps=4)
    again.load_state_dict(model.state_dict())
    assert again.net.learned.settled
    assert drawn(again.abilities().samplers["jumps"], 2, Steer())[-1].x.shape == (2, 1, 16, 16)


@pytest.mark.parametrize("event", [(1, 8, 8), (3, 17, 22), (1, 5, 3), (1, 28, 28)])
def test_any_size_fits(event: tuple[int, ...]) -> None:
    net = Autoencoder(event, 8, rng_for(0))
    x = torch.randn((2, *event), generator=rng_for(1))
    assert net.encode(x).shape == (2, 8)
    assert net.decode(net.encode(x)).shape == x.shape


def test_one_picture_and_a_set_that_never_changes_leave_numbers_finite() -> None:
    space = LearnedSpace((1, 8, 8), 8, rng_for(0))
    space.retune(Training(batch=8, learning_rate=2e-3))
    for x in (torch.zeros(1, 1, 8, 8), torch.ones(5, 1, 8, 8)):
        for i in range(3):
            assert bool(space.learn(x, rng_for(i)).isfinite().all())
    assert bool(space.decode(space.encode(torch.zeros(1, 1, 8, 8))).isfinite().all())
