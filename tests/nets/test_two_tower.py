"""Two towers: what a bag of words cannot know, the loss in closed form, and a few seconds of learning."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch

from benchmarks.captions import told_apart, trained
from dgm_studio.contract import rng_for, seeded
from dgm_studio.data.shared.language import CAPTIONS, LONGEST, OBJECTS, WORDS, spelt, swapped
from dgm_studio.nets.two_tower import TwoTowers, image_reader

WORDS_OF_ALL = torch.tensor([spelt(i) for i in range(len(CAPTIONS))])


def towers(*, ordered: bool) -> TwoTowers:
    with seeded(rng_for(0)):
        return TwoTowers(len(WORDS), LONGEST, ordered=ordered)


def test_a_bag_of_words_embeds_swapped_captions_alike_whatever_it_has_learned() -> None:
    pair = len(OBJECTS) + 40
    words = torch.tensor([spelt(pair), spelt(swapped(pair))])
    for ordered in (False, True):
        first, second = towers(ordered=ordered).captions(words).detach()
        assert torch.allclose(first, second, atol=1e-6) is not ordered
        assert float(first.norm()) == pytest.approx(1)


def test_the_loss_of_unlike_pairs_is_the_entropy_of_a_guess_and_equal_captions_are_no_mistake() -> None:
    net = towers(ordered=True)
    x = torch.zeros(4, 3, 16, 16)  # all the same, so that every image is as near to each caption
    different = torch.tensor([spelt(i) for i in (0, 30, 60, 90)])
    rows = torch.log_softmax(net.likeness(x, different), 1).diagonal().mean().detach()
    assert float(net.loss(x, different).detach()) == pytest.approx(0.5 * (math.log(4) - float(rows)), abs=1e-5)
    alike = different[:1].expand(4, -1)
    assert float(net.loss(x, alike).detach()) == pytest.approx(
        math.log(4), abs=1e-5
    )  # the least that four equal ones can have


def test_in_some_hundred_steps_an_ordered_tower_tells_swapped_captions_apart() -> None:
    assert len(CAPTIONS) == 276
    apart, nearest = told_apart(partial(trained(True, 150).likeness, caption=WORDS_OF_ALL), 1000)
    assert apart > 0.75
    assert nearest > 20 / len(CAPTIONS)


def test_the_image_towers_that_come_with_the_program_read_captions() -> None:
    """Of 500 fresh images; the bag of words cannot tell a caption from its swap, whatever it reads."""
    ordered, nearest = told_apart(image_reader("captions-ordered"), 500)
    assert ordered > 0.98
    assert nearest > 0.9
    bag, _ = told_apart(image_reader("captions-bag"), 500)
    assert bag == 0.5
