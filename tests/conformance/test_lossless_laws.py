"""Laws of files without loss, over all discovered families that can write them."""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import pytest
import torch
from conformance_cases import CPU, FAMILIES, ONE_CASES, SPECS, Case, build, examples, train

from dgm_studio.compression import archive
from dgm_studio.contract import Abilities, Lossless, finish, rng_for

SMALL = {"rbm": {"hidden": 8}}
"""Settings under which a family can that cannot with those of its recipe."""
NETS = ("made", "pixelcnn", "transformer")
MARK = bytes(archive.MARK)


@cache
def model_of(case: Case, **settings: object) -> Abilities:
    """What a family can do, after a little training if it can write."""
    family = FAMILIES[case.family]
    recipe = family.recipe(case.spec, CPU)
    config = family.Config(**{**recipe.config, **SMALL.get(case.family, {}), **settings})
    model = build(case, config)
    if model.abilities().lossless is not None:
        train(model, case.spec, 20)
    return model.abilities()


def abilities(case: Case) -> list[Lossless]:
    found = [model_of(case)]
    if case.family == "autoregressive" and case.spec.is_image:
        found = [model_of(case, net=net) for net in NETS]
    return [each.lossless for each in found if each.lossless is not None]


WRITERS = [case for case in [*ONE_CASES, Case("autoregressive", "images")] if case.spec.is_image]


def pictures(case: Case, lossless: Lossless, n: int = 30) -> np.ndarray:
    return lossless.numbers(examples(case.spec, n, rng_for(5)).x).numpy()


def test_who_can_write_without_loss() -> None:
    assert {case.family for case in WRITERS if abilities(case)} >= {"autoregressive", "rbm"}


@pytest.mark.parametrize("case", WRITERS, ids=str)
def test_pictures_come_back_bit_for_bit(case: Case) -> None:
    """Also noise, which the model did not expect."""
    for lossless in abilities(case):
        noise = torch.randint(lossless.levels, (5, lossless.size), generator=rng_for(1)).numpy()
        for k in (pictures(case, lossless), noise):
            found, _ = finish(archive.compress(lossless, MARK, case.spec.event, k, group=8))  # type: ignore[arg-type]
            again = archive.PictureArchive.from_bytes(found.to_bytes())
            assert np.array_equal(finish(archive.decompress(lossless, MARK, case.spec.event, again)), k)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", WRITERS, ids=str)
def test_levels_and_examples_are_each_others_inverse(case: Case) -> None:
    for lossless in abilities(case):
        k = torch.from_numpy(pictures(case, lossless))
        x = lossless.examples(k)
        assert x.shape == (len(k), *case.spec.event)
        assert torch.equal(lossless.numbers(x.float()), k)
        assert int(k.max()) < lossless.levels


@pytest.mark.parametrize("case", WRITERS, ids=str)
def test_the_walk_multiplies_up_to_the_density(case: Case) -> None:
    """Number after number it comes to log p(x) without a class, whose own sums are of float32."""
    for found in [model_of(case)] if case.family != "autoregressive" else [model_of(case, net=n) for n in NETS]:
        lossless, density = found.lossless, found.log_density
        if lossless is None:
            continue
        assert density is not None
        k = torch.from_numpy(pictures(case, lossless, 6))
        walk, total = lossless.begin(len(k)), np.zeros(len(k))
        for i in range(lossless.size):
            log_p = walk.read()
            assert log_p.dtype == np.float64
            assert np.allclose(np.exp(log_p).sum(1), 1, atol=1e-9)
            total += np.take_along_axis(log_p, k[:, i : i + 1].numpy(), 1)[:, 0]
            if i + 1 < lossless.size:
                walk.write(k[:, i].numpy())
        with torch.no_grad():
            whole = density(lossless.examples(k).float(), None)
        assert np.allclose(total, whole.double().numpy(), atol=1e-2)


def test_a_file_outlives_training_on() -> None:
    """What was begun goes on with the weights it began with."""
    case = Case("autoregressive", "images")
    model = build(case, FAMILIES["autoregressive"].Config(net="made"))
    lossless = model.abilities().lossless
    assert lossless is not None
    one, two = lossless.begin(3), lossless.begin(3)
    k = np.zeros(3, np.int64)
    train(model, SPECS["images"], 5)
    for _ in range(4):
        assert np.array_equal(one.read(), two.read())
        one.write(copy.copy(k))
        two.write(k)
