"""The GAN: what each loss does to modes, and its search for codes."""

from __future__ import annotations

import math
from typing import Literal

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Model, Rng, Steer, finish, rng_for, trajectory
from dgm_studio.families.gan import FAMILY, Config

POINTS = DataSpec((2,))
ANGLES = torch.arange(8) * (math.pi / 4)
CENTRES = torch.stack([ANGLES.cos(), ANGLES.sin()], -1) * 1.4
DEVIATION = 0.17


def ring(n: int, rng: Rng) -> torch.Tensor:
    which = torch.randint(8, (n,), generator=rng)
    return CENTRES[which] + DEVIATION * torch.randn(n, 2, generator=rng)


def fitted(loss: Literal["relativistic", "non-saturating"], steps: int) -> Model:
    model = FAMILY.build(Config(loss=loss), POINTS, rng_for(0))
    for i in range(steps):
        model.train_step(Batch.of(ring(256, rng_for(1, i))), rng_for(2, i))
    return model


def samples(model: Model, n: int, temperature: float = 1.0) -> torch.Tensor:
    sampler = model.abilities().samplers["decode"]
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(), temperature), 0))[-1].x


@pytest.mark.parametrize("loss", ["relativistic", "non-saturating"])
def test_eight_modes_are_found(loss: Literal["relativistic", "non-saturating"]) -> None:
    x = samples(fitted(loss, 350), 2000)
    distance, which = torch.cdist(x, CENTRES).min(1)
    good = distance < 3 * DEVIATION
    assert int((torch.bincount(which[good], minlength=8) >= 20).sum()) == 8
    assert float(good.float().mean()) > 0.8


def test_penalty_is_the_squared_slope_of_the_critic() -> None:
    model = FAMILY.build(Config(penalty=0.0), POINTS, rng_for(0))
    metrics = model.train_step(Batch.of(ring(64, rng_for(0))), rng_for(1))
    assert float(metrics["slope"]) == 0
    model = FAMILY.build(Config(penalty=0.02), POINTS, rng_for(0))
    assert float(model.train_step(Batch.of(ring(64, rng_for(0))), rng_for(1))["slope"]) > 0


def test_there_is_no_density_and_no_encoder() -> None:
    able = FAMILY.build(Config(), POINTS, rng_for(0)).abilities()
    assert able.log_density is None
    assert able.score is None
    assert able.velocity is None
    assert able.log_density is None
    assert able.latent is not None
    assert able.latent.encode is None


def test_images_stay_in_their_range() -> None:
    model = FAMILY.build(Config(), DataSpec((3, 8, 8)), rng_for(0))
    assert float(samples(model, 20).abs().max()) <= 1


def test_search_agrees_with_the_known_coordinate_before_it_is_put_back() -> None:
    model = fitted("relativistic", 250)
    able = model.abilities()
    sampler = able.ways["search"].sampler
    value = torch.tensor([1.4, 0.0])
    steer = Steer(sampler.Knobs(), condition=Mask(value, torch.tensor([0.0, 1.0])))
    frames = finish(trajectory(sampler, 20, steer, 0))
    assert able.latent is not None
    raw = finish(able.latent.decode(frames[-1].state["code"], None))
    first = finish(able.latent.decode(frames[0].state["code"], None))
    assert float((raw[:, 0] - 1.4).abs().mean()) < 0.1
    assert float((raw[:, 0] - 1.4).abs().mean()) < float((first[:, 0] - 1.4).abs().mean())
    assert bool((frames[-1].x[:, 0] == value[0]).all())


def test_critic_is_only_needed_to_train_on() -> None:
    model = fitted("relativistic", 3)
    state = model.state_dict()
    assert any(k.startswith("optimiser.critic.net.") for k in state)
    twin = FAMILY.build(Config(), POINTS, rng_for(5))
    twin.load_state_dict({k: v for k, v in state.items() if not k.startswith("optimiser.")})
    assert torch.equal(samples(twin, 5), samples(model, 5))
