"""Flows: exactness, conditionals, and what they reach."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Literal

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Abilities, Batch, DataSpec, Model, Steer, finish, rng_for, trajectory
from dgm_studio.discovery import discover
from dgm_studio.families.flow.autoregressive_layer import Autoregressive
from dgm_studio.families.flow.entries import CosineWaves, Stretch
from dgm_studio.families.flow.flow import FAMILY, Config
from dgm_studio.families.flow.glow import GlowStep, squeezed
from dgm_studio.families.flow.layouts import multi_scale_flow
from dgm_studio.families.flow.net import FlowNet

POINTS = DataSpec((2,))


def fitted(config: Config, steps: int, classes: tuple[str, ...] = ()) -> tuple[Abilities, float]:
    """A flow on the two moons, and its gap to the exact density in nats."""
    source = discover("dgm_studio.data", "SOURCES")["moons"]
    data = finish(source.load(source.Params(), rng_for(0)))
    assert data.fresh is not None
    assert data.log_density is not None
    mean, scale = data.train.x.mean(0), data.train.x.std()
    spec = DataSpec((2,), classes=classes)
    model: Model = FAMILY.build(config, spec, rng_for(0))
    for i in range(steps):
        batch = data.fresh(256, rng_for(1, i))
        x = (batch.x - mean) / scale
        model.train_step(Batch.of(x, batch.label if classes else None), rng_for(2, i))
    abilities = model.abilities()
    held_out = data.fresh(4000, rng_for(3)).x
    assert abilities.log_density is not None
    with torch.no_grad():
        q = abilities.log_density((held_out - mean) / scale) - 2 * scale.log()
    return abilities, float((data.log_density(held_out) - q).mean())


def test_spline_flow_comes_within_a_few_hundredths_of_a_nat_of_the_moons() -> None:
    _, gap = fitted(Config(), 600)
    assert -0.01 < gap < 0.05


def test_realnvp_learns_but_lags_behind() -> None:
    _, gap = fitted(Config(kind="realnvp"), 300)
    assert 0.02 < gap < 0.4


def test_marginal_of_a_conditional_flow_is_the_mixture_of_its_classes() -> None:
    abilities, gap = fitted(Config(), 300, ("upper", "lower"))
    assert gap < 0.1
    assert abilities.log_density is not None
    x = torch.randn(16, 2, generator=rng_for(5))
    with torch.no_grad():
        each = torch.stack([abilities.log_density(x, torch.full((16,), y)) for y in (0, 1)])
        torch.testing.assert_close(abilities.log_density(x), each.logsumexp(0) - math.log(2))
        mixed = abilities.log_density(x, torch.tensor([0, -1] * 8))
    torch.testing.assert_close(mixed[0::2], each[0, 0::2])
    torch.testing.assert_close(mixed[1::2], (each.logsumexp(0) - math.log(2))[1::2])


@cache
def moons() -> Abilities:
    return fitted(Config(), 400)[0]


@pytest.mark.parametrize(("method", "n", "most"), [("latent-walk", 1500, 0.08), ("clamped", 400, 0.12)])
def test_walks_over_latents_and_along_the_gradient_find_the_exact_conditional(method: str, n: int, most: float) -> None:
    abilities = moons()
    x1 = 0.3
    axis = torch.linspace(-3, 3, 601)[:-1] + 0.005
    assert abilities.log_density is not None
    with torch.no_grad():
        exact = abilities.log_density(torch.stack([torch.full_like(axis, x1), axis], -1)).softmax(0).view(20, 30).sum(1)
    sampler = abilities.methods[method].sampler
    steer = Steer(sampler.Knobs(), condition=Mask(torch.tensor([x1, 0.0]), torch.tensor([0.0, 1.0])))
    x = finish(trajectory(sampler, n, steer, 0))[-1].x
    found = torch.histc(x[:, 1], 20, -3, 3) / len(x)
    # total variation; 1500 exact draws would be at about 0.03, 400 at 0.06
    assert float((found - exact).abs().sum() / 2) < most


def test_langevin_on_pictures_stays_likely_and_holds_the_known_part() -> None:
    spec = DataSpec((1, 4, 4), levels=17)
    model = FAMILY.build(Config(width=8, layers=1), spec, rng_for(0))
    abilities = model.abilities()
    mask = torch.zeros(1, 4, 4)
    mask[:, 2:] = 1
    known = torch.rand(1, 4, 4, generator=rng_for(1)) - 0.5
    sampler = abilities.methods["clamped"].sampler
    frames = finish(trajectory(sampler, 64, Steer(sampler.Knobs(size=0.1), condition=Mask(known, mask)), 0))
    assert abilities.log_density is not None
    first, last = (float(abilities.log_density(frames[i].x).mean()) for i in (0, -1))
    # the start is a draw already: both are means of 64 sums of eight squares, which spread by 2 over the root of 64
    assert last > first - 6 * 2**0.5 * 2 / 64**0.5
    assert torch.equal(frames[-1].x[:, :, :2], known[:, :2].expand(64, 1, 2, 4))


def test_temperature_scales_the_variance_of_base_noise() -> None:
    """An untrained flow is nearly the identity: its samples are its noise."""
    sampler = FAMILY.build(Config(), POINTS, rng_for(0)).abilities().samplers["layers"]
    for t in (0.25, 1.0):
        x = finish(trajectory(sampler, 4000, Steer(temperature=t), 0))[-1].x
        assert float(x.var()) == pytest.approx(t, rel=0.15)


def test_one_step_is_one_layer_and_ends_where_the_latent_decodes_to() -> None:
    abilities = FAMILY.build(Config(layers=5), POINTS, rng_for(0)).abilities()
    frames = finish(trajectory(abilities.samplers["layers"], 4, Steer(), 0))
    assert len(frames) == 6
    assert abilities.latent is not None
    torch.testing.assert_close(finish(abilities.latent.decode(frames[0].state["latent"], None)), frames[-1].x)


def test_waves_are_orthonormal_and_start_with_brightness() -> None:
    waves = CosineWaves((3, 4, 6))
    matrix = waves(torch.eye(72))
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(72), rtol=0, atol=1e-5)
    torch.testing.assert_close(waves.inverse(matrix), torch.eye(72), rtol=0, atol=1e-5)
    assert float(matrix[:, 0].std()) < 1e-6


def test_every_pixel_depends_on_latents_in_a_flow_of_images() -> None:
    spec = DataSpec((1, 28, 28))
    abilities = FAMILY.build(Config(kind="realnvp", picture="waves", width=32), spec, rng_for(0)).abilities()
    assert abilities.latent is not None
    assert abilities.latent.size == 784
    x = torch.rand(3, 1, 28, 28, generator=rng_for(1)) * 2 - 1
    assert abilities.latent.encode is not None
    back = finish(abilities.latent.decode(finish(abilities.latent.encode(x, None)), None))
    torch.testing.assert_close(back, x, rtol=0, atol=1e-4)


def test_what_cannot_be_trained_on_is_refused_with_a_reason() -> None:
    assert FAMILY.accepts(DataSpec((1, 8, 8), "binary")) == "a flow needs real-valued data, not binary data"
    assert "these have 30000" in (FAMILY.accepts(DataSpec((3, 100, 100))) or "")


@pytest.mark.parametrize("kind", ["spline", "autoregressive"])
def test_density_in_the_plane_integrates_to_one_and_the_inverse_is_exact(
    kind: Literal["spline", "autoregressive"],
) -> None:
    abilities, gap = fitted(Config(kind=kind, bins=8), 60)
    assert gap < 0.6
    assert abilities.log_density is not None
    assert abilities.latent is not None
    assert abilities.latent.encode is not None
    axis = (torch.arange(200) + 0.5) * 0.05 - 5
    with torch.no_grad():
        total = abilities.log_density(torch.cartesian_prod(axis, axis)).exp().sum() * 0.05**2
    assert float(total) == pytest.approx(1.0, abs=0.01)
    x = torch.randn(200, 2, generator=rng_for(1))
    torch.testing.assert_close(
        finish(abilities.latent.decode(finish(abilities.latent.encode(x, None)), None)), x, atol=1e-3, rtol=0
    )


def test_an_autoregressive_layer_lets_each_number_depend_on_earlier_ones_alone() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = Autoregressive(torch.tensor([2, 0, 3, 1]), 3, 24, 6).double()
    x, given = torch.randn(1, 4, generator=rng_for(0)).double(), torch.eye(3).double()[:1]
    jacobian = torch.autograd.functional.jacobian(lambda p: layer.bend(p, given, inverse=False)[0], x)[0, :, 0]
    ordered = jacobian[layer.order][:, layer.order]
    assert bool((ordered.triu(1) == 0).all())
    assert bool((ordered.tril() != 0).sum() == 10)
    bent, log_det = layer.bend(x, given, inverse=False)
    torch.testing.assert_close(log_det[0], ordered.diagonal().log().sum())
    back, change = layer.bend(bent, given, inverse=True)
    torch.testing.assert_close(back, x)
    torch.testing.assert_close(change, -log_det)


def test_a_step_of_glow_has_the_determinant_of_its_jacobian_and_undoes_itself() -> None:
    index = squeezed(torch.arange(16).view(1, 4, 4))[1:]
    assert index[:, 0, 0].tolist() == [1, 4, 5]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        step = GlowStep(index, 2, 8).double()
    with torch.no_grad():
        for i, p in enumerate(step.parameters()):
            p.add_(0.2 * torch.randn(p.shape, generator=rng_for(i)))
    x, given = torch.randn(2, 16, generator=rng_for(9)).double(), torch.eye(2).double()
    y, log_det = step.bend(x, given, inverse=False)
    whole = torch.autograd.functional.jacobian(lambda p: step.bend(p, given, inverse=False)[0], x)
    torch.testing.assert_close(log_det, torch.stack([whole[i, :, i].slogdet()[1] for i in range(2)]))
    torch.testing.assert_close(step.bend(y, given, inverse=True)[0], x)
    untouched = [i for i in range(16) if i not in index.flatten().tolist()]
    assert torch.equal(y[:, untouched], x[:, untouched])


def test_every_number_is_noise_of_its_own_after_all_scales() -> None:
    net = multi_scale_flow((1, 8, 8), 0, 1, 8, 1.0)
    counts = [len(layer.index) for layer in net.layers if isinstance(layer, GlowStep)]
    assert counts == [64, 32, 16]


def test_stretched_pixels_come_back_and_their_volume_is_right() -> None:
    entry = Stretch(1.0)
    x = torch.linspace(-1, 1, 9).double()[None]
    h, log_det = entry.enter(x)
    torch.testing.assert_close(entry.leave(h), x)
    jacobian = torch.autograd.functional.jacobian(lambda p: entry.enter(p)[0], x)[0, :, 0]
    torch.testing.assert_close(log_det[0], jacobian.diagonal().log().sum())


def test_samples_of_pictures_have_whole_grey_levels() -> None:
    spec = DataSpec((1, 4, 4), value_range=(-1.0, 1.0), levels=17)
    sampler = FAMILY.build(Config(width=8, layers=1), spec, rng_for(0)).abilities().samplers["layers"]
    x = finish(trajectory(sampler, 5, Steer(sampler.Knobs()), 0))[-1].x
    level = (x + 1) * 8
    torch.testing.assert_close(level, level.round())
    assert float(x.abs().max()) <= 1


@pytest.mark.parametrize("picture", ["multi-scale", "waves"])
def test_decoding_tells_the_density_as_well(picture: Literal["multi-scale", "waves"]) -> None:
    spec = DataSpec((1, 4, 4))
    net = FAMILY.build(
        Config(picture=picture, kind="realnvp", width=8, layers=2, coarse=16), spec, rng_for(0)
    ).learner.shown
    assert isinstance(net, FlowNet)
    z, nothing = torch.randn(6, 16, generator=rng_for(1)), torch.zeros(6, 0)
    x, nats = net.decode_with_density(z, nothing)
    torch.testing.assert_close(x, net.decode(z, nothing))
    torch.testing.assert_close(nats, net.log_density(x, nothing), rtol=1e-4, atol=1e-3)


def test_careful_answers_to_pictures_are_means_of_several_walks() -> None:
    spec = DataSpec((1, 4, 4), levels=17)
    methods = FAMILY.build(FAMILY.Config(width=8, layers=1), spec, rng_for(0)).abilities().methods
    assert [name for name, method in methods.items() if method.careful] == ["mean-walk"]
    sampler, mask = methods["mean-walk"].sampler, torch.ones(1, 4, 4)
    mask[:, :2] = 0
    value = torch.rand(2, 1, 4, 4, generator=rng_for(1)) - 0.5
    steer = Steer(sampler.Knobs(steps=4, walkers=3), condition=Mask(value, mask))
    frame = finish(trajectory(sampler, 2, steer, 0))[-1]
    assert "latent" not in frame.state
    assert frame.state["latents"].shape == (6, 16)
    assert torch.equal(frame.x[:, :, :2], value[:, :, :2])
    one = finish(trajectory(sampler, 2, replace(steer, knobs=sampler.Knobs(steps=4, walkers=1)), 0))[-1]
    assert one.state["latent"].shape == (2, 16)
