"""The VQ-VAE: its codebook by hand, its prior, bound and ways by enumeration of all grids, and what collapse looks like."""

from __future__ import annotations

import math
from functools import cache
from itertools import product

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Settings, Steer, finish, rng_for, trajectory
from dgm_studio.families.latent.vq_codebook import Codebook
from dgm_studio.families.latent.vq_hints import hints
from dgm_studio.families.latent.vq_net import VqNet
from dgm_studio.families.latent.vq_prior import ChainCursor, CodeChain
from dgm_studio.families.latent.vq_vae import FAMILY, Config, VqVae

TINY = DataSpec((1, 4, 4), classes=("bar", "column"))
CODES = 3
GRIDS = torch.tensor(list(product(range(CODES), repeat=4)))
"""All 81 grids of two by two cells."""
ORDERS = [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 0, 1)]


def bars(spec: DataSpec, n: int, seed: int) -> Batch:
    """Bright bars (class 0) and columns (class 1), somewhat noisy."""
    rng = rng_for(seed)
    label, at = torch.randint(2, (n,), generator=rng), torch.randint(min(spec.event[1:]), (n,), generator=rng)
    x = torch.full((n, *spec.event), -0.9)
    for i, (y, k) in enumerate(zip(label.tolist(), at.tolist(), strict=True)):
        (x[i, 0] if y == 0 else x[i, 0].T)[k] = 0.9
    return Batch.of(x + 0.05 * torch.randn(x.shape, generator=rng), label if spec.classes else None)


def fitted(config: Config, spec: DataSpec, steps: int) -> VqVae:
    model = FAMILY.build(config, spec, rng_for(0))
    assert isinstance(model, VqVae)
    for i in range(steps):
        model.train_step(bars(spec, 32, i), rng_for(1, i))
    return model


@cache
def tiny() -> VqVae:
    return fitted(Config(codes=CODES, width=16, prior_width=16, book_steps=75), TINY, 150)


def shown(model: VqVae) -> VqNet:
    net = model.learner.shown
    assert isinstance(net, VqNet)
    return net


def prior_of(net: VqNet, label: int, order: Tensor | None = None) -> Tensor:
    """Probabilities (81,) of all grids."""
    given = torch.eye(2)[label].expand(len(GRIDS), 2)
    with torch.no_grad():
        order = net.prior.row_by_row() if order is None else order
        return net.prior.log_probability(GRIDS, given, order).sum(1).exp()


def shares(code: Tensor) -> Tensor:
    """How often each of the 81 grids is among code (n, 4)."""
    number = code @ torch.tensor([CODES**3, CODES**2, CODES, 1])
    return torch.bincount(number, minlength=len(GRIDS)) / len(code)


def test_codes_follow_the_mean_of_what_they_serve() -> None:
    book = Codebook(2, 2)
    z = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]])
    book.vectors.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    book.total.copy_(book.vectors)
    for _ in range(600):
        book.follow(z, book.nearest(z))
    torch.testing.assert_close(book.vectors, torch.tensor([[2.0, 0.0], [0.0, 5.0]]), rtol=0, atol=1e-3)
    torch.testing.assert_close(book.count, torch.tensor([2.0, 1.0]), rtol=0, atol=1e-3)
    expected = math.exp(-2 / 3 * math.log(2 / 3) - 1 / 3 * math.log(1 / 3))
    assert float(book.perplexity()) == pytest.approx(expected, rel=1e-4)


def test_only_dead_codes_restart_and_where_vectors_are_served_badly() -> None:
    book = Codebook(3, 2)
    book.vectors.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0], [50.0, 50.0]]))
    book.count.copy_(torch.tensor([10.0, 10.0, 0.0]))
    z = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 9.0]])
    book.restart(z, book.nearest(z), rng_for(0))
    assert book.vectors.tolist() == [[0.0, 0.0], [1.0, 0.0], [1.0, 9.0]]
    torch.testing.assert_close(book.total[2] / book.count[2], book.vectors[2])


@pytest.mark.parametrize("order", ORDERS)
def test_the_prior_is_a_distribution_in_every_order(order: tuple[int, ...]) -> None:
    for label in (0, 1):
        assert float(prior_of(shown(tiny()), label, torch.tensor(order)).sum()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("order", ORDERS)
def test_writing_code_by_code_agrees_with_reading_at_once(order: tuple[int, ...]) -> None:
    net, chosen = shown(tiny()).prior, torch.tensor(order)
    given = torch.eye(2)[torch.randint(2, (len(GRIDS),), generator=rng_for(0))]
    with torch.no_grad():
        at_once = net.log_probability(GRIDS, given, chosen)
        for start in (0, 2):
            cursor = ChainCursor(net, GRIDS, start, given, chosen)
            for t in range(start, 4):
                own = GRIDS[:, order[t]]
                one = cursor.logits().log_softmax(-1).gather(1, own[:, None])[:, 0]
                torch.testing.assert_close(one, at_once[:, t], rtol=1e-4, atol=1e-5)
                cursor.write(own)


def test_orders_around_a_box_read_every_place_once() -> None:
    chain = CodeChain((3, 5), 4, 2, 0, 8, 1)
    orders = [tuple(chain.around_a_box(rng_for(i)).tolist()) for i in range(30)]
    assert all(sorted(order) == list(range(15)) for order in orders)
    assert len(set(orders)) > 10


def test_the_bound_lies_below_the_logarithm_of_the_sum_over_all_grids() -> None:
    model, batch = tiny(), bars(TINY, 20, 99)
    net, density = shown(model), model.abilities().log_density
    assert density is not None
    assert density.kind == "lower bound"
    assert batch.label is not None
    with torch.no_grad():
        out = net.outputs(net.codebook.vectors[GRIDS])
        gaps = []
        for i in range(len(batch)):
            fit = net.observation.log_density(batch.x[i].flatten()[None].expand(len(GRIDS), -1), out)
            exact = (fit + prior_of(net, int(batch.label[i])).log()).logsumexp(0)
            bound = density(batch.x[i : i + 1], batch.label[i : i + 1])[0]
            assert float(bound) <= float(exact) + 1e-4
            gaps.append(float(exact - bound))
    assert sum(gaps) / len(gaps) < 3


def test_samples_have_the_probabilities_of_the_prior() -> None:
    model, n = tiny(), 4000
    sampler = model.abilities().samplers["ancestral"]
    for temperature in (1.0, 1e-6):
        label = torch.ones(n, dtype=torch.long)
        frame = finish(trajectory(sampler, n, Steer(sampler.Knobs(), temperature, label), 0))[-1]
        found = shares(frame.state["codes"])
        if temperature == 1:
            assert float((found - prior_of(shown(model), 1)).abs().sum()) / 2 < 0.06
        else:
            assert float(found.max()) == 1


@pytest.mark.parametrize("method", ["known-codes", "candidates"])
def test_a_mask_is_filled_given_the_codes_that_are_known(method: str) -> None:
    """The left half known: places 0 and 2 are read first, and the answer is the prior's conditional in that order."""
    model, n = tiny(), 3000
    net, sampler = shown(model), model.abilities().methods[method].sampler
    value = bars(TINY, 1, 5).x[0]
    mask = torch.ones(1, 4, 4)
    mask[:, :, :2] = 0
    # a tolerance so wide that the known pixels say nothing more than the codes
    knobs: Settings = (
        sampler.Knobs(candidates=2, tolerance=2.0, temper=1.0) if method == "candidates" else sampler.Knobs()
    )
    steer = Steer(knobs, label=torch.zeros(n, dtype=torch.long), condition=Mask(value, mask))
    code = finish(trajectory(sampler, n, steer, 0))[-1].state["codes"][:: 2 if method == "candidates" else 1]
    known = net.code(value[None])[0]
    assert bool((code[:, [0, 2]] == known[[0, 2]]).all())
    exact = prior_of(net, 0, torch.tensor([0, 2, 1, 3]))
    exact = torch.where((GRIDS[:, [0, 2]] == known[[0, 2]]).all(1), exact, 0.0)
    distance = float((shares(code) - exact / exact.sum()).abs().sum()) / 2
    assert distance < (0.06 if method == "known-codes" else 0.2)


@pytest.mark.parametrize("side", [8, 12])
def test_the_encoder_sees_what_the_mask_counts_as_seen(side: int) -> None:
    net = shown(fitted(Config(cell=4, width=8, prior_width=8, codes=8), DataSpec((1, side, side)), 1))
    x, gone = torch.zeros(1, 1, side, side), torch.zeros(1, 1, side, side)
    for row, column in ((0, 0), (3, 3), (5, 6), (side - 1, 2)):
        touched = x.clone()
        touched[:, :, row, column] = 1
        with torch.no_grad():
            moved = (net.encode(touched) - net.encode(x)).abs().amax(-1) > 1e-6
        gone = torch.zeros_like(x)
        gone[:, :, row, column] = 0.7
        seen = net.strengths(gone)
        assert torch.equal(moved, seen > 0)
        assert float(seen.max()) == pytest.approx(0.7)


def test_more_candidates_meet_the_known_pixels_no_worse() -> None:
    """Only the odd rows are known: no cell is, and the codes must be found from the pixels."""
    spec = DataSpec((1, 8, 8))
    model = fitted(Config(codes=16, width=16, prior_width=16, book_steps=100), spec, 200)
    net, sampler = shown(model), model.abilities().methods["candidates"].sampler
    value, mask = bars(spec, 40, 7).x, torch.zeros(spec.event)
    mask[:, ::2] = 1
    off = []
    for candidates in (1, 128):
        steer = Steer(sampler.Knobs(candidates=candidates), condition=Mask(value, mask))
        frame = finish(trajectory(sampler, 40, steer, 0))[-1]
        assert torch.equal(frame.x[:, :, 1::2], value[:, :, 1::2])
        with torch.no_grad():
            made = net.decode(frame.state["latent"].view(40, net.prior.size, net.size))
        off.append(float((made - value)[:, :, 1::2].square().mean()))
    assert off[1] < 1.25 * off[0]


def test_hints_tell_which_code_painted_the_known_pixels() -> None:
    """Half the pixels of each cell, of pictures that the decoder made: its codes come first among all more often than not."""
    spec = DataSpec((1, 8, 8))
    net = shown(fitted(Config(codes=16, width=16, prior_width=16, book_steps=100), spec, 200))
    with torch.no_grad():
        code = net.code(bars(spec, 40, 7).x)
        made = net.decode(net.codebook.vectors[code])
    mask = torch.zeros(spec.event)
    mask[:, ::2] = 1
    nats = hints(net, Mask(made, mask), rng_for(0))
    assert nats.shape == (40, net.prior.size, 16)
    right = nats.gather(2, code[..., None])
    assert float((right - nats.logsumexp(2, keepdim=True)).exp().mean()) > 2 / 16
    nothing = hints(net, Mask(made[0], torch.ones(spec.event)), rng_for(0))
    assert not nothing.any()


def test_codes_rest_after_their_steps_while_the_prior_learns() -> None:
    config = Config(codes=8, width=8, prior_width=8, book_steps=20)
    model = fitted(config, TINY, 21)
    rested = {k: v for k, v in shown(model).state_dict().items() if not k.startswith("prior.")}
    before = shown(model).prior.leave.weight.clone()
    for i in range(21, 30):
        model.train_step(bars(TINY, 32, i), rng_for(1, i))
    for key, value in shown(model).state_dict().items():
        assert key.startswith("prior.") or torch.equal(value, rested[key]), key
    assert not torch.equal(shown(model).prior.leave.weight, before)


def test_a_few_codes_are_read_as_those_of_other_grids_at_the_same_place() -> None:
    code = torch.arange(2000)[:, None] * 10 + torch.arange(4)
    chain = CodeChain((2, 2), 4, 2, 0, 8, 1)
    read = chain.garbled(code, rng_for(0))
    assert torch.equal(read % 10, code % 10)
    assert 0.08 < float((read != code).float().mean()) < 0.12


def test_without_restarts_the_codebook_collapses() -> None:
    spec = DataSpec((1, 8, 8))
    alive, collapsed = (fitted(Config(codes=64, width=16, prior_width=16, restart=r), spec, 150) for r in (True, False))
    used, left = (float(shown(model).codebook.perplexity()) for model in (alive, collapsed))
    assert left < 0.6 * used


def test_the_class_of_a_picture_is_read_from_its_codes() -> None:
    spec = DataSpec((1, 8, 8), classes=("bar", "column"))
    abilities = fitted(Config(codes=16, width=16, prior_width=16, book_steps=100), spec, 200).abilities()
    batch = bars(spec, 100, 50)
    assert abilities.classifier is not None
    evidence = finish(abilities.classifier.work(batch.x))
    assert float((evidence.argmax(1) == batch.label).float().mean()) > 0.9


def test_codes_of_a_picture_decode_to_about_the_picture() -> None:
    spec = DataSpec((1, 8, 8))
    latent = fitted(Config(codes=32, width=32, prior_width=16), spec, 200).abilities().latent
    assert latent is not None
    assert latent.encode is not None
    x = bars(spec, 50, 60).x
    back = finish(latent.decode(finish(latent.encode(x, None)), None))
    assert float((back - x).square().mean()) < 0.2 * float(x.var())


def test_pictures_of_any_shape_are_cut_into_cells() -> None:
    assert Config().side(DataSpec((1, 8, 8))) == 2
    assert Config().side(DataSpec((1, 28, 28))) == 4
    assert Config(cell=2).side(DataSpec((3, 64, 64))) == 4
    spec = DataSpec((3, 9, 7))
    model = fitted(Config(codes=8, width=8, prior_width=8, decoder="discretised"), spec, 2)
    abilities = model.abilities()
    sampler = abilities.samplers["ancestral"]
    assert finish(trajectory(sampler, 2, Steer(sampler.Knobs()), 0))[-1].x.shape == (2, 3, 9, 7)
    assert abilities.log_density is not None
    assert abilities.log_density.levels == 256
    assert finish(abilities.inside["codebook"].tiles()).shape == (8, 3, 4, 4)


def test_what_it_takes_is_said() -> None:
    for spec in (DataSpec((2,)), DataSpec((1, 3, 9)), DataSpec((1, 500, 9))):
        reason = FAMILY.accepts(spec)
        assert reason is not None
        assert "takes pictures" in reason
