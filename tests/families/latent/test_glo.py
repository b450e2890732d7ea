"""GLO: latents learn with the decoder, and say what they are of."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Model, Rng, Steer, finish, rng_for, trajectory
from dgm_studio.families.latent.glo import FAMILY, Config
from dgm_studio.families.latent.glo_latents import LatentTable, into_ball
from dgm_studio.families.latent.pyramid import laplacian_distance

IMAGES = DataSpec((1, 8, 8), value_range=(-1.0, 1.0))


def spots(n: int, rng: Rng) -> torch.Tensor:
    """Soft white spots (n, 1, 8, 8) anywhere on black: two causes, bent through 64 pixels."""
    axis = torch.arange(8.0)
    at = 1.5 + 4 * torch.rand(n, 2, generator=rng)
    square = (axis - at[:, :1, None]).square() + (axis[:, None] - at[:, 1:, None]).square()
    return (2 * torch.exp(-square / 3) - 1)[:, None]


X = spots(300, rng_for(0))


def fitted(steps: int, spec: DataSpec = IMAGES, **config: float) -> Model:
    model = FAMILY.build(Config(**config), spec, rng_for(0))
    for i in range(steps):
        index = torch.randint(300, (64,), generator=rng_for(1, i))
        model.train_step(Batch(X[index], index), rng_for(2, i))
    return model


@pytest.fixture(scope="module")
def learnt() -> Model:
    return fitted(400, latent=4)


def test_latents_rebuild_their_examples_and_better_than_components_alone(learnt: Model) -> None:
    latent = learnt.abilities().latent
    assert latent is not None
    latents = learnt.state_dict()["table.codes"][:300]
    off = (finish(latent.decode(latents, None)) - X).square().mean()
    _, _, axes = torch.pca_lowrank((X - X.mean(0)).flatten(1), 4)
    centred = (X - X.mean(0)).flatten(1)
    linear = (centred - centred @ axes @ axes.T).square().mean()
    assert float(off) < 0.3 * float(linear)
    assert float(latents.norm(dim=-1).max()) <= 1 + 1e-5


def test_settings_of_earlier_files_are_read() -> None:
    assert Config.model_validate({"code_rate": 3.0}).latent_rate == 3.0


def test_latents_that_may_move_fit_better_than_latents_that_stay(learnt: Model) -> None:
    moving, still = (
        float(model.train_step(Batch(X, torch.arange(300)), rng_for(5))["squared error"])
        for model in (fitted(150, latent=4), fitted(150, latent=4, latent_rate=0.1))
    )
    assert moving < still


def test_the_fitted_prior_mends_the_hole(learnt: Model) -> None:
    sampler = learnt.abilities().samplers["decode"]

    def distance(prior: str) -> float:
        """From samples to the nearest of many fresh examples, mean square."""
        x = finish(trajectory(sampler, 200, Steer(sampler.Knobs(prior=prior, steps=1)), 0))[-1].x
        return float(torch.cdist(x.flatten(1), spots(2000, rng_for(9)).flatten(1)).min(1).values.square().mean())

    assert distance("mixture") < 0.5 * distance("standard")


def test_search_finds_latents_and_fills_a_mask(learnt: Model) -> None:
    abilities = learnt.abilities()
    assert abilities.latent is not None
    assert abilities.latent.search is not None
    fresh = spots(8, rng_for(7))
    found = finish(abilities.latent.decode(finish(abilities.latent.search(fresh, None)), None))
    assert float((found - fresh).square().mean()) < 0.2 * float((fresh - fresh.mean(0)).square().mean())
    mask = torch.zeros(1, 8, 8)
    mask[..., 5:] = 1
    sampler = abilities.methods["search"].sampler
    filled = finish(trajectory(sampler, 8, Steer(sampler.Knobs(), condition=Mask(fresh, mask)), 0))[-1].x
    assert torch.equal(filled[..., :5], fresh[..., :5])
    assert float((filled - fresh)[..., 5:].square().mean()) < 0.5 * float(fresh[..., 5:].var())


def test_rows_come_with_their_numbers_and_changed_examples_start_anew() -> None:
    table = LatentTable((2,), 2, 0)
    x = torch.randn(2048, 2, generator=rng_for(0))
    table.look_up(x, torch.arange(2048), None, rng_for(1))
    few = torch.tensor([3, 70])
    z = table.look_up(x[few], few, None, rng_for(1))
    table.learn(few, torch.ones(2, 2), 0.1)
    moved = table.look_up(x[few], few, None, rng_for(1))
    torch.testing.assert_close(moved, into_ball(z - 0.1))
    torch.testing.assert_close(table.look_up(-x[few], few, None, rng_for(1)), table.first(-x[few]))
    table.look_up(x[few], torch.tensor([5000, 3]), None, rng_for(1))
    assert len(table.latents) > 5000


def test_a_saved_table_of_any_length_is_taken_over() -> None:
    model, twin = fitted(20), FAMILY.build(Config(), IMAGES, rng_for(3))
    twin.load_state_dict(model.state_dict())
    batch = Batch(X[:64], torch.arange(64))
    losses = [[float(m.train_step(batch, rng_for(4))["loss"]) for _ in range(3)] for m in (model, twin)]
    assert losses[0] == losses[1]


def test_pyramid_weighs_every_scale_alike() -> None:
    off = torch.zeros(3, 1, 16, 16)
    off[1] = 0.1
    off[2] = 0.1 * (1 - 2 * ((torch.arange(16)[:, None] + torch.arange(16)) % 2))
    none, shift, checks = laplacian_distance(off).tolist()
    assert none == 0
    # a shift is 16 pixels on the last of three levels, weighted 4^2; checks average out at once
    assert shift == pytest.approx(0.1 * 16 * 16 / 256)
    assert checks == pytest.approx(0.1)
    assert laplacian_distance(torch.ones(1, 3, 15, 16)).tolist() == [1.0]
