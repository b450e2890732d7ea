"""Autoregressive models: exactness by enumeration and by quadrature, fills against exact conditionals, what they reach."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Abilities, Batch, DataSpec, Model, Steer, Training, finish, rng_for, trajectory
from dgm_studio.discovery import discover
from dgm_studio.families.autoregressive import exposure
from dgm_studio.families.autoregressive.autoregressive import FAMILY, Config
from dgm_studio.families.autoregressive.candidates import PixelCandidateKnobs
from dgm_studio.families.autoregressive.images import ImageModel
from dgm_studio.families.autoregressive.pixels import PixelKnobs
from dgm_studio.families.shared.levels import from_levels, in_order, to_levels
from dgm_studio.nets.causal_mixture import Mixture1d

TINY = DataSpec((1, 2, 3), "binary", levels=2)
NETS = pytest.mark.parametrize("net", ["made", "pixelcnn", "transformer"])
EVERY = torch.tensor(list(product([-1.0, 1.0], repeat=6))).view(64, 1, 2, 3)
DRAWS = 4000


# --- in the plane ---------------------------------------------------------------------------------------------------


def fitted(name: str, steps: int, **config: Any) -> tuple[Abilities, float]:
    """A model of points, and its gap to the exact density in nats."""
    source = discover("dgm_studio.data", "SOURCES")[name]
    data = finish(source.load(source.Params(), rng_for(0)))
    assert data.fresh is not None
    assert data.log_density is not None
    mean = data.train.x.mean(0)
    scale = (data.train.x - mean).square().mean().sqrt()
    model: Model = FAMILY.build(Config(**config), DataSpec((2,)), rng_for(0))
    for i in range(steps):
        model.train_step(Batch.of((data.fresh(256, rng_for(1, i)).x - mean) / scale), rng_for(2, i))
    abilities = model.abilities()
    held_out = data.fresh(4000, rng_for(3)).x
    assert abilities.log_density is not None
    with torch.no_grad():
        q = abilities.log_density((held_out - mean) / scale) - 2 * scale.log()
    return abilities, float((data.log_density(held_out) - q).mean())


@pytest.fixture(scope="module")
def moons() -> tuple[Abilities, float]:
    return fitted("moons", 800)


def test_mixtures_come_within_a_few_hundredths_of_a_nat_of_the_moons(moons: tuple[Abilities, float]) -> None:
    assert -0.01 < moons[1] < 0.035


def test_modes_far_apart_are_no_trouble() -> None:
    """Where affine flows leave filaments (a gap of several nats)."""
    assert -0.02 < fitted("25-gaussians", 800)[1] < 0.05


@pytest.mark.parametrize("known", [0, 1])
def test_either_coordinate_has_its_exact_conditional(moons: tuple[Abilities, float], known: int) -> None:
    abilities = moons[0]
    density, method = abilities.log_density, abilities.methods["conditional"]
    assert density is not None
    assert method.honesty == "exact"
    for value in (-0.4, 0.5):
        axis = torch.linspace(-3, 3, 601)[:-1] + 0.005
        grid = torch.empty(600, 2)
        grid[:, known], grid[:, 1 - known] = value, axis
        with torch.no_grad():
            exact = density(grid).softmax(0).view(30, 20).sum(1)
        given = torch.full((2,), value)
        mask = torch.ones(2).index_fill(0, torch.tensor(known), 0.0)
        x = finish(trajectory(method.sampler, DRAWS, Steer(condition=Mask(given, mask)), 0))[-1].x
        assert bool((x[:, known] == value).all())
        found = torch.histc(x[:, 1 - known], 30, -3, 3) / DRAWS
        # total variation; as many exact draws are at about 0.03
        assert float((found - exact).abs().sum() / 2) < 0.05


def test_a_soft_mask_generates_in_that_share_of_the_samples(moons: tuple[Abilities, float]) -> None:
    condition = Mask(torch.tensor([0.2, -0.3]), torch.tensor([0.0, 0.3]))
    x = finish(trajectory(moons[0].methods["conditional"].sampler, DRAWS, Steer(condition=condition), 0))[-1].x
    assert float((x[:, 1] != -0.3).float().mean()) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("known", [0, 1])
def test_without_a_class_the_known_coordinate_says_which_are_likely(known: int) -> None:
    """Two classes far apart: the point lies with the class that its known coordinate belongs to."""
    model = FAMILY.build(Config(), DataSpec((2,), classes=("left", "right")), rng_for(0))
    for i in range(200):
        label = torch.randint(2, (256,), generator=rng_for(1, i))
        x = 0.3 * torch.randn(256, 2, generator=rng_for(2, i)) + (2.0 * label[:, None] - 1)
        model.train_step(Batch.of(x, label), rng_for(3, i))
    condition = Mask(torch.full((2,), 1.0), torch.ones(2).index_fill(0, torch.tensor(known), 0.0))
    x = finish(trajectory(model.abilities().methods["conditional"].sampler, 500, Steer(condition=condition), 0))[-1].x
    assert float((x[:, 1 - known] > 0).float().mean()) > 0.9


def test_latents_are_standard_normal_and_come_back(moons: tuple[Abilities, float]) -> None:
    latent = moons[0].latent
    assert latent is not None
    assert latent.encode is not None
    x = finish(trajectory(moons[0].samplers["ancestral"], DRAWS, Steer(), 0))[-1].x
    z = finish(latent.encode(x, None))
    assert float(z.mean().abs()) < 0.05
    torch.testing.assert_close(z.T.cov(), torch.eye(2), rtol=0, atol=0.08)
    torch.testing.assert_close(finish(latent.decode(z, None)), x, rtol=0, atol=2e-3)


@pytest.mark.parametrize("t", [0.25, 1.0, 2.0])
def test_on_a_gaussian_temperature_multiplies_the_variance(t: float) -> None:
    """Although the model makes it of many components that overlap."""
    model = FAMILY.build(Config(), DataSpec((2,)), rng_for(0))
    root = torch.tensor([[1.0, 0.0], [0.8, 0.6]])
    for i in range(300):
        model.train_step(Batch.of(torch.randn(256, 2, generator=rng_for(1, i)) @ root.T), rng_for(2, i))
    x = finish(trajectory(model.abilities().samplers["ancestral"], DRAWS, Steer(temperature=t), 0))[-1].x
    torch.testing.assert_close(x.T.cov() / t, root @ root.T, rtol=0, atol=0.15)


def test_quantiles_of_a_mixture_invert_its_distribution_function() -> None:
    mixture = Mixture1d(torch.tensor([[0.7, 0.3]]).log(), torch.tensor([[-1.0, 2.0]]), torch.tensor([[-0.5, -2.0]]))
    z = torch.linspace(-4, 4, 33)
    torch.testing.assert_close(mixture.quantile_of(mixture.at_quantile(z)), z, rtol=0, atol=1e-4)
    normal = Mixture1d(torch.zeros(1, 1), torch.tensor([[0.5]]), torch.tensor([[0.7]]))
    torch.testing.assert_close(normal.at_quantile(z), 0.5 + math.exp(0.7) * z)


# --- pictures -------------------------------------------------------------------------------------------------------


def tiny(net: str, **config: Any) -> Abilities:
    """A network on six black and white pixels, trained until some pictures are far likelier than others."""
    model = FAMILY.build(Config(net=net, width=32, layers=2, **config), TINY, rng_for(0))
    model.retune(Training(learning_rate=0.02))
    for i in range(60):
        rng = rng_for(1, i)
        a, b, c = torch.rand(3, 64, generator=rng) < 0.7
        bits = torch.stack([a, b, c, a ^ b, b & c, a | c], 1)
        model.train_step(Batch.of(bits.float().view(64, 1, 2, 3) * 2 - 1), rng)
    return model.abilities()


def masses(abilities: Abilities) -> Tensor:
    assert abilities.log_density is not None
    with torch.no_grad():
        return abilities.log_density(EVERY).exp()


def histogram(x: Tensor) -> Tensor:
    """How often each of the 64 pictures occurs (64,)."""
    number = (in_order(x) > 0).long() @ (2 ** torch.arange(5, -1, -1))
    return torch.bincount(number, minlength=64) / len(x)


def total_variation(p: Tensor, q: Tensor) -> float:
    return float((p - q).abs().sum() / 2)


@NETS
def test_masses_sum_to_one_and_samples_follow_them(net: str) -> None:
    abilities = tiny(net)
    p = masses(abilities)
    assert float(p.sum()) == pytest.approx(1, abs=1e-4)
    x = finish(trajectory(abilities.samplers["ancestral"], DRAWS, Steer(), 0))[-1].x
    assert total_variation(histogram(x), p) < 0.05


@NETS
def test_the_result_does_not_depend_on_how_many_pixels_are_shown_at_once(net: str) -> None:
    """Only on the numbers that are drawn: at temperature 0 there are none that count."""
    abilities = tiny(net)
    cold = [
        finish(trajectory(abilities.samplers["ancestral"], 2, Steer(PixelKnobs(pixels=k), temperature=0.0), 0))
        for k in (1, 2, 6, 100)
    ]
    assert [len(frames) for frames in cold] == [7, 4, 2, 2]
    for frames in cold[1:]:
        assert torch.equal(frames[-1].x, cold[0][-1].x)


def conditional(p: Tensor, known: Tensor, mask: Tensor) -> Tensor:
    """The exact conditional (64,) given the known pixels."""
    fits = ((known == EVERY) | (mask > 0)).flatten(1).all(1)
    return torch.where(fits, p, 0.0) / p[fits].sum()


KNOWN = torch.tensor([[[1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]])
LATER = torch.tensor([[[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]]])


@NETS
def test_ordered_filling_is_exact_behind_what_is_known(net: str) -> None:
    abilities = tiny(net)
    mask = torch.tensor([[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]])
    x = finish(trajectory(abilities.methods["ordered"].sampler, DRAWS, Steer(condition=Mask(KNOWN, mask)), 0))[-1].x
    assert total_variation(histogram(x), conditional(masses(abilities), KNOWN, mask)) < 0.05


@NETS
def test_many_candidates_come_near_the_conditional_where_ordered_filling_fails(net: str) -> None:
    abilities = tiny(net)
    exact = conditional(masses(abilities), KNOWN, LATER)

    def distance(candidates: int) -> float:
        steer = Steer(PixelCandidateKnobs(candidates=candidates, pixels=1), condition=Mask(KNOWN, LATER))
        x = finish(trajectory(abilities.methods["candidates"].sampler, 500, steer, 0))[-1].x
        return total_variation(histogram(x), exact)

    assert distance(1) > 0.12
    assert distance(48) < 0.09


def test_made_fills_any_mask_from_its_conditional_in_that_order() -> None:
    abilities = tiny("made", raster=0.2)
    method = abilities.methods["any-order"]
    assert method.honesty == "exact"
    steer = Steer(condition=Mask(KNOWN, LATER))
    frames = finish(trajectory(method.sampler, DRAWS, steer, 0))
    order = frames[0].state["order"]
    assert set(order[:3].tolist()) == {1, 4, 5}
    net = method.sampler.net  # type: ignore[attr-defined]
    level = to_levels(EVERY, 2)
    with torch.no_grad():
        log_p = net.logits(net.waves(level), torch.zeros(64, 0), order).log_softmax(-1)
        p = log_p.gather(-1, level[..., None]).sum((1, 2)).exp()
    assert float(p.sum()) == pytest.approx(1, abs=1e-4)
    assert total_variation(histogram(frames[-1].x), conditional(p, KNOWN, LATER)) < 0.05


def test_without_a_class_made_draws_it_from_what_the_known_pixels_say() -> None:
    """Two classes, all black and all white: one known pixel tells."""
    spec = DataSpec((1, 2, 3), "binary", classes=("black", "white"), levels=2)
    model = FAMILY.build(Config(net="made", width=32), spec, rng_for(0))
    model.retune(Training(learning_rate=0.02))
    for i in range(60):
        label = torch.randint(2, (64,), generator=rng_for(1, i))
        x = (2.0 * label - 1).view(64, 1, 1, 1).expand(64, 1, 2, 3)
        model.train_step(Batch.of(x, label), rng_for(2, i))
    mask = torch.ones(1, 2, 3).index_fill(2, torch.tensor(2), 0.0)
    method = model.abilities().methods["any-order"].sampler
    frames = finish(trajectory(method, 300, Steer(condition=Mask(torch.ones(1, 2, 3), mask)), 0))
    assert float(frames[0].state["drawn_class"].float().mean()) > 0.9


@NETS
def test_a_receptive_field_shows_what_is_seen(net: str) -> None:
    spec = DataSpec((1, 6, 6), levels=3)
    abilities = FAMILY.build(Config(net=net, width=72, layers=3), spec, rng_for(0)).abilities()
    tiles = finish(abilities.inside["receptive field"].tiles())
    assert tiles.shape == (9, 1, 6, 6)
    assert float(tiles.min()) == -1
    assert float(tiles.max()) <= 1
    middle = tiles[4].flatten()
    assert bool((middle[:21] > -1).all())
    assert bool((middle[21:] == -1).all())


@NETS
@pytest.mark.parametrize("kind", ["real", "discrete"])
def test_colour_pictures_are_drawn_colour_by_colour(net: str, kind: Any) -> None:
    spec = DataSpec((3, 4, 4), kind)
    model = FAMILY.build(Config(net=net, width=16), spec, rng_for(0))
    model.retune(Training(batch=8, learning_rate=0.02))
    x = torch.rand(8, 3, 4, 4, generator=rng_for(1)) * 2 - 1
    losses = [float(model.train_step(Batch.of(x), rng_for(2, i))["loss"]) for i in range(40)]
    assert losses[-1] < 0.85 * losses[0]
    abilities = model.abilities()
    drawn = finish(trajectory(abilities.samplers["ancestral"], 2, Steer(), 0))[-1].x
    assert drawn.shape == (2, 3, 4, 4)
    assert set((drawn * 3).round().unique().tolist()) <= {-3.0, -1.0, 1.0, 3.0}


def test_levels_round_pictures_and_come_back() -> None:
    x = torch.rand(5, 3, 4, 2, generator=rng_for(0)) * 2 - 1
    for levels in (2, 4, 17, 256):
        k = to_levels(x, levels)
        assert int(k.min()) >= 0
        assert int(k.max()) < levels
        back = from_levels(k, levels, (3, 4, 2))
        assert float((back - x).abs().max()) <= 1 / (levels - 1) + 1e-6
        assert torch.equal(to_levels(back, levels), k)
    assert torch.equal(in_order(x)[0, :4], torch.stack([x[0, 0, 0, 0], x[0, 1, 0, 0], x[0, 2, 0, 0], x[0, 0, 0, 1]]))


def test_the_density_says_its_grey_levels() -> None:
    for spec, config, levels in [
        (DataSpec((1, 8, 8), levels=17), Config(), 17),
        (DataSpec((1, 8, 8)), Config(), 4),
        (DataSpec((1, 8, 8), levels=17), Config(levels=5), 5),
        (DataSpec((1, 8, 8), "binary"), Config(levels=5), 2),
    ]:
        density = FAMILY.build(config, spec, rng_for(0)).abilities().log_density
        assert density is not None
        assert density.levels == levels


def test_it_says_what_it_takes() -> None:
    assert FAMILY.accepts(DataSpec((3, 32, 32))) is None
    assert "3072" in (FAMILY.accepts(DataSpec((3, 64, 64))) or "")
    assert "points" in (FAMILY.accepts(DataSpec((5,))) or "")


def test_grey_digits_are_learned_better_than_by_made_in_seconds() -> None:
    """A careful MADE reaches 2.08 bits per pixel after 35 seconds."""
    source = discover("dgm_studio.data", "SOURCES")["digits"]
    data = finish(source.load(source.Params(), rng_for(0)))
    spec = DataSpec(data.spec.event, data.spec.kind, levels=data.spec.levels)
    model = FAMILY.build(Config(), spec, rng_for(0))
    recipe = FAMILY.recipe(spec, torch.device("cpu"))
    model.retune(recipe.training)
    x, held_out = (batch.x.float() / 127.5 - 1 for batch in (data.train, data.held_out))
    for i in range(200):
        where = torch.randint(len(x), (recipe.training.batch,), generator=rng_for(1, i))
        model.train_step(Batch.of(x[where]), rng_for(2, i))
    density = model.abilities().log_density
    assert density is not None
    assert float(-density(held_out).mean()) / 64 / math.log(2) < 2.0


def trained_on(data: torch.Tensor, **config: object) -> ImageModel:
    model = FAMILY.build(FAMILY.Config(levels=4, **config), DataSpec((1, 6, 6), levels=4), rng_for(0))
    for step in range(3):
        model.train_step(Batch.of(data), rng_for(1, step))
    return model


@pytest.mark.parametrize("net", ["made", "pixelcnn", "transformer"])
def test_a_corrupted_pixel_changes_what_comes_after_it_and_nothing_before(
    net: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exposure, "_DRAWN", 500)  # in a few pictures a hardly trained network may change nothing
    model = trained_on(2 * torch.rand(32, 1, 6, 6, generator=rng_for(3)) - 1, net=net)
    shown, spec = model.learner.shown, DataSpec((1, 6, 6), levels=4)
    free = finish(exposure.drawn(shown, spec, 4, corrupted=False)).x.flatten(1)
    slipped = finish(exposure.drawn(shown, spec, 4, corrupted=True)).x.flatten(1)
    at = exposure.early_pixel(spec)
    assert torch.equal(free[:, :at], slipped[:, :at])
    assert bool((slipped[:, at].abs() == 1).all())
    assert bool((free[:, at + 1 :] != slipped[:, at + 1 :]).any())
    x = free.view(-1, 1, 6, 6)
    surprise = exposure.surprise(shown, spec, 4, x, None)
    assert float(surprise.sum()) == pytest.approx(-float(model.abilities().log_density(x).mean()), rel=1e-4)


def test_exposure_shows_data_beside_samples_once_it_trained() -> None:
    model = trained_on(torch.ones(32, 1, 6, 6))
    before = FAMILY.build(FAMILY.Config(levels=4), DataSpec((1, 6, 6), levels=4), rng_for(0))
    seen, unseen = (finish(m.abilities().inside["exposure"].tiles()) for m in (model, before))
    assert seen.shape == unseen.shape == (6, 1, 6, 20)
    assert float(seen.abs().max()) <= 1
    assert bool((unseen[0, :, :, :6] == -1).all())
    assert bool((seen[0, :, :, :6] > -1).any())


@pytest.mark.parametrize("strip", [1, 3, 6])
def test_attention_looks_back_alone_and_is_that_of_the_network(strip: int) -> None:
    model = trained_on(2 * torch.rand(32, 1, 6, 6, generator=rng_for(3)) - 1, net="transformer", strip=strip, layers=1)
    net = model.learner.shown
    waves, given = net.waves(torch.randint(4, (5, 36), generator=rng_for(4))), torch.zeros(5, 0)
    with torch.no_grad():
        looks = net.looks(waves, given)
    assert looks.shape == (5, 1, 36 // strip, 36 // strip)
    assert torch.allclose(looks.sum(-1), torch.ones(5, 1, 36 // strip), atol=1e-5)
    assert not looks.triu(1).any()
    tiles = finish(model.abilities().inside["attention"].tiles())
    assert tiles.shape[1:] == (1, 6, 6)
    last = tiles[-1].flatten()
    assert bool((last[36 - strip :] == 0).all())
