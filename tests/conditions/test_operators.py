"""Operators: adjoints, pseudo-inverses, and words that are understood or explained."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.conditions.observation import Observation, observe
from dgm_studio.conditions.operators import Grey, parse
from dgm_studio.contract import rng_for

EVENT = (3, 8, 12)
WORDS = ["down2", "down4", "gray", "blur", "blur:2.5", "noise:0.3", "pixels:0.25", "fourier:0.25", "fourier:1"]


def pictures(n=2, event=EVENT, seed=0):
    return torch.randn(n, *event, generator=rng_for(seed), dtype=torch.float64)


@pytest.mark.parametrize("word", WORDS)
def test_the_adjoint_moves_to_the_other_side_of_the_inner_product(word):
    operator, x = parse(word, EVENT), pictures()
    y = torch.randn(operator.forward(x).shape, generator=rng_for(1), dtype=torch.float64)
    assert float((operator.forward(x) * y).sum()) == pytest.approx(float((x * operator.adjoint(y)).sum()))


@pytest.mark.parametrize("word", WORDS)
def test_measuring_what_the_pseudo_inverse_shows_gives_the_measurement_again(word):
    operator, x = parse(word, EVENT), pictures()
    y = operator.forward(x)
    torch.testing.assert_close(operator.forward(operator.pseudo_inverse(y)), y)


def test_shares_are_kept():
    assert float(parse("pixels:0.25", EVENT).forward(torch.ones(1, *EVENT)).mean()) == pytest.approx(0.25)
    assert int(parse("fourier:0.5", (1, 8, 8)).lines.sum()) in (4, 5)
    assert torch.allclose(
        parse("fourier:1", EVENT).pseudo_inverse(parse("fourier:1", EVENT).forward(pictures())), pictures()
    )


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("sharpen", "known are down2"),
        ("blur:wide", "write for example blur:1"),
        ("pixels:2", "from 0.001 to 1"),
        ("down4:3", "takes no number"),
        ("gray", "grey already"),
    ],
)
def test_words_that_are_not_understood_are_answered_with_what_is_known(word, message):
    with pytest.raises(ValueError, match=message):
        parse(word, (1, 8, 8))


def test_operators_say_which_pictures_they_take():
    with pytest.raises(ValueError, match="blocks of 4"):
        parse("down4", (1, 6, 8))
    with pytest.raises(ValueError, match="a mask serves points"):
        parse("blur", (2,))


def test_an_observation_has_the_operators_noise_or_what_is_said():
    x = pictures(200)
    assert float((observe(parse("noise:0.3", EVENT), x, rng_for(3)).value - x).std()) == pytest.approx(0.3, rel=0.02)
    assert torch.equal(observe(Grey(3), x, rng_for(3)).image()[:, :1], x.mean(1, keepdim=True))
    with pytest.raises(ValueError, match="0 or more"):
        Observation(Grey(3), x, -1.0)


def test_what_is_seen_of_a_blurred_picture_is_blurred_and_no_noisier_than_it_was_measured():
    x = pictures(1)
    blurred = parse("blur:1.5", EVENT)
    assert torch.equal(observe(blurred, x, rng_for(3)).image(), blurred.forward(x))
    seen = observe(blurred, x, rng_for(3), 0.1)
    assert float((seen.image() - blurred.forward(x)).std()) == pytest.approx(0.1, rel=0.2)


def test_what_is_seen_of_a_small_picture_is_that_picture_enlarged():
    x = pictures(1)
    small = parse("down4", EVENT)
    seen = observe(small, x, rng_for(3)).image()
    assert seen.shape == x.shape
    torch.testing.assert_close(seen[..., ::4, ::4], small.forward(x))
